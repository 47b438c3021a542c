package preflight

import "time"

// goodFacts pass every built-in check. A test breaks one of them.
func goodFacts() Facts {
	return Facts{
		GatheredAt: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), // a Wednesday
		Target:     goodTarget(),
		TargetNode: &Node{
			Address: "prod.example:6379", Engine: "valkey", Version: "8.0.1", Role: "master",
			MaxMemory: 5 << 30, MaxMemoryPolicy: "volatile-lru", UsedMemory: 1 << 20, Keys: map[int]int64{}, DefaultUserDenied: []string{}, LastSaveSeconds: -1, LastSaveAgeSeconds: -1,
		},
		Source:        goodSource(),
		SourceAddress: &Address{Host: "10.0.0.241", Port: 6379, IPs: []string{"10.0.0.241"}},
		SourceProbe:   &Probe{Address: "10.0.0.241:6379", Reached: true, Reply: "PONG", Replconf: "OK"},
		Load: &Load{
			WindowSeconds: 1, OffsetTracked: true, ReplicationBytesPerSecond: 10_000, ReplicationAverage: 9_000, InputAverage: 15_000,
			InputBytesPerSecond: 20_000, ChangesPerSecond: 100, CommandsPerSecond: 400,
		},
		Network: goodNetwork(),
	}
}

func goodTarget() *Target {
	member := func(id, role, zone string) Member {
		return Member{
			ID: id, Status: "available", Role: role, AvailabilityZone: zone,
			Endpoint: id + ".example:6379", MaintenanceWindow: "sun:05:00-sun:06:00",
		}
	}
	return &Target{
		ID: "prod", Exists: true, Status: "available", ClusterMode: "disabled",
		MultiAZ: "enabled", AutomaticFailover: "enabled", NodeType: "cache.m6g.large", NetworkType: "ipv4",
		DataTiering: "disabled", Engine: "valkey", EngineVersion: "8.0.1", NodeGroups: 1,
		Members: []Member{member("prod-001", "primary", "us-east-1a"), member("prod-002", "replica", "us-east-1b")},
		Primary: "prod.example:6379", SnapshotWindow: "03:00-04:00", SnapshotRetentionDays: 1,
		SecurityGroups: []string{"sg-target"}, SubnetGroup: "private", VPC: "vpc-1",
		Subnets:        []TargetSubnet{{"subnet-a", "us-east-1a"}, {"subnet-b", "us-east-1b"}},
		ParameterGroup: "orders-valkey8", Databases: 16,
		Parameters: &Parameters{MaxMemory: 6854542746, ReservedMemoryPercent: 25, MaxMemoryPolicy: "volatile-lru"},
	}
}

func goodSource() *Node {
	return &Node{
		Address: "10.0.0.241:6379", Engine: "redis", Version: "7.0.15", OS: "Linux 6.1.0 x86_64", Role: "master",
		Databases: 16, Keys: map[int]int64{0: 12},
		UsedMemory: 1 << 30, UsedMemoryRSS: 1200 << 20, MaxMemory: 4 << 30, MaxMemoryPolicy: "volatile-lru", SystemMemory: 16 << 30,
		Clients: 120, MaxClients: 10_000, LastSaveStatus: "ok", LastSaveSeconds: 9, LastSaveAgeSeconds: 600, LastSaveCopied: 30 << 20, LastForkMicroseconds: 12_000,
		Config: &NodeConfig{
			ProtectedMode: "no", Bind: []string{"10.0.0.241", "127.0.0.1"}, Port: 6379,
			ReplicaBuffer: BufferLimit{256 << 20, 64 << 20, 60}, BacklogSize: 64 << 20,
			ReplTimeoutSeconds: 60, DisklessSync: "yes", DisklessDelaySeconds: 5,
		},
		Commands: &Commands{Asked: 180}, DefaultUserDenied: []string{}, Users: []string{"default"},
	}
}

// goodNetwork has both ends in one VPC: the source in subnet-s, the target in
// subnet-a or subnet-b. Security groups name each other, ACLs admit all.
func goodNetwork() *Network {
	all := func(id string, subnets ...string) NetworkACL {
		entry := func(number int, egress, allow bool) ACLEntry {
			return ACLEntry{Number: number, Egress: egress, Allow: allow, Protocol: "-1", CIDR: "0.0.0.0/0"}
		}
		return NetworkACL{ID: id, VPC: "vpc-1", Subnets: subnets, Entries: []ACLEntry{
			entry(100, false, true), entry(32767, false, false), entry(100, true, true), entry(32767, true, false),
		}}
	}
	return &Network{
		SourceInterfaces: []Interface{{
			ID: "eni-source", VPC: "vpc-1", Subnet: "subnet-s", IPs: []string{"10.0.0.241"},
			SecurityGroups: []string{"sg-source"}, Instance: "i-source", Status: "in-use", Type: "interface",
		}},
		Subnets: []Subnet{
			{"subnet-s", "vpc-1", []string{"10.0.0.0/24"}, "us-east-1a"},
			{"subnet-a", "vpc-1", []string{"10.0.1.0/24"}, "us-east-1a"},
			{"subnet-b", "vpc-1", []string{"10.0.2.0/24"}, "us-east-1b"},
		},
		RouteTables: []RouteTable{{ID: "rtb-main", VPC: "vpc-1", Main: true, Routes: []Route{{CIDR: "10.0.0.0/16", Via: "local", State: "active"}}}},
		SecurityGroups: []SecurityGroup{
			{
				ID: "sg-source", VPC: "vpc-1",
				Ingress: []Rule{{Protocol: "tcp", FromPort: 6379, ToPort: 6379, Groups: []GroupReference{{ID: "sg-target"}}}},
				Egress:  []Rule{{Protocol: "-1", CIDRs: []string{"0.0.0.0/0"}}},
			},
			{ID: "sg-target", VPC: "vpc-1", Ingress: []Rule{}, Egress: []Rule{{Protocol: "-1", CIDRs: []string{"0.0.0.0/0"}}}},
		},
		ACLs:     []NetworkACL{all("acl-s", "subnet-s"), all("acl-t", "subnet-a", "subnet-b")},
		Peerings: []Peering{}, PrefixLists: []PrefixList{}, Attachments: []Attachment{}, TransitRoutes: []TransitRoute{},
	}
}
