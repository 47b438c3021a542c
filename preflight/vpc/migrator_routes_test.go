package vpc_test

import "github.com/cachelift/cachelift/simulator"

func routeRows() []networkRow {
	row := func(name string, change func(*stage), seen, remedy string) networkRow {
		return networkRow{name: name, from: peered, change: change, fails: []string{checkRoute}, seen: []string{seen}, remedy: []string{remedy}}
	}
	return []networkRow{
		row("no route at the target", func(s *stage) { s.cache.MainRouteTable().Remove("10.1.0.0/16") },
			defaultTable+" has no route to 10.1.1.0/24",
			"create-route --route-table-id "+defaultTable+" --destination-cidr-block 10.1.1.0/24 --vpc-peering-connection-id pcx-1"),
		row("no route at the source", func(s *stage) { s.app.MainRouteTable().Remove("10.0.0.0/16") },
			"rtb-app has no route to 10.0.128.0/17",
			"create-route --route-table-id rtb-app --destination-cidr-block 10.0.128.0/17 --vpc-peering-connection-id pcx-1"),
		row("a route at the source to subnets with nodes today alone", func(s *stage) {
			s.app.MainRouteTable().Remove("10.0.0.0/16").Route("10.0.0.0/17", "pcx-1")
		}, "rtb-app has no route to 10.0.128.0/17", "create-route --route-table-id rtb-app --destination-cidr-block 10.0.128.0/17 --vpc-peering-connection-id pcx-1"),
		row("a blackhole at the target", func(s *stage) { s.cache.MainRouteTable().Blackhole("10.1.0.0/16", "pcx-gone") },
			defaultTable+": 10.1.0.0/16 -> pcx-gone is a blackhole",
			"replace-route --route-table-id "+defaultTable+" --destination-cidr-block 10.1.0.0/16 --vpc-peering-connection-id pcx-1"),
		row("a blackhole that is more specific", func(s *stage) { s.app.MainRouteTable().Blackhole("10.0.64.0/18", "eni-gone") },
			"rtb-app: 10.0.64.0/18 -> eni-gone is a blackhole",
			"replace-route --route-table-id rtb-app --destination-cidr-block 10.0.64.0/18 --vpc-peering-connection-id pcx-1"),
		row("the own table of a subnet without nodes", func(s *stage) {
			s.cache.RouteTable("rtb-c", s.net.DefaultSubnet("c"))
		}, subnetPrefix+"c (10.0.128.0/17): rtb-c has no route", "create-route --route-table-id rtb-c --destination-cidr-block 10.1.1.0/24 --vpc-peering-connection-id pcx-1"),
		row("the own table of the source's subnet", func(s *stage) {
			s.app.RouteTable("rtb-private", s.private).Route("0.0.0.0/0", "pcx-1").Blackhole("10.0.0.0/8", "nat-1")
		}, "rtb-private: 10.0.0.0/8 -> nat-1 is a blackhole", "--vpc-peering-connection-id pcx-1"),
		row("a connection to a third VPC", func(s *stage) {
			s.net.Peering("pcx-2", s.cache, s.net.VPC("vpc-third", "10.3.0.0/16"))
			s.cache.MainRouteTable().Route("10.1.0.0/16", "pcx-2")
		}, "peering is not transitive", "replace-route --route-table-id "+defaultTable+" --destination-cidr-block 10.1.0.0/16 --vpc-peering-connection-id pcx-1"),
		{
			name: "a NAT gateway", from: peered, unknown: []string{checkRoute},
			change: func(s *stage) { s.cache.MainRouteTable().Route("10.1.1.0/24", "nat-1") },
			seen:   []string{"10.1.1.0/24 -> nat-1: what comes behind it cannot be told"},
		},
		{
			name: "an appliance in the VPC", from: oneVPC, unknown: []string{checkRoute},
			change: func(s *stage) { s.cache.MainRouteTable().Route("10.0.64.0/18", "vpce-firewall") },
			seen:   []string{"10.0.64.0/18 -> vpce-firewall: what comes behind it cannot be told"},
		},
	}
}

func peeringRows() []networkRow {
	create := "create-vpc-peering-connection --vpc-id " + defaultVPC + " --peer-vpc-id vpc-app"
	return []networkRow{
		{
			name: "a connection that nobody has accepted", from: byRange, fails: []string{checkRoute},
			change: func(s *stage) { s.peering.Status("pending-acceptance") },
			seen:   []string{"pcx-1", "pending-acceptance"},
			remedy: []string{"accept-vpc-peering-connection --vpc-peering-connection-id pcx-1"},
		},
		{
			name: "a connection that nobody has accepted, with a group in a rule", from: peered, fails: []string{checkRoute}, unknown: []string{checkGroup},
			change: func(s *stage) { s.peering.Status("pending-acceptance") },
			seen:   []string{"pcx-1 is pending-acceptance"},
			remedy: []string{"accept-vpc-peering-connection --vpc-peering-connection-id pcx-1", "see network.route"},
		},
		{
			name: "a connection that was deleted", from: byRange, fails: []string{checkRoute},
			change: func(s *stage) { s.peering.Status("deleted") },
			seen:   []string{"pcx-1", "deleted"},
			remedy: []string{create},
		},
		{
			name: "no connection", from: twoOnStage, fails: []string{checkVPC}, unknown: []string{checkRoute},
			change: func(s *stage) { s.rules.Ingress(simulator.TCP(6379), "10.0.0.0/16") },
			seen:   []string{"no peering connection, no common transit gateway between " + defaultVPC + " (target) and vpc-app (source)"},
			remedy: []string{create, "see network.vpc"},
		},
		{
			name: "address ranges that overlap", from: overlapping, fails: []string{checkVPC}, unknown: []string{checkRoute},
			seen:   []string{"10.0.0.0/16 of " + defaultVPC + " (target) and 10.0.0.0/17 of vpc-app (source) overlap"},
			remedy: []string{"create the target in a subnet group of vpc-app"},
		},
	}
}

// byRange is peered, where the source admits the nodes by their addresses.
func byRange(s *stage) {
	peered(s)
	s.rules.RevokeIngress().Ingress(simulator.TCP(6379), "10.0.0.0/16")
}

// overlapping has the source in a VPC that has the target's addresses too.
func overlapping(s *stage) {
	s.address = alone
	s.app = s.net.VPC("vpc-app", "10.0.0.0/17")
	s.private = s.app.Subnet("subnet-private", "us-east-1a", "10.0.64.0/24")
	s.rules = s.app.SecurityGroup(sourceGroup).Ingress(simulator.TCP(6379), "10.0.0.0/16")
	s.eni = s.net.Interface("eni-source", s.private, alone, sourceGroup)
}

func transitRows() []networkRow {
	row := func(name string, change func(*stage), seen, remedy string) networkRow {
		return networkRow{name: name, from: behindGateway, change: change, fails: []string{checkRoute}, seen: []string{seen}, remedy: []string{remedy}}
	}
	attached := func(zones ...string) func(*stage) {
		return func(s *stage) {
			twoOnStage(s)
			s.gateway = s.net.TransitGateway("tgw-1")
			var subnets []*simulator.VPCSubnet
			for _, z := range zones {
				subnets = append(subnets, s.net.DefaultSubnet(z))
			}
			s.gateway.Attach("tgw-attach-cache", s.cache, subnets...)
			s.gateway.Attach("tgw-attach-app", s.app, s.app.Subnet("subnet-edge", "us-east-1b", "10.1.9.0/28"), s.private)
			s.connect("tgw-1")
			s.rules.Ingress(simulator.TCP(6379), "10.0.0.0/16")
		}
	}
	zone := row("not attached in the zone of a subnet without nodes", nil, "tgw-attach-cache has no subnet in the zone us-east-1c of "+subnetPrefix+"c",
		"modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id tgw-attach-cache --add-subnet-ids "+subnetPrefix+"c")
	zone.from = attached("a", "b")
	return []networkRow{
		zone,
		row("no route to the gateway at the target", func(s *stage) { s.cache.MainRouteTable().Remove("10.1.0.0/16") },
			defaultTable+" has no route to 10.1.1.0/24", "create-route --route-table-id "+defaultTable+" --destination-cidr-block 10.1.1.0/24 --transit-gateway-id tgw-1"),
		row("no route to the gateway at the source", func(s *stage) { s.app.MainRouteTable().Remove("10.0.0.0/16") },
			"rtb-app has no route to 10.0.0.0/18", "create-route --route-table-id rtb-app --destination-cidr-block 10.0.0.0/18 --transit-gateway-id tgw-1"),
		row("no route of the gateway to the source", func(s *stage) { s.gateway.DefaultRouteTable().Remove("10.1.0.0/16") },
			"tgw-rtb-1 has no route to 10.1.1.241", "create-transit-gateway-route --transit-gateway-route-table-id tgw-rtb-1 --destination-cidr-block 10.1.1.0/24 --transit-gateway-attachment-id tgw-attach-app"),
		row("no route of the gateway to the target", func(s *stage) { s.gateway.DefaultRouteTable().Remove("10.0.0.0/16") },
			"tgw-rtb-1 has no route to 10.0.0.", "create-transit-gateway-route --transit-gateway-route-table-id tgw-rtb-1 --destination-cidr-block 10.0.0.0/18 --transit-gateway-attachment-id tgw-attach-cache"),
		row("a blackhole of the gateway", func(s *stage) { s.gateway.DefaultRouteTable().Blackhole("10.1.1.0/24") },
			"tgw-rtb-1: 10.1.1.0/24", "replace-transit-gateway-route --transit-gateway-route-table-id tgw-rtb-1 --destination-cidr-block 10.1.1.0/24 --transit-gateway-attachment-id tgw-attach-app"),
		row("a blackhole of the gateway for a subnet without nodes", func(s *stage) { s.gateway.DefaultRouteTable().Blackhole("10.0.128.0/17") },
			subnetPrefix+"c", "replace-transit-gateway-route --transit-gateway-route-table-id tgw-rtb-1 --destination-cidr-block 10.0.128.0/17 --transit-gateway-attachment-id tgw-attach-cache"),
		row("an attachment that nobody has accepted", func(s *stage) { s.attached.State("pendingAcceptance") },
			"tgw-attach-app", "accept-transit-gateway-vpc-attachment --transit-gateway-attachment-id tgw-attach-app"),
		row("an attachment without a route table", func(s *stage) { s.attached.Associate(nil) },
			"tgw-attach-app has no route table", "associate-transit-gateway-route-table --transit-gateway-attachment-id tgw-attach-app"),
		{
			name: "a gateway that leads to a VPN", from: behindGateway, unknown: []string{checkRoute},
			change: func(s *stage) {
				s.gateway.AttachOther("tgw-attach-vpn", "vpn", "vpn-1")
				s.gateway.DefaultRouteTable().Route("10.1.1.0/24", "tgw-attach-vpn")
			},
			seen: []string{"10.1.1.0/24 -> tgw-attach-vpn: what comes behind it cannot be told"},
		},
	}
}
