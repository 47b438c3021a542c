package preflight

// route changes a route of one of the two tables: 0 is the target's VPC.
func route(table, at int, change func(*Route)) func(*Facts) {
	return func(f *Facts) { change(&f.Network.RouteTables[table].Routes[at]) }
}

func more(table int, routes ...Route) func(*Facts) {
	return func(f *Facts) {
		t := &f.Network.RouteTables[table]
		t.Routes = append(t.Routes, routes...)
	}
}

func routeRows() []networkRow {
	const id = "network.route"
	list := func(l ...PrefixList) func(*Facts) {
		return func(f *Facts) {
			f.Network.RouteTables[0].Routes[1] = Route{PrefixList: "pl-1", Via: "pcx-1", State: "active"}
			f.Network.PrefixLists = l
		}
	}
	return []networkRow{
		{builtinRow{"local", good, id, Pass, "rtb-main: 10.0.0.0/16 -> local", ""}, nil, nil},
		{builtinRow{"an appliance on the way there", more(0, Route{CIDR: "10.0.0.0/24", Via: "eni-fw", State: "active"}), id, Unknown, "rtb-main: 10.0.0.0/24 -> eni-fw", "by hand"}, nil, nil},
		{builtinRow{"an appliance on the way back from half of a subnet", more(0, Route{CIDR: "10.0.1.128/25", Via: "vpce-fw", State: "active"}), id, Unknown, "only 10.0.1.0/25 of 10.0.1.0/24", "by hand"}, nil, nil},
		{builtinRow{"an appliance that is gone", more(0, Route{CIDR: "10.0.0.0/24", Via: "eni-fw", State: "blackhole"}), id, Fail, "blackhole", "delete-route --route-table-id rtb-main --destination-cidr-block 10.0.0.0/24"}, nil, nil},
		{builtinRow{"the explicit table counts, not the main one", func(f *Facts) {
			f.Network.RouteTables = append(f.Network.RouteTables, RouteTable{ID: "rtb-b", VPC: "vpc-1", Subnets: []string{"subnet-b"}, Routes: []Route{
				{CIDR: "10.0.0.0/16", Via: "local", State: "active"}, {CIDR: "10.0.0.240/28", Via: "eni-gone", State: "blackhole"},
			}})
		}, id, Fail, "subnet-b (10.0.2.0/24): rtb-b", "rtb-b"}, nil, nil},
		{builtinRow{"tables denied", func(f *Facts) { f.Network.RouteTables = nil; gap(f, "network.route_tables", "denied") }, id, Unknown, "denied", ""}, nil, nil},
		{builtinRow{"no main table", func(f *Facts) { f.Network.RouteTables[0].Main = false }, id, Unknown, "no main one", ""}, nil, nil},
		{builtinRow{"a subnet that was not read", func(f *Facts) { f.Network.Subnets = f.Network.Subnets[:2] }, id, Unknown, "subnet-b", ""}, nil, nonet("security-group", "acl")},
		{builtinRow{"by prefix list", list(PrefixList{"pl-1", []string{"10.9.0.0/24", "10.8.0.0/24"}}), id, Pass, "pl-1 -> pcx-1", ""}, peeredFacts, nil},
		{builtinRow{"not on the prefix list", list(PrefixList{"pl-1", []string{"10.8.0.0/24"}}), id, Fail, "rtb-main has no route to 10.9.0.0/24", "create-route --route-table-id rtb-main --destination-cidr-block 10.9.0.0/24 --vpc-peering-connection-id pcx-1"}, peeredFacts, nil},
		{builtinRow{"a prefix list that was not read", list(), id, Unknown, "pl-1", ""}, peeredFacts, nil},
		{builtinRow{"a list elsewhere may be more specific", func(f *Facts) {
			more(0, Route{PrefixList: "pl-9", Via: "eni-1", State: "active"})(f)
		}, id, Unknown, "pl-9", ""}, peeredFacts, nil},
		{builtinRow{"the same, but nothing is more specific than an address", func(f *Facts) {
			more(0, Route{PrefixList: "pl-9", Via: "eni-1", State: "active"}, Route{CIDR: "10.9.0.241/32", Via: "pcx-1", State: "active"})(f)
		}, id, Pass, "10.9.0.241/32", ""}, peeredFacts, nil},
		{builtinRow{"a route before a list that is as specific", func(f *Facts) {
			more(0, Route{PrefixList: "pl-9", Via: "eni-1", State: "active"})(f)
			f.Network.PrefixLists = []PrefixList{{"pl-9", []string{"10.9.0.0/16"}}}
		}, id, Pass, "10.9.0.0/16 -> pcx-1", ""}, peeredFacts, nil},
		{builtinRow{"bad CIDR", route(0, 1, func(r *Route) { r.CIDR = "10.9.0.0/99" }), id, Unknown, "10.9.0.0/99", ""}, peeredFacts, nil},
	}
}

func peeringRows() []networkRow {
	const id = "network.route"
	status := func(s string) func(*Facts) {
		return func(f *Facts) { f.Network.Peerings[0].Status = s }
	}
	return []networkRow{
		{builtinRow{"peered", good, id, Pass, "pcx-1", ""}, peeredFacts, nil},
		{builtinRow{"no route there", func(f *Facts) { f.Network.RouteTables[0].Routes = f.Network.RouteTables[0].Routes[:1] }, id, Fail, "rtb-main has no route to 10.9.0.0/24", "create-route --route-table-id rtb-main --destination-cidr-block 10.9.0.0/24 --vpc-peering-connection-id pcx-1"}, peeredFacts, nil},
		{builtinRow{"no route back", func(f *Facts) { f.Network.RouteTables[1].Routes = f.Network.RouteTables[1].Routes[:1] }, id, Fail, "rtb-s has no route to 10.0.1.0/24", "--destination-cidr-block 10.0.2.0/24"}, peeredFacts, nil},
		{builtinRow{"a route back for one of two subnets", route(1, 1, func(r *Route) { r.CIDR = "10.0.1.0/24" }), id, Fail, "subnet-b (10.0.2.0/24)", "10.0.2.0/24"}, peeredFacts, nil},
		{builtinRow{"a route back for half of a subnet", func(f *Facts) {
			route(1, 1, func(r *Route) { r.CIDR = "10.0.1.0/24" })(f)
			more(1, Route{CIDR: "10.0.2.0/25", Via: "pcx-1", State: "active"})(f)
		}, id, Unknown, "only 10.0.2.0/25 of 10.0.2.0/24", "create-route"}, peeredFacts, nil},
		{builtinRow{"a blackhole wins over a broader route", more(0, Route{CIDR: "10.9.0.0/24", Via: "pcx-old", State: "blackhole"}), id, Fail, "10.9.0.0/24 -> pcx-old is a blackhole", "replace-route --route-table-id rtb-main --destination-cidr-block 10.9.0.0/24 --vpc-peering-connection-id pcx-1"}, peeredFacts, nil},
		{builtinRow{"not transitive", func(f *Facts) {
			f.Network.Peerings = append(f.Network.Peerings, Peering{ID: "pcx-3", Status: "active", Requester: PeeringSide{VPC: "vpc-1"}, Accepter: PeeringSide{VPC: "vpc-3"}})
			route(0, 1, func(r *Route) { r.Via = "pcx-3" })(f)
		}, id, Fail, "not transitive", "pcx-1"}, peeredFacts, nil},
		{builtinRow{"a peering that was not read", route(0, 1, func(r *Route) { r.Via = "pcx-9" }), id, Unknown, "pcx-9", ""}, peeredFacts, nil},
		{builtinRow{"not accepted yet", func(f *Facts) { status("pending-acceptance")(f); byCIDR(f) }, id, Fail, "pending-acceptance", "accept-vpc-peering-connection --vpc-peering-connection-id pcx-1"}, peeredFacts, nil},
		{builtinRow{"not accepted yet, groups named", status("pending-acceptance"), id, Fail, "pending-acceptance", "aws_vpc_peering_connection_accepter"}, peeredFacts, nonet("security-group")},
		{builtinRow{"deleted", func(f *Facts) { status("deleted")(f); byCIDR(f) }, id, Fail, "deleted", "create-vpc-peering-connection --vpc-id vpc-1"}, peeredFacts, nil},
		{builtinRow{"over a VPN", route(0, 1, func(r *Route) { r.Via = "vgw-1" }), id, Unknown, "vgw-1", "by hand"}, peeredFacts, nil},
		{builtinRow{"no state", route(0, 1, func(r *Route) { r.State = "" }), id, Unknown, "state", ""}, peeredFacts, nil},
	}
}

func byCIDR(f *Facts) {
	f.Network.SecurityGroups[0].Ingress = []Rule{{Protocol: "6", FromPort: 6000, ToPort: 7000, CIDRs: []string{"10.0.1.0/24", "10.0.2.0/24"}}}
}

func transitRows() []networkRow {
	const id = "network.route"
	attached := func(at int, change func(*Attachment)) func(*Facts) {
		return func(f *Facts) { change(&f.Network.Attachments[at]) }
	}
	routed := func(at int, change func(*TransitRoute)) func(*Facts) {
		return func(f *Facts) { change(&f.Network.TransitRoutes[at]) }
	}
	return []networkRow{
		{builtinRow{"at a gateway", good, id, Pass, "tgw-rtb-t: 10.9.0.0/16 -> tgw-attach-s", ""}, transitFacts, nil},
		{builtinRow{"not attached in a zone", attached(0, func(a *Attachment) { a.Subnets = a.Subnets[:1] }), id, Fail, "no subnet in the zone us-east-1b of subnet-b", "modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id tgw-attach-t --add-subnet-ids subnet-b"}, transitFacts, nil},
		{builtinRow{"source not attached in its zone", attached(1, func(a *Attachment) { a.Subnets[0].AvailabilityZone = "us-east-1c" }), id, Fail, "us-east-1a of subnet-s", "--add-subnet-ids subnet-s"}, transitFacts, nil},
		{builtinRow{"not accepted yet", attached(1, func(a *Attachment) { a.State = "pendingAcceptance" }), id, Fail, "waits to be accepted", "accept-transit-gateway-vpc-attachment --transit-gateway-attachment-id tgw-attach-s"}, transitFacts, nil},
		{builtinRow{"being changed", attached(1, func(a *Attachment) { a.State = "modifying" }), id, Unknown, "modifying", ""}, transitFacts, nil},
		{builtinRow{"being deleted", attached(0, func(a *Attachment) { a.State = "deleting" }), id, Fail, "deleting", "create-transit-gateway-vpc-attachment"}, transitFacts, nil},
		{builtinRow{"no table", attached(0, func(a *Attachment) { a.RouteTable = "" }), id, Fail, "tgw-attach-t has no route table", "associate-transit-gateway-route-table"}, transitFacts, nil},
		{builtinRow{"the gateway is of another account", func(f *Facts) {
			attached(0, func(a *Attachment) { a.RouteTable = "" })(f)
			f.Network.TransitRoutes = nil
			gap(f, "network.transit_routes", "UnauthorizedOperation")
		}, id, Unknown, "UnauthorizedOperation", ""}, transitFacts, nil},
		{builtinRow{"no route in the gateway", routed(0, func(r *TransitRoute) { *r = TransitRoute{RouteTable: r.RouteTable, Address: r.Address} }), id, Fail, "tgw-rtb-t has no route to 10.9.0.241", "create-transit-gateway-route --transit-gateway-route-table-id tgw-rtb-t --destination-cidr-block 10.9.0.0/24 --transit-gateway-attachment-id tgw-attach-s"}, transitFacts, nil},
		{builtinRow{"a blackhole on the way back", routed(2, func(r *TransitRoute) { r.State = "blackhole" }), id, Fail, "tgw-rtb-s: 10.0.0.0/16 -> tgw-attach-t is a blackhole", "replace-transit-gateway-route"}, transitFacts, nil},
		{builtinRow{"a blackhole for a part", func(f *Facts) {
			f.Network.TransitRoutes = append(f.Network.TransitRoutes, TransitRoute{"tgw-rtb-s", "10.0.2.0/28", "10.0.2.0/28", "blackhole", nil})
		}, id, Unknown, "only 10.0.2.16-10.0.2.255 of 10.0.2.0/24", "replace-transit-gateway-route"}, transitFacts, nil},
		{builtinRow{"by an inspection VPC", routed(0, func(r *TransitRoute) { r.Attachments = []string{"tgw-attach-fw"} }), id, Unknown, "tgw-attach-fw: what comes behind it", "by hand"}, transitFacts, nil},
		{builtinRow{"back to where it came from", routed(0, func(r *TransitRoute) { r.Attachments = []string{"tgw-attach-t"} }), id, Fail, "leads back", "replace-transit-gateway-route"}, transitFacts, nil},
		{builtinRow{"a firewall behind the gateway", func(f *Facts) {
			f.Network.RouteTables = append(f.Network.RouteTables, RouteTable{ID: "rtb-gs", VPC: "vpc-2", Subnets: []string{"subnet-gs"}, Routes: []Route{
				{CIDR: "10.9.0.0/16", Via: "local", State: "active"}, {CIDR: "10.9.0.0/24", Via: "vpce-fw", State: "active"},
			}})
		}, id, Unknown, "vpce-fw", "by hand"}, transitFacts, nil},
		{builtinRow{"subnets of the attachment denied", attached(1, func(a *Attachment) { a.Subnets = nil }), id, Unknown, "tgw-attach-s", ""}, transitFacts, nonet("acl")},
	}
}
