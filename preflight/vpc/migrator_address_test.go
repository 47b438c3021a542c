package vpc_test

import "github.com/cachelift/cachelift/simulator"

// addressRows are about what has the source's address.
func addressRows() []networkRow {
	all := []string{checkAddress, checkVPC, checkRoute, checkGroup, checkACL}
	return []networkRow{
		{
			name: "no interface has the address", from: oneVPC, unknown: all,
			change: func(s *stage) { s.address = "10.0.64.242" },
			seen:   []string{"no network interface that was seen has 10.0.64.242"}, remedy: []string{"SourceVPC"},
		},
		{
			name: "two interfaces have the address", from: oneVPC, unknown: all,
			change: func(s *stage) {
				other := s.net.VPC("vpc-other", "10.0.0.0/16")
				s.net.Interface("eni-other", other.Subnet("subnet-other", "us-east-1a", "10.0.64.0/24"), alone, other.SecurityGroup("sg-other").ID())
			},
			seen:   []string{"2 interfaces have " + alone, "eni-source of i-source", "eni-other of i-other", "vpc-other"},
			remedy: []string{"SourceVPC", defaultVPC},
		},
		{
			name: "the interface is attached to nothing", from: oneVPC, fails: []string{checkAddress},
			change: func(s *stage) { s.eni.Instance("") },
			seen:   []string{"eni-source of no instance in " + subnetPrefix + "b of " + defaultVPC + " is attached to nothing"},
			remedy: []string{"attach-network-interface --network-interface-id eni-source"},
		},
	}
}

// hiddenRows are about what cannot be seen from here, which is never a failure
// and never a pass.
func hiddenRows() []networkRow {
	return []networkRow{
		{
			name: "a source in another account", from: byRange, unknown: []string{checkAddress, checkVPC, checkRoute, checkGroup, checkACL},
			change: func(s *stage) { s.app.Elsewhere("444455556666", "") },
			seen: []string{
				"no network interface that was seen has " + apart, "the VPC of the source is not known",
				"-> pcx-1, at whose other side the source was not seen", "security groups of the source are not known",
			},
			remedy: []string{"in another account"},
		},
		{
			name: "a source in another account, and no egress to it", from: byRange,
			fails: []string{checkGroup}, unknown: []string{checkAddress, checkVPC, checkRoute, checkACL},
			change: func(s *stage) {
				s.app.Elsewhere("444455556666", "")
				s.cache.SecurityGroup(defaultGroup).RevokeEgress()
			},
			remedy: []string{"authorize-security-group-egress --group-id " + defaultGroup + " --protocol tcp --port 6379 --cidr 10.1.1.241/32"},
		},
		{
			name: "a source behind a VPN", from: onPremises, unknown: []string{checkAddress, checkVPC, checkRoute, checkGroup, checkACL},
			seen: []string{"no network interface that was seen has 192.168.7.9", defaultTable + ": 192.168.0.0/16 -> vgw-1: what comes behind it cannot be told"},
		},
		{
			name: "a source behind a VPN, to which no route leads", from: onPremises,
			fails: []string{checkRoute}, unknown: []string{checkAddress, checkVPC, checkGroup, checkACL},
			change: func(s *stage) { s.cache.MainRouteTable().Remove("192.168.0.0/16") },
			seen:   []string{defaultTable + " has no route to 192.168.7.9"}, remedy: []string{"create-route --route-table-id " + defaultTable},
		},
		{
			name: "a VPC in another region", from: byRange, unknown: []string{checkAddress, checkVPC, checkRoute, checkGroup, checkACL},
			change: func(s *stage) { s.app.Elsewhere("", "eu-west-1") },
		},
		{
			name: "two VPCs with a VPN between them", from: twoOnStage, unknown: []string{checkVPC, checkRoute},
			change: func(s *stage) { s.connect("vgw-1"); s.rules.Ingress(simulator.TCP(6379), "10.0.0.0/16") },
			seen:   []string{"10.1.0.0/16 -> vgw-1: what comes behind it cannot be told"},
		},
	}
}

// onPremises has the source where AWS sees nothing.
func onPremises(s *stage) {
	s.address = "192.168.7.9"
	s.cache.MainRouteTable().Route("192.168.0.0/16", "vgw-1")
}
