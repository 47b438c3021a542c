package preflight

func nonet(checks ...string) []string {
	out := make([]string, len(checks))
	for i, c := range checks {
		out[i] = "network." + c
	}
	return out
}

func vpcRows() []networkRow {
	unseen := nonet("vpc", "route", "security-group", "acl")
	all := append(nonet("address"), unseen...)
	other := func(f *Facts) {
		i := f.Network.SourceInterfaces[0]
		i.ID, i.VPC = "eni-other", "vpc-other"
		f.Network.SourceInterfaces = append(f.Network.SourceInterfaces, i)
	}
	return []networkRow{
		{builtinRow{"found", good, "network.address", Pass, "10.0.0.241 is on eni-source of i-source in subnet-s of vpc-1", ""}, nil, nil},
		{builtinRow{"in another account", func(f *Facts) { f.Network.SourceInterfaces = []Interface{} }, "network.address", Unknown, "no network interface", "SourceVPC"}, nil, unseen},
		{builtinRow{"the interface has another address", func(f *Facts) { f.Network.SourceInterfaces[0].IPs = []string{"10.0.0.9", "x"} }, "network.address", Unknown, "no network interface", "by hand"}, nil, unseen},
		{builtinRow{"attached to nothing", func(f *Facts) { f.Network.SourceInterfaces[0].Status = "available" }, "network.address", Fail, "attached to nothing", "attach-network-interface --network-interface-id eni-source"}, nil, nil},
		{builtinRow{"the address exists twice", other, "network.address", Unknown, "eni-other of i-source in subnet-s of vpc-other", "vpc-1"}, nil, unseen},
		{builtinRow{"found twice, the same", func(f *Facts) {
			f.Network.SourceInterfaces = append(f.Network.SourceInterfaces, f.Network.SourceInterfaces[0])
		}, "network.address", Pass, "", ""}, nil, nil},
		{builtinRow{"denied", func(f *Facts) {
			f.Network.SourceInterfaces = nil
			gap(f, "network.source_interfaces", "UnauthorizedOperation")
		}, "network.address", Unknown, "UnauthorizedOperation", "ec2:DescribeNetworkInterfaces"}, nil, unseen},
		{builtinRow{"a name of two servers, one seen", func(f *Facts) {
			f.SourceAddress.IPs = append(f.SourceAddress.IPs, "10.0.0.242")
		}, "network.address", Unknown, "only a part", "one address"}, nil, unseen},
		{builtinRow{"IPv6 beside IPv4 is not used", func(f *Facts) {
			f.SourceAddress.IPs = []string{"2600::1", "10.0.0.241"}
		}, "network.address", Pass, "10.0.0.241 is on", ""}, nil, nil},
		{builtinRow{"IPv4 beside IPv6 is not used by a group that has IPv6 only", func(f *Facts) {
			f.Target.NetworkType, f.SourceAddress.IPs = "ipv6", []string{"10.0.0.241", "2600::1"}
			f.Network.SourceInterfaces[0].IPs = []string{"10.0.0.241", "2600::1"}
		}, "network.security-group", Unknown, "no address range of the kind of 2600::1", "by hand"}, nil, nonet("route", "acl")},
		{builtinRow{"the interface has no IPv6 for a group that has nothing else", func(f *Facts) {
			f.Target.NetworkType, f.SourceAddress.IPs = "ipv6", []string{"10.0.0.241", "2600::1"}
		}, "network.address", Unknown, "2600::1", "by hand"}, nil, unseen},
		{builtinRow{"which IP version counts was not seen", func(f *Facts) {
			f.SourceAddress.IPs = []string{"10.0.0.241", "2600::1"}
			gap(f, "target.network_type", "garbled")
		}, "network.address", Unknown, "garbled", "DescribeReplicationGroups"}, nil, unseen},
		{builtinRow{"subnets of which some were not seen", func(f *Facts) { gap(f, "network.subnets", "denied") }, "network.route", Unknown, "subnets not seen: denied; by what was seen of them", "preflight/vpc"}, nil, nonet("security-group", "acl")},
		{builtinRow{"the target's VPC was not seen", func(f *Facts) { gap(f, "target.vpc", "denied") }, "network.vpc", Unknown, "denied", "DescribeCacheSubnetGroups"}, nil, nil},
		{builtinRow{"no address", func(f *Facts) { f.SourceAddress = nil; gap(f, "source_address", "no such host") }, "network.address", Unknown, "no such host", "IP address"}, nil, unseen},
		{builtinRow{"no EC2 client", func(f *Facts) { f.Network = nil; gap(f, "network", "no EC2 client") }, "network.vpc", Unknown, "no EC2 client", "preflight/vpc"}, nil, all},
		{builtinRow{"no target", noTarget, "network.vpc", Unknown, "AccessDenied", "DescribeReplicationGroups"}, nil, unseen},
		{builtinRow{"no group", absent, "network.vpc", Unknown, "does not exist", "see target.exists"}, nil, unseen},
		{builtinRow{"no port", func(f *Facts) { f.Source, f.SourceProbe.Address = nil, "10.0.0.241" }, "network.vpc", Unknown, "port of the source", ""}, nil, unseen},
		{builtinRow{"one VPC", good, "network.vpc", Pass, "both ends are in vpc-1", ""}, nil, nil},
		{builtinRow{"peered", good, "network.vpc", Pass, "peered by pcx-1", ""}, peeredFacts, nil},
		{builtinRow{"at a gateway", good, "network.vpc", Pass, "tgw-1", ""}, transitFacts, nil},
		{builtinRow{"no connection", func(f *Facts) {
			f.Network.Peerings = []Peering{}
			for i := range f.Network.RouteTables {
				f.Network.RouteTables[i].Routes = append(f.Network.RouteTables[i].Routes[:1], Route{CIDR: "0.0.0.0/0", Via: "nat-1", State: "active"})
			}
		}, "network.vpc", Fail, "no peering connection", "create-vpc-peering-connection --vpc-id vpc-1 --peer-vpc-id vpc-2"}, peeredFacts, nonet("route", "security-group")},
		{builtinRow{"perhaps connected by VPN", func(f *Facts) {
			f.Network.Peerings = []Peering{}
			f.Network.RouteTables[0].Routes[1].Via = "vgw-1"
			f.Network.RouteTables[1].Routes[1].Via = "vgw-2"
		}, "network.vpc", Unknown, "vgw-1", "by hand"}, peeredFacts, nonet("route", "security-group")},
		{builtinRow{"peerings denied", func(f *Facts) { f.Network.Peerings = nil; gap(f, "network.peerings", "denied") }, "network.vpc", Unknown, "denied", ""}, peeredFacts, nonet("route", "security-group")},
		{builtinRow{"VPCs overlap", func(f *Facts) {
			f.Network.Peerings[0].Accepter.CIDRs = append(f.Network.Peerings[0].Accepter.CIDRs, "10.0.128.0/17")
		}, "network.vpc", Fail, "10.0.0.0/16 of vpc-1 (target) and 10.0.128.0/17 of vpc-2", "subnet group of vpc-2"}, peeredFacts, nonet("route")},
		{builtinRow{"overlap of what is not used, at a gateway", func(f *Facts) {
			for i, t := range f.Network.RouteTables {
				f.Network.RouteTables[i].Routes = append(t.Routes, Route{CIDR: "100.64.0.0/24", Via: "local", State: "active"})
			}
		}, "network.vpc", Pass, "", ""}, transitFacts, nil},
		{builtinRow{"overlap of what is used, at a gateway", func(f *Facts) {
			t := &f.Network.RouteTables[1]
			t.Routes = append(t.Routes, Route{CIDR: "10.0.2.0/24", Via: "local", State: "active"})
		}, "network.vpc", Fail, "10.0.2.0/24 of vpc-1 (target) and 10.0.2.0/24 of vpc-2", ""}, transitFacts, nonet("route")},
		{builtinRow{"ranges not seen", func(f *Facts) {
			f.Network.RouteTables = nil
			gap(f, "network.route_tables", "denied")
			f.Network.Peerings[0].Accepter.CIDRs = nil
		}, "network.vpc", Unknown, "denied", ""}, peeredFacts, nonet("route")},
	}
}

func analyzerRows() []networkRow {
	with := func(analyses ...Analysis) func(*Facts) {
		return func(f *Facts) { f.Network.Analyses = analyses }
	}
	found := Analysis{From: "eni-t", To: "eni-source", ID: "nia-1", Status: "succeeded", PathFound: true}
	none := Analysis{From: "eni-t", To: "eni-source", ID: "nia-2", Status: "succeeded", Explanations: []string{"ENI_SG_RULES_MISMATCH sg-source"}}
	return []networkRow{
		{builtinRow{"a path", with(found), "network.analyzer", Pass, "nia-1", ""}, nil, nil},
		{builtinRow{"no path from one", with(found, none), "network.analyzer", Fail, "ENI_SG_RULES_MISMATCH sg-source", "nia-2"}, nil, nil},
		{builtinRow{"failed is no answer", with(found, Analysis{Status: "failed", PathFound: false, Err: "quota"}), "network.analyzer", Unknown, "quota", "again"}, nil, nil},
		{builtinRow{"still running", with(Analysis{ID: "nia-3", Status: "running", PathFound: true}), "network.analyzer", Unknown, "running", "again"}, nil, nil},
		{builtinRow{"a path, and something is left", func(f *Facts) {
			with(found)(f)
			gap(f, "network.analyses", "nip-1 was left: delete nip-1")
			gap(f, "network.analyses", "nip-2 too")
		}, "network.analyzer", Pass, "path found (nia-1); nip-1 was left: delete nip-1; nip-2 too", ""}, nil, nil},
		{builtinRow{"no path, and something is left", func(f *Facts) {
			with(none)(f)
			gap(f, "network.analyses", "nip-1 was left: delete nip-1")
		}, "network.analyzer", Fail, "ENI_SG_RULES_MISMATCH sg-source; something was left at AWS", "--network-insights-analysis-ids nia-2; nip-1 was left: delete nip-1"}, nil, nil},
		{builtinRow{"no answer, and something is left", func(f *Facts) {
			with(Analysis{ID: "nia-3", Status: "running"})(f)
			gap(f, "network.analyses", "nip-1 was left: delete nip-1")
		}, "network.analyzer", Unknown, "running", "nip-1 was left: delete nip-1"}, nil, nil},
		{builtinRow{"asked for, and could not be", func(f *Facts) { gap(f, "network.analyses", "not analyzed: no primary") }, "network.analyzer", Unknown, "not analyzed: no primary", "again"}, nil, nil},
		{builtinRow{"asked for, none made", func(f *Facts) { f.Network.Analyses = []Analysis{} }, "network.analyzer", Unknown, "no analysis", "again"}, nil, nil},
	}
}
