package vpc_test

import "github.com/cachelift/cachelift/simulator"

// fineRows have nothing wrong: every check passes.
func fineRows() []networkRow {
	return []networkRow{
		{name: "one VPC", from: oneVPC},
		{name: "peered", from: peered},
		{name: "peered, by prefix lists", from: peeredByLists},
		{name: "transit gateway", from: behindGateway},
		{name: "transit gateway with a table for each", from: behindGatewayApart},
		{name: "the least of security groups", from: oneVPC, change: func(s *stage) {
			s.rules.RevokeEgress().RevokeIngress().Ingress(simulator.TCP(6379), "10.0.0.0/17", "10.0.128.0/17")
			s.cache.SecurityGroup(defaultGroup).RevokeEgress().RevokeIngress().Egress(simulator.TCP(6379), alone+"/32")
		}},
		{name: "the least of network ACLs", from: peered, change: leastACLs},
		{name: "an own route table, and a blackhole that is less specific", from: peered, change: func(s *stage) {
			s.cache.MainRouteTable().Blackhole("10.0.0.0/8", "pcx-gone").Route("0.0.0.0/0", "igw-1")
			s.cache.RouteTable("rtb-c", s.net.DefaultSubnet("c")).Route("10.1.0.0/16", "pcx-1")
		}},
		{name: "the same address in a VPC that is not ours", from: oneVPC, change: func(s *stage) {
			other := s.net.VPC("vpc-other", "10.0.0.0/16")
			s.net.Interface("eni-other", other.Subnet("subnet-other", "us-east-1a", "10.0.64.0/24"), alone, other.SecurityGroup("sg-other").ID())
			s.options.SourceVPC = s.cache.ID()
		}},
	}
}

// refuse is a row about security groups.
func refuse(name string, change func(*stage), seen, remedy []string) networkRow {
	return networkRow{name: name, from: oneVPC, change: change, fails: []string{checkGroup}, seen: seen, remedy: remedy}
}

func sourceGroupRows() []networkRow {
	instead := func(t simulator.Traffic, peers ...string) func(*stage) {
		return func(s *stage) { s.rules.RevokeIngress().Ingress(t, peers...) }
	}
	seen := []string{"no ingress rule of sg-source"}
	remedy := []string{"authorize-security-group-ingress --group-id sg-source --protocol tcp --port 6379 --source-group " + defaultGroup}
	return []networkRow{
		refuse("no ingress at the source", func(s *stage) { s.rules.RevokeIngress() }, seen, remedy),
		refuse("ingress to another port", instead(simulator.TCP(6380), defaultGroup), seen, remedy),
		refuse("ingress of another protocol", instead(simulator.Traffic{Protocol: "udp", From: 0, To: 65535}, defaultGroup), seen, remedy),
		refuse("ingress from other addresses", instead(simulator.TCP(6379), "10.1.0.0/16"), seen, remedy),
		refuse("ingress from subnets with nodes today alone", instead(simulator.TCP(6379), "10.0.0.0/17"),
			append(seen, subnetPrefix+"c"), remedy),
		refuse("ingress from a group that no node has", func(s *stage) {
			s.rules.RevokeIngress().Ingress(simulator.TCP(6379), s.app.SecurityGroup("sg-other").ID())
		}, seen, remedy),
		refuse("ingress from the group itself", instead(simulator.AllTraffic(), sourceGroup), seen, remedy),
		refuse("ingress from a prefix list without the nodes", func(s *stage) {
			s.net.PrefixList("pl-cache", "10.9.0.0/16")
			s.rules.RevokeIngress().Ingress(simulator.TCP(6379), "pl-cache")
		}, seen, remedy),
		{
			name: "ingress from a group over a connection that was deleted", from: peered, fails: []string{checkRoute}, unknown: []string{checkGroup},
			change: func(s *stage) { s.peering.Status("deleted") },
			seen:   []string{"pcx-1 is deleted"},
			remedy: []string{"create-vpc-peering-connection --vpc-id " + defaultVPC + " --peer-vpc-id vpc-app"},
		},
		{
			name: "ingress from a group behind a transit gateway", from: behindGateway, unknown: []string{checkGroup},
			change: func(s *stage) { s.rules.RevokeIngress().Ingress(simulator.TCP(6379), defaultGroup) },
			seen:   []string{"sg-source admits " + defaultGroup}, remedy: []string{"admit address ranges"},
		},
	}
}

func targetGroupRows() []networkRow {
	instead := func(t simulator.Traffic, peers ...string) func(*stage) {
		return func(s *stage) { s.cache.SecurityGroup(defaultGroup).RevokeEgress().Egress(t, peers...) }
	}
	seen := []string{"no egress rule of " + defaultGroup}
	remedy := []string{"authorize-security-group-egress --group-id " + defaultGroup + " --protocol tcp --port 6379 --source-group sg-source"}
	return []networkRow{
		refuse("no egress at the target", func(s *stage) { s.cache.SecurityGroup(defaultGroup).RevokeEgress() }, seen, remedy),
		refuse("egress to another port", instead(simulator.TCP(443), "0.0.0.0/0"), seen, remedy),
		refuse("egress to other addresses", instead(simulator.TCP(6379), "10.1.0.0/16"), seen, remedy),
		refuse("egress to the target's group alone", instead(simulator.AllTraffic(), defaultGroup), seen, remedy),
		refuse("egress to a prefix list without the source", func(s *stage) {
			s.net.PrefixList("pl-app", "10.0.64.0/25")
			s.cache.SecurityGroup(defaultGroup).RevokeEgress().Egress(simulator.TCP(6379), "pl-app")
		}, seen, remedy),
		{
			name: "no egress over a transit gateway", from: behindGateway, fails: []string{checkGroup},
			change: func(s *stage) { s.cache.SecurityGroup(defaultGroup).RevokeEgress() },
			seen:   seen, remedy: []string{"authorize-security-group-egress --group-id " + defaultGroup + " --protocol tcp --port 6379 --cidr 10.1.1.241/32"},
		},
	}
}
