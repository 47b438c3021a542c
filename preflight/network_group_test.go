package preflight

func groupRows() []networkRow {
	const id = "network.security-group"
	rules := func(rules ...Rule) func(*Facts) {
		return func(f *Facts) { f.Network.SecurityGroups[0].Ingress = rules }
	}
	tcp := func(r Rule) Rule { r.Protocol, r.FromPort, r.ToPort = "tcp", 6379, 6379; return r }
	cidrs := func(c ...string) Rule { return tcp(Rule{CIDRs: c}) }
	egress := func(rules ...Rule) func(*Facts) {
		return func(f *Facts) { f.Network.SecurityGroups[1].Egress = rules }
	}
	return []networkRow{
		{builtinRow{"groups name each other", good, id, Pass, "sg-source ingress sg-target", ""}, nil, nil},
		{builtinRow{"no rule", rules(), id, Fail, "no ingress rule of sg-source admits the nodes, tcp 6379", "aws ec2 authorize-security-group-ingress --group-id sg-source --protocol tcp --port 6379 --source-group sg-target"}, nil, nil},
		{builtinRow{"another port", rules(Rule{Protocol: "tcp", FromPort: 6380, ToPort: 6390, CIDRs: []string{"0.0.0.0/0"}}), id, Fail, "no ingress rule", "aws_vpc_security_group_ingress_rule"}, nil, nil},
		{builtinRow{"another protocol", rules(Rule{Protocol: "udp", FromPort: 0, ToPort: 65535, CIDRs: []string{"0.0.0.0/0"}}), id, Fail, "no ingress rule", ""}, nil, nil},
		{builtinRow{"a group that nobody carries", rules(tcp(Rule{Groups: []GroupReference{{ID: "sg-source"}}})), id, Fail, "no ingress rule", ""}, nil, nil},
		{builtinRow{"self, carried by both", func(f *Facts) {
			f.Target.SecurityGroups = []string{"sg-source", "sg-target"}
			rules(tcp(Rule{Groups: []GroupReference{{ID: "sg-source"}}}))(f)
		}, id, Pass, "sg-source", ""}, nil, nil},
		{builtinRow{"the second group of the interface", func(f *Facts) {
			f.Network.SecurityGroups = append(f.Network.SecurityGroups, SecurityGroup{ID: "sg-2", Ingress: []Rule{cidrs("10.0.0.0/8")}})
			f.Network.SourceInterfaces[0].SecurityGroups = []string{"sg-source", "sg-2"}
			rules()(f)
		}, id, Pass, "sg-2", ""}, nil, nil},
		{builtinRow{"covered by two rules together", rules(cidrs("10.0.1.0/25", "10.0.2.0/24"), Rule{Protocol: "-1", CIDRs: []string{"10.0.1.128/25"}}), id, Pass, "", ""}, nil, nil},
		{builtinRow{"one address is missing", rules(cidrs("10.0.1.0/25", "10.0.1.128/26", "10.0.1.192/27", "10.0.1.224/28", "10.0.1.240/29", "10.0.1.248/30", "10.0.1.252/31", "10.0.1.254/32", "10.0.2.0/24")), id, Unknown, "only 10.0.1.0-10.0.1.254 of 10.0.1.0/24", ""}, nil, nil},
		{builtinRow{"a part of the nodes", rules(cidrs("10.0.1.0/28", "10.0.2.0/24")), id, Unknown, "only 10.0.1.0/28 of 10.0.1.0/24", "--source-group sg-target"}, nil, nil},
		{builtinRow{"today's primary only", rules(cidrs("10.0.1.0/24")), id, Fail, "subnet-b (10.0.2.0/24): no ingress rule", ""}, nil, nil},
		{builtinRow{"by prefix list", func(f *Facts) {
			f.Network.PrefixLists = []PrefixList{{"pl-1", []string{"10.0.1.0/24", "10.0.2.0/24"}}}
			rules(tcp(Rule{PrefixLists: []string{"pl-1"}}))(f)
		}, id, Pass, "pl-1", ""}, nil, nil},
		{builtinRow{"a list that was not read", rules(tcp(Rule{PrefixLists: []string{"pl-1"}})), id, Unknown, "pl-1", ""}, nil, nil},
		{builtinRow{"a list that was not read, and a rule that does", rules(tcp(Rule{PrefixLists: []string{"pl-1"}, CIDRs: []string{"10.0.0.0/16"}})), id, Pass, "10.0.0.0/16", ""}, nil, nil},
		{builtinRow{"a bad range", rules(cidrs("10.0.1.0")), id, Fail, "no ingress rule", ""}, nil, nil},
		{builtinRow{"an unreadable range", rules(cidrs("10.0.x.0/24")), id, Unknown, "10.0.x.0/24", ""}, nil, nil},
		{builtinRow{"IPv6 is for others", rules(cidrs("::/0")), id, Fail, "", ""}, nil, nil},
		{builtinRow{"no egress", egress(), id, Fail, "no egress rule of sg-target admits 10.0.0.241, tcp 6379", "aws ec2 authorize-security-group-egress --group-id sg-target --protocol tcp --port 6379 --source-group sg-source"}, nil, nil},
		{builtinRow{"egress to the source's group", egress(tcp(Rule{Groups: []GroupReference{{ID: "sg-source"}}})), id, Pass, "sg-target egress sg-source", ""}, nil, nil},
		{builtinRow{"egress to another address", egress(cidrs("10.0.0.240/32")), id, Fail, "no egress rule", ""}, nil, nil},
		{builtinRow{"no egress, and the source is elsewhere", func(f *Facts) {
			egress(cidrs("10.0.0.240/32"))(f)
			f.Network.SourceInterfaces = []Interface{}
		}, id, Fail, "no egress rule", "authorize-security-group-egress --group-id sg-target --protocol tcp --port 6379 --cidr 10.0.0.241/32"}, nil, nonet("address", "vpc", "route", "acl")},
		{builtinRow{"egress to the source alone", egress(cidrs("10.0.0.241/32")), id, Pass, "10.0.0.241/32", ""}, nil, nil},
		{builtinRow{"groups denied", func(f *Facts) { f.Network.SecurityGroups = nil; gap(f, "network.security_groups", "denied") }, id, Unknown, "denied", ""}, nil, nil},
		{builtinRow{"a group that was not read", func(f *Facts) { f.Network.SecurityGroups = f.Network.SecurityGroups[:1] }, id, Unknown, "sg-target", ""}, nil, nil},
		{builtinRow{"the target's groups not known", func(f *Facts) { f.Target.SecurityGroups = nil; gap(f, "target.security_groups", "denied") }, id, Unknown, "denied", ""}, nil, nil},
		{builtinRow{"the target's subnets not known", func(f *Facts) { f.Target.Subnets = nil; gap(f, "target.subnets", "denied") }, id, Unknown, "denied", ""}, nil, nonet("route", "acl")},
	}
}

func crossGroupRows() []networkRow {
	const id = "network.security-group"
	named := func(change func(*GroupReference)) func(*Facts) {
		return func(f *Facts) { change(&f.Network.SecurityGroups[0].Ingress[0].Groups[0]) }
	}
	return []networkRow{
		{builtinRow{"across peering", good, id, Pass, "sg-target", ""}, peeredFacts, nil},
		{builtinRow{"no rule across peering", func(f *Facts) { f.Network.SecurityGroups[0].Ingress = nil }, id, Fail, "no ingress rule", "--source-group sg-target"}, peeredFacts, nil},
		{builtinRow{"stale", named(func(r *GroupReference) { r.Peering, r.PeeringStatus = "pcx-old", "deleted" }), id, Fail, "no ingress rule", "--source-group sg-target"}, peeredFacts, nil},
		{builtinRow{"another region", func(f *Facts) { f.Network.Peerings[0].Accepter.Region = "eu-west-1" }, id, Fail, "no ingress rule", "--cidr 10.0.1.0/24"}, peeredFacts, nil},
		{builtinRow{"region not told", func(f *Facts) { f.Network.Peerings[0].Accepter.Region = "" }, id, Unknown, "regions of pcx-1", ""}, peeredFacts, nil},
		{builtinRow{"through a gateway", func(f *Facts) {
			f.Network.SecurityGroups[0].Ingress[0].CIDRs = nil
			f.Network.SecurityGroups[0].Ingress[0].Groups = []GroupReference{{ID: "sg-target"}}
		}, id, Unknown, "SecurityGroupReferencingSupport", "address ranges"}, transitFacts, nil},
		{builtinRow{"through a gateway, not told", func(f *Facts) { throughGroups(f, "", "enable") }, id, Unknown, "SecurityGroupReferencingSupport", "describe-transit-gateways --transit-gateway-ids tgw-1"}, transitFacts, nil},
		{builtinRow{"through a gateway, disabled at the source", func(f *Facts) { throughGroups(f, "enable", "disable") }, id, Fail,
			"no ingress rule of sg-source admits the nodes, tcp 6379; sg-source names sg-target, which does not count: SecurityGroupReferencingSupport of tgw-attach-s is disable", "--cidr 10.0.1.0/24"}, transitFacts, nil},
		{builtinRow{"through a gateway, disabled at the target", func(f *Facts) { throughGroups(f, "disable", "") }, id, Fail, "SecurityGroupReferencingSupport of tgw-attach-t is disable", "--cidr 10.0.2.0/24"}, transitFacts, nil},
		{builtinRow{"through a gateway, disabled, but an address range does", func(f *Facts) {
			throughGroups(f, "disable", "disable")
			f.Network.SecurityGroups[0].Ingress[0].CIDRs = []string{"10.0.0.0/16"}
		}, id, Pass, "10.0.0.0/16", ""}, transitFacts, nil},
		{builtinRow{"through a gateway, disabled, egress", func(f *Facts) {
			throughGroups(f, "disable", "disable")
			f.Network.SecurityGroups[0].Ingress[0].CIDRs = []string{"10.0.0.0/16"}
			f.Network.SecurityGroups[1].Egress = []Rule{{Protocol: "-1", Groups: []GroupReference{{ID: "sg-source"}}}}
		}, id, Fail, "no egress rule of sg-target admits 10.9.0.241, tcp 6379; sg-target names sg-source", "--cidr 10.9.0.241/32"}, transitFacts, nil},
		{builtinRow{"through a gateway, attachments not read", func(f *Facts) {
			throughGroups(f, "disable", "disable")
			f.Network.Attachments = nil
			gap(f, "network.attachments", "denied")
		}, id, Unknown, "SecurityGroupReferencingSupport", ""}, transitFacts, nonet("vpc", "route", "acl")},
		{builtinRow{"through a gateway, disabled, beside a peering connection that no route uses", func(f *Facts) {
			throughGroups(f, "disable", "disable")
			f.Network.Peerings = peeredFacts().Network.Peerings
		}, id, Fail, "does not count", "--cidr 10.0.1.0/24"}, transitFacts, nil},
		{builtinRow{"through a peering connection, disabled at a gateway that no route uses", func(f *Facts) {
			f.Network.Attachments = transitFacts().Network.Attachments
			f.Network.Attachments[0].GroupReferences, f.Network.Attachments[1].GroupReferences = "disable", "disable"
		}, id, Pass, "sg-target", ""}, peeredFacts, nil},
		{builtinRow{"no rule through a gateway", func(f *Facts) { f.Network.SecurityGroups[0].Ingress = nil }, id, Fail, "no ingress rule", "--cidr 10.0.2.0/24"}, transitFacts, nil},
	}
}

// throughGroups has the source's rule name the target's group, with the settings
// of the target's attachment and of the source's.
func throughGroups(f *Facts, target, source string) {
	f.Network.SecurityGroups[0].Ingress = []Rule{{Protocol: "tcp", FromPort: 6379, ToPort: 6379, Groups: []GroupReference{{ID: "sg-target"}}}}
	f.Network.Attachments[0].GroupReferences, f.Network.Attachments[1].GroupReferences = target, source
}
