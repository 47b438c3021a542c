package vpc_test

import "github.com/cachelift/cachelift/simulator"

const clientPorts = "--port-range From=1024,To=65535"

// leastACLs allow what is needed, at the border of each subnet, and no more.
func leastACLs(s *stage) {
	s.cache.DefaultACL().Clear().
		AllowEgress(100, simulator.TCP(6379), "10.1.1.241/32").
		AllowIngress(100, simulator.TCPPorts(1024, 65535), "10.1.1.241/32")
	s.app.DefaultACL().Clear().
		AllowIngress(100, simulator.TCP(6379), "10.0.0.0/16").
		AllowEgress(100, simulator.TCPPorts(1024, 65535), "10.0.0.0/16")
}

func aclRows() []networkRow {
	row := func(name string, change func(*stage), seen string, remedy ...string) networkRow {
		return networkRow{
			name: name, from: peered, fails: []string{checkACL}, seen: []string{seen}, remedy: remedy,
			change: func(s *stage) { leastACLs(s); change(s) },
		}
	}
	toC := func(s *stage) *simulator.NetworkACL { return s.cache.NetworkACL("acl-c", s.net.DefaultSubnet("c")) }
	const target, source = "--network-acl-id acl-0c0ffee0000000001", "--network-acl-id acl-app"
	return []networkRow{
		row("connections may not leave the target's subnets", func(s *stage) { s.cache.DefaultACL().DenyEgress(100, simulator.AllTraffic(), "0.0.0.0/0") },
			"denies egress: rule 100 (connections to the source)", target+" --egress --rule-number 99 --protocol tcp --port-range From=6379,To=6379 --cidr-block 10.1.1.241/32"),
		row("replies may not enter the target's subnets", func(s *stage) { s.cache.DefaultACL().DenyIngress(100, simulator.AllTraffic(), "0.0.0.0/0") },
			"denies ingress: rule 100 (replies to the nodes)", target+" --ingress --rule-number 99 --protocol tcp "+clientPorts+" --cidr-block 10.1.1.241/32"),
		row("connections may not enter the source's subnet", func(s *stage) { s.app.DefaultACL().DenyIngress(100, simulator.AllTraffic(), "0.0.0.0/0") },
			"acl-app of subnet-private denies ingress: rule 100 (connections to the source)", source+" --ingress --rule-number 99 --protocol tcp --port-range From=6379,To=6379 --cidr-block 10.0.0.0/18"),
		row("replies may not leave the source's subnet", func(s *stage) { s.app.DefaultACL().DenyEgress(100, simulator.AllTraffic(), "0.0.0.0/0") },
			"acl-app of subnet-private denies egress: rule 100 (replies to the nodes)", source+" --egress --rule-number 99 --protocol tcp "+clientPorts+" --cidr-block 10.0.0.0/18"),
		row("a rule with a lower number denies", func(s *stage) { s.app.DefaultACL().DenyIngress(50, simulator.TCPPorts(6000, 7000), "10.0.0.0/8") },
			"acl-app of subnet-private denies ingress: rule 50", source+" --ingress --rule-number 49"),
		row("no rule for ephemeral ports", func(s *stage) {
			s.app.DefaultACL().Clear().AllowIngress(100, simulator.TCP(6379), "10.0.0.0/16").AllowEgress(100, simulator.TCPPorts(0, 1023), "10.0.0.0/16")
		}, "acl-app of subnet-private denies egress: rule 32767 (replies to the nodes)", source+" --egress", clientPorts),
		row("replies to the port of the source alone", func(s *stage) {
			s.cache.DefaultACL().Clear().AllowEgress(100, simulator.TCP(6379), "10.1.1.241/32").AllowIngress(100, simulator.TCP(6379), "10.1.1.241/32")
		}, "denies ingress: rule 32767 (replies to the nodes)", target+" --ingress", clientPorts),
		row("an own ACL of a subnet without nodes", func(s *stage) { toC(s) },
			"acl-c of "+subnetPrefix+"c denies egress: rule 32767", "--network-acl-id acl-c --egress", "--network-acl-id acl-c --ingress"),
		{
			name: "ephemeral ports in part", from: peered, unknown: []string{checkACL},
			change: func(s *stage) {
				leastACLs(s)
				s.cache.DefaultACL().AllowIngress(100, simulator.TCPPorts(49152, 65535), "10.1.1.241/32")
			},
			seen:   []string{"only 10.0.0.0/18 (ports 49152-65535) of 10.0.0.0/18 is sure to get through"},
			remedy: []string{target, clientPorts},
		},
		{
			name: "an ACL between subnets of one VPC", from: oneVPC, fails: []string{checkACL},
			change: func(s *stage) {
				s.cache.NetworkACL("acl-b", s.private).AllowIngress(100, simulator.TCP(6379), "10.0.0.0/18").AllowEgress(100, simulator.AllTraffic(), "0.0.0.0/0")
			},
			// Traffic within subnet b is not filtered, and a is let in.
			seen:   []string{subnetPrefix + "c (10.0.128.0/17): acl-b of " + subnetPrefix + "b denies ingress"},
			remedy: []string{"--network-acl-id acl-b --ingress", "--cidr-block 10.0.128.0/17"},
		},
	}
}

// transitACLRows are about the subnets by which VPCs are attached.
func transitACLRows() []networkRow {
	edge := func(change func(*simulator.NetworkACL)) func(*stage) {
		return func(s *stage) {
			change(s.app.NetworkACL("acl-edge", s.edge).
				AllowIngress(100, simulator.AllTraffic(), "10.0.0.0/8").AllowEgress(100, simulator.AllTraffic(), "10.0.0.0/8"))
		}
	}
	return []networkRow{
		{name: "an ACL at the attachment that lets all pass", from: behindGateway, change: edge(func(*simulator.NetworkACL) {})},
		{
			name: "connections may not leave the attachment's subnet", from: behindGateway, fails: []string{checkACL},
			change: edge(func(a *simulator.NetworkACL) { a.DenyEgress(50, simulator.TCP(6379), "10.1.1.0/24") }),
			seen:   []string{"acl-edge of subnet-edge denies egress: rule 50 (connections to the source)"},
			remedy: []string{"--network-acl-id acl-edge --egress --rule-number 49 --protocol tcp --port-range From=6379,To=6379 --cidr-block 10.1.1.241/32"},
		},
		{
			name: "replies may not enter the attachment's subnet", from: behindGateway, fails: []string{checkACL},
			change: edge(func(a *simulator.NetworkACL) { a.DenyIngress(50, simulator.TCPPorts(1024, 65535), "10.1.1.0/24") }),
			seen:   []string{"acl-edge of subnet-edge denies ingress: rule 50 (replies to the nodes)"},
			remedy: []string{"--network-acl-id acl-edge --ingress --rule-number 49 --protocol tcp " + clientPorts + " --cidr-block 10.1.1.241/32"},
		},
	}
}
