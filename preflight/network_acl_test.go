package preflight

// entries changes the entries of one ACL: 0 is the source's.
func entries(acl int, change func([]ACLEntry) []ACLEntry) func(*Facts) {
	return func(f *Facts) { f.Network.ACLs[acl].Entries = change(f.Network.ACLs[acl].Entries) }
}

func addEntry(acl int, e ACLEntry) func(*Facts) {
	return entries(acl, func(list []ACLEntry) []ACLEntry { return append(list, e) })
}

func aclRows() []networkRow {
	const id = "network.acl"
	deny := func(number int, egress bool, cidr string, from, to int) ACLEntry {
		return ACLEntry{Number: number, Egress: egress, Protocol: "6", CIDR: cidr, FromPort: from, ToPort: to}
	}
	allow := func(number int, egress bool, cidr string, from, to int) ACLEntry {
		e := deny(number, egress, cidr, from, to)
		e.Allow = true
		return e
	}
	// only replaces the rules in one direction.
	only := func(acl int, egress bool, with ...ACLEntry) func(*Facts) {
		return entries(acl, func(list []ACLEntry) []ACLEntry {
			for _, e := range list {
				if e.Egress != egress {
					with = append(with, e)
				}
			}
			return with
		})
	}
	return []networkRow{
		{builtinRow{"all admitted", good, id, Pass, "acl-s ingress rule 100", ""}, nil, nil},
		{builtinRow{"out of the target", addEntry(1, deny(90, true, "10.0.0.0/24", 6379, 6379)), id, Fail, "acl-t of subnet-a denies egress: rule 90 (connections to the source)", "create-network-acl-entry --network-acl-id acl-t --egress --rule-number 89 --protocol tcp --port-range From=6379,To=6379 --cidr-block 10.0.0.241/32"}, nil, nil},
		{builtinRow{"into the source", addEntry(0, deny(90, false, "10.0.0.0/16", 0, 65535)), id, Fail, "acl-s of subnet-s denies ingress", "--ingress --rule-number 89 --protocol tcp --port-range From=6379,To=6379 --cidr-block 10.0.1.0/24"}, nil, nil},
		{builtinRow{"replies out of the source", only(0, true, allow(100, true, "0.0.0.0/0", 22, 22)), id, Fail, "acl-s of subnet-s denies egress: no rule allows it (replies", "--egress --rule-number 109 --protocol tcp --port-range From=1024,To=65535 --cidr-block 10.0.2.0/24"}, nil, nil},
		{builtinRow{"the source's port alone, from which no node connects", only(0, true, allow(100, true, "0.0.0.0/0", 6379, 6379)), id, Fail, "denies egress", "From=1024,To=65535"}, nil, nil},
		{builtinRow{"replies into the target", only(1, false), id, Fail, "acl-t of subnet-b denies ingress", "--ingress --rule-number 100 --protocol tcp --port-range From=1024,To=65535 --cidr-block 10.0.0.241/32"}, nil, nil},
		{builtinRow{"some of the ephemeral ports", addEntry(1, deny(50, false, "0.0.0.0/0", 1024, 32767)), id, Unknown, "only 10.0.1.0/24 (ports 32768-65535) of 10.0.1.0/24", "--rule-number 49"}, nil, nil},
		{builtinRow{"ports below are not used", addEntry(1, deny(50, false, "0.0.0.0/0", 0, 1023)), id, Pass, "", ""}, nil, nil},
		{builtinRow{"covered by two rules", only(1, false, allow(100, false, "10.0.0.0/24", 32768, 65535), allow(200, false, "10.0.0.0/16", 1024, 32767)), id, Pass, "", ""}, nil, nil},
		{builtinRow{"one port is missing", only(1, false, allow(100, false, "10.0.0.0/24", 32769, 65535), allow(200, false, "10.0.0.0/16", 1024, 32767)), id, Unknown, "(ports 1024-32767, 32769-65535)", ""}, nil, nil},
		{builtinRow{"an allow before the deny", func(f *Facts) {
			addEntry(0, deny(90, false, "10.0.0.0/16", 0, 65535))(f)
			addEntry(0, allow(80, false, "10.0.0.0/16", 6379, 6379))(f)
		}, id, Pass, "rule 80", ""}, nil, nil},
		{builtinRow{"a part of the nodes", addEntry(0, deny(90, false, "10.0.2.0/25", 6379, 6379)), id, Unknown, "only 10.0.2.128/25 of 10.0.2.0/24", "--cidr-block 10.0.2.0/24"}, nil, nil},
		{builtinRow{"another protocol", addEntry(0, ACLEntry{Number: 1, Protocol: "17", CIDR: "0.0.0.0/0", FromPort: 0, ToPort: 65535}), id, Pass, "", ""}, nil, nil},
		{builtinRow{"no number before", addEntry(0, deny(1, false, "0.0.0.0/0", 6379, 6379)), id, Fail, "rule 1", "replace-network-acl-entry --network-acl-id acl-s --ingress --rule-number 1 "}, nil, nil},
		{builtinRow{"no number before, for the second subnet", addEntry(0, deny(1, false, "0.0.0.0/0", 6379, 6379)), id, Fail, "rule 1", "create-network-acl-entry --network-acl-id acl-s --ingress --rule-number 2 --protocol tcp --port-range From=6379,To=6379 --cidr-block 10.0.2.0/24"}, nil, nil},
		{builtinRow{"two subnets get different numbers", addEntry(0, deny(90, false, "10.0.0.0/16", 6379, 6379)), id, Fail, "rule 90", "--rule-number 88 --protocol tcp --port-range From=6379,To=6379 --cidr-block 10.0.2.0/24"}, nil, nil},
		{builtinRow{"a range that cannot be read", addEntry(0, deny(90, false, "x", 6379, 6379)), id, Unknown, "cannot be read", ""}, nil, nil},
		{builtinRow{"the same, but it changes nothing", addEntry(0, allow(90, false, "x", 6379, 6379)), id, Pass, "", ""}, nil, nil},
		{builtinRow{"ACLs denied", func(f *Facts) { f.Network.ACLs = nil; gap(f, "network.acls", "denied") }, id, Unknown, "denied", ""}, nil, nil},
		{builtinRow{"no ACL of a subnet", func(f *Facts) { f.Network.ACLs[1].Subnets = []string{"subnet-a"} }, id, Unknown, "subnet-b", ""}, nil, nil},
		{builtinRow{"in one subnet nothing is filtered", func(f *Facts) {
			f.Network.SourceInterfaces[0].Subnet = "subnet-a"
			f.Target.Subnets = f.Target.Subnets[:1]
			f.Network.ACLs = []NetworkACL{}
		}, id, Pass, "nothing is filtered", ""}, nil, nil},
		{builtinRow{"the source elsewhere, the target's own side denies", func(f *Facts) {
			addEntry(1, deny(90, true, "10.0.0.0/24", 6379, 6379))(f)
			f.Network.SourceInterfaces = []Interface{}
		}, id, Fail, "acl-t", ""}, nil, nonet("address", "vpc", "route", "security-group")},
		{builtinRow{"through a gateway", good, id, Pass, "", ""}, transitFacts, nil},
		{builtinRow{"the gateway's subnets deny", func(f *Facts) {
			f.Network.ACLs[1].Subnets = f.Network.ACLs[1].Subnets[:2]
			f.Network.ACLs = append(f.Network.ACLs, NetworkACL{ID: "acl-g", VPC: "vpc-1", Subnets: []string{"subnet-ga", "subnet-gb"}})
		}, id, Fail, "acl-g of subnet-ga denies ingress", "create-network-acl-entry"}, transitFacts, nil},
		{builtinRow{"the gateway's subnets let in what goes to it and out what comes from it", func(f *Facts) {
			f.Network.ACLs[1].Subnets = f.Network.ACLs[1].Subnets[:2]
			f.Network.ACLs = append(f.Network.ACLs, NetworkACL{ID: "acl-g", VPC: "vpc-1", Subnets: []string{"subnet-ga", "subnet-gb"}, Entries: []ACLEntry{
				allow(1, false, "10.0.0.0/16", 6379, 6379), allow(1, true, "10.0.0.0/16", 1024, 65535),
			}})
		}, id, Pass, "", ""}, transitFacts, nil},
		{builtinRow{"the gateway's subnets were not read", func(f *Facts) { f.Network.ACLs[1].Subnets = f.Network.ACLs[1].Subnets[:2] }, id, Unknown, "subnet-ga", ""}, transitFacts, nil},
	}
}
