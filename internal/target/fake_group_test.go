package target_test

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/preflight"
)

func endpointAt(host string) *types.Endpoint {
	return &types.Endpoint{Address: aws.String(host), Port: aws.Int32(6379)}
}

func parameter(name, value string) types.Parameter {
	return types.Parameter{ParameterName: aws.String(name), ParameterValue: aws.String(value)}
}

// newFake is a group of a primary and a replica, with cluster mode disabled.
func newFake() *fake {
	f := &fake{
		group: newFakeGroup(),
		clusters: map[string]*types.CacheCluster{
			"prod-001": newFakeCluster("prod-001", "eu-central-1a"),
			"prod-002": newFakeCluster("prod-002", "eu-central-1b"),
		},
		subnets: &types.CacheSubnetGroup{
			CacheSubnetGroupName: aws.String("caches"), VpcId: aws.String("vpc-1"),
			Subnets: []types.Subnet{
				{SubnetIdentifier: aws.String("subnet-1"), SubnetAvailabilityZone: &types.AvailabilityZone{Name: aws.String("eu-central-1a")}},
				{SubnetIdentifier: aws.String("subnet-2")},
			},
		},
		params: [][]types.Parameter{
			{parameter("activedefrag", "no"), parameter("maxmemory-policy", "allkeys-lru"), {ParameterName: aws.String("rename-commands")}},
			{parameter("databases", "16"), parameter("min-replicas-to-write", "1"), parameter("reserved-memory-percent", "30")},
		},
		nodeTypes: [][]types.CacheNodeTypeSpecificParameter{{{
			ParameterName: aws.String("maxmemory"),
			CacheNodeTypeSpecificValues: []types.CacheNodeTypeSpecificValue{
				{CacheNodeType: aws.String("cache.t3.micro"), Value: aws.String("536870912")},
				{CacheNodeType: aws.String("cache.m6g.large"), Value: aws.String("6854542746")},
			},
		}}},
		events: [][]types.Event{{}},
		fail:   map[string]error{},
	}
	f.clusters["prod-001"].PendingModifiedValues = &types.PendingModifiedValues{EngineVersion: aws.String("8.1"), TransitEncryptionEnabled: aws.Bool(false)}
	f.clusters["prod-001"].EngineVersion = aws.String("7.2.6") // an upgrade is under way
	return f
}

func newFakeGroup() *types.ReplicationGroup {
	return &types.ReplicationGroup{
		ReplicationGroupId: aws.String("prod"), Status: aws.String("available"),
		MemberClusters: []string{"prod-001", "prod-002"},
		MultiAZ:        types.MultiAZStatusEnabled, AutomaticFailover: types.AutomaticFailoverStatusEnabled,
		ClusterEnabled: aws.Bool(false), ClusterMode: types.ClusterModeDisabled,
		TransitEncryptionEnabled: aws.Bool(true), TransitEncryptionMode: types.TransitEncryptionModePreferred,
		AuthTokenEnabled: aws.Bool(true), UserGroupIds: []string{"ops"},
		GlobalReplicationGroupInfo: &types.GlobalReplicationGroupInfo{GlobalReplicationGroupId: aws.String("ldgnf-prod")},
		DataTiering:                types.DataTieringStatusEnabled, NetworkType: types.NetworkTypeDualStack,
		PendingModifiedValues: &types.ReplicationGroupPendingModifiedValues{
			AutomaticFailoverStatus: types.PendingAutomaticFailoverStatusDisabled, UserGroups: &types.UserGroupsUpdateStatus{},
			Resharding: &types.ReshardingStatus{SlotMigration: &types.SlotMigration{ProgressPercentage: aws.Float64(0)}},
		},
		SnapshotWindow: aws.String("05:00-09:00"), SnapshotRetentionLimit: aws.Int32(3),
		CacheNodeType: aws.String("cache.m6g.large"), Engine: aws.String("valkey"),
		NodeGroups: []types.NodeGroup{{
			PrimaryEndpoint: endpointAt("prod.ng"),
			NodeGroupMembers: []types.NodeGroupMember{
				{CacheClusterId: aws.String("prod-001"), CurrentRole: aws.String("replica"), ReadEndpoint: endpointAt("prod-001")},
				{CacheClusterId: aws.String("prod-002"), CurrentRole: aws.String("primary"), ReadEndpoint: endpointAt("prod-002"), PreferredAvailabilityZone: aws.String("eu-central-1x")},
			},
		}},
	}
}

func newFakeCluster(id, zone string) *types.CacheCluster {
	return &types.CacheCluster{
		CacheClusterId: aws.String(id), CacheClusterStatus: aws.String("available"), Engine: aws.String("valkey"), EngineVersion: aws.String("8.0.1"),
		CacheParameterGroup:  &types.CacheParameterGroupStatus{CacheParameterGroupName: aws.String("default.valkey8")},
		CacheSubnetGroupName: aws.String("caches"), PreferredMaintenanceWindow: aws.String("sun:05:00-sun:09:00"),
		PendingModifiedValues: &types.PendingModifiedValues{},
		SecurityGroups: []types.SecurityGroupMembership{
			{SecurityGroupId: aws.String("sg-1"), Status: aws.String("active")},
			{SecurityGroupId: aws.String("sg-2"), Status: aws.String("removing")},
			{SecurityGroupId: aws.String("sg-3"), Status: aws.String("active")},
		},
		CacheNodes: []types.CacheNode{{Endpoint: endpointAt(id + ".own"), CustomerAvailabilityZone: aws.String(zone)}},
	}
}

// wholeFacts are the facts of newFake.
func wholeFacts() preflight.Target {
	member := func(id, role, zone string, pending ...string) preflight.Member {
		return preflight.Member{
			ID: id, Status: "available", Role: role, Endpoint: id + ":6379", AvailabilityZone: zone,
			MaintenanceWindow: "sun:05:00-sun:09:00", PendingChanges: pending,
		}
	}
	return preflight.Target{
		ID: "prod", Exists: true, Status: "available", ClusterMode: "disabled", MultiAZ: "enabled", AutomaticFailover: "enabled",
		TransitEncryption: true, TransitEncryptionMode: "preferred", AuthToken: true, UserGroups: []string{"ops"},
		GlobalDatastore: "ldgnf-prod", DataTiering: "enabled", NetworkType: "dual_stack",
		NodeType: "cache.m6g.large", Engine: "valkey", EngineVersion: "8.0.1",
		Members: []preflight.Member{
			member("prod-001", "replica", "eu-central-1a", "EngineVersion", "TransitEncryptionEnabled"),
			member("prod-002", "primary", "eu-central-1b"),
		},
		NodeGroups: 1, Primary: "prod.ng:6379", PendingChanges: []string{"AutomaticFailoverStatus", "Resharding"},
		SnapshotWindow: "05:00-09:00", SnapshotRetentionDays: 3,
		SecurityGroups: []string{"sg-1", "sg-3"}, SubnetGroup: "caches", VPC: "vpc-1",
		Subnets:        []preflight.TargetSubnet{{ID: "subnet-1", AvailabilityZone: "eu-central-1a"}, {ID: "subnet-2"}},
		ParameterGroup: "default.valkey8", Databases: 16,
		Parameters: &preflight.Parameters{
			MaxMemory: 6854542746, ReservedMemoryPercent: 30, MaxMemoryPolicy: "allkeys-lru", MinReplicasToWrite: 1,
		},
	}
}
