package simulator

import (
	"net/netip"
	"strings"

	"github.com/cachelift/cachelift/simulator/internal/ec2wire"
)

func (e *EC2) describeRouteTables(q ec2wire.Request) (ec2wire.Result, error) {
	all := visible(e.tables, func(t *RouteTable) *VPC { return t.vpc })
	// What the filters look at is what is shown.
	shapes := make(map[*RouteTable]ec2wire.RouteTable, len(all))
	for _, t := range all {
		shapes[t] = e.tableShape(t)
	}
	route := func(value func(ec2wire.Route) string) func(*RouteTable) []string {
		return func(t *RouteTable) []string { return each(shapes[t].Routes.Items, value) }
	}
	association := func(value func(ec2wire.RouteTableAssociation) string) func(*RouteTable) []string {
		return func(t *RouteTable) []string { return each(shapes[t].Associations.Items, value) }
	}
	page, token, err := listing[*RouteTable]{
		ids: "RouteTableId", notFound: "InvalidRouteTableID.NotFound", what: "routeTable ID", limits: ec2wire.Limits{Least: 5, Most: 100},
		by: ec2wire.Attributes[*RouteTable]{
			"route-table-id":                         one((*RouteTable).ID),
			"vpc-id":                                 one(func(t *RouteTable) string { return t.vpc.id }),
			"owner-id":                               owned[*RouteTable],
			"association.route-table-id":             association(func(a ec2wire.RouteTableAssociation) string { return a.RouteTableID }),
			"association.route-table-association-id": association(func(a ec2wire.RouteTableAssociation) string { return a.ID }),
			"association.subnet-id":                  association(func(a ec2wire.RouteTableAssociation) string { return a.SubnetID }),
			"association.main": association(func(a ec2wire.RouteTableAssociation) string {
				return map[bool]string{true: "true", false: "false"}[a.Main]
			}),
			"route.destination-cidr-block":      route(func(r ec2wire.Route) string { return r.DestinationCidrBlock }),
			"route.destination-ipv6-cidr-block": route(func(r ec2wire.Route) string { return r.DestinationIpv6CidrBlock }),
			"route.destination-prefix-list-id":  route(func(r ec2wire.Route) string { return r.DestinationPrefixListID }),
			"route.gateway-id":                  route(func(r ec2wire.Route) string { return r.GatewayID }),
			"route.instance-id":                 route(func(r ec2wire.Route) string { return r.InstanceID }),
			"route.nat-gateway-id":              route(func(r ec2wire.Route) string { return r.NatGatewayID }),
			"route.transit-gateway-id":          route(func(r ec2wire.Route) string { return r.TransitGatewayID }),
			"route.vpc-peering-connection-id":   route(func(r ec2wire.Route) string { return r.VpcPeeringConnectionID }),
			"route.state":                       route(func(r ec2wire.Route) string { return r.State }),
			"route.origin":                      route(func(r ec2wire.Route) string { return r.Origin }),
		},
	}.page(e, q, all)
	if err != nil {
		return nil, err
	}
	return &ec2wire.DescribeRouteTablesResponse{
		RouteTables: ec2wire.SetOf(page, func(t *RouteTable) ec2wire.RouteTable { return shapes[t] }), NextToken: token,
	}, nil
}

func (e *EC2) tableShape(t *RouteTable) ec2wire.RouteTable {
	out := ec2wire.RouteTable{RouteTableID: t.id, VpcID: t.vpc.id, OwnerID: t.vpc.account}
	out.Routes = ec2wire.SetOf(t.vpc.cidrs, func(c netip.Prefix) ec2wire.Route {
		return ec2wire.Route{DestinationCidrBlock: c.String(), GatewayID: "local", State: "active", Origin: "CreateRouteTable"}
	})
	for _, r := range t.routes {
		out.Routes.Items = append(out.Routes.Items, t.routeShape(r))
	}
	if t.main {
		out.Associations.Items = append(out.Associations.Items, ec2wire.RouteTableAssociation{
			ID: "rtbassoc-main-" + suffix(t.id), RouteTableID: t.id, Main: true, State: "associated",
		})
	}
	for _, s := range e.subnets {
		if s.table == t {
			out.Associations.Items = append(out.Associations.Items, ec2wire.RouteTableAssociation{
				ID: "rtbassoc-" + suffix(s.id), RouteTableID: t.id, SubnetID: s.id, State: "associated",
			})
		}
	}
	return out
}

func (t *RouteTable) routeShape(r vpcRoute) ec2wire.Route {
	out := ec2wire.Route{State: t.state(r), Origin: "CreateRoute"}
	switch {
	case strings.HasPrefix(r.destination, "pl-"):
		out.DestinationPrefixListID = r.destination
	case is6(r.destination):
		out.DestinationIpv6CidrBlock = r.destination
	default:
		out.DestinationCidrBlock = r.destination
	}
	kind, _, _ := strings.Cut(r.target, "-")
	switch kind {
	case "pcx":
		out.VpcPeeringConnectionID = r.target
	case "tgw":
		out.TransitGatewayID = r.target
	case "eni":
		out.NetworkInterfaceID = r.target
	case "nat":
		out.NatGatewayID = r.target
	case "i":
		out.InstanceID = r.target
	case "eigw":
		out.EgressOnlyInternetGatewayID = r.target
	default: // internet and virtual private gateways, and endpoints
		out.GatewayID = r.target
	}
	return out
}

func (e *EC2) describePrefixLists(q ec2wire.Request) (ec2wire.Result, error) {
	page, token, err := listing[*PrefixList]{
		ids: "PrefixListId", notFound: "InvalidPrefixListID.NotFound", what: "prefix list ID", limits: ec2wire.Limits{Least: 1, Most: 100},
		by: ec2wire.Attributes[*PrefixList]{
			"prefix-list-id":   one((*PrefixList).ID),
			"prefix-list-name": one((*PrefixList).ID),
			"owner-id":         owned[*PrefixList],
		},
	}.page(e, q, e.lists)
	if err != nil {
		return nil, err
	}
	shape := func(l *PrefixList) ec2wire.ManagedPrefixList {
		family := "IPv4"
		if len(l.cidrs) > 0 && l.cidrs[0].Addr().Is6() {
			family = "IPv6"
		}
		return ec2wire.ManagedPrefixList{
			PrefixListID: l.id, PrefixListName: l.id, PrefixListArn: e.arn("prefix-list", l.id), AddressFamily: family,
			State: "create-complete", MaxEntries: max(1, len(l.cidrs)), Version: 1, OwnerID: account,
		}
	}
	return &ec2wire.DescribeManagedPrefixListsResponse{PrefixLists: ec2wire.SetOf(page, shape), NextToken: token}, nil
}

func (e *EC2) prefixListEntries(q ec2wire.Request) (ec2wire.Result, error) {
	id, err := q.Required("PrefixListId")
	if err != nil {
		return nil, err
	}
	l := find(e.lists, id)
	if l == nil {
		return nil, ec2wire.NewError("InvalidPrefixListID.NotFound", "The prefix list ID '%s' does not exist", id)
	}
	page, token, err := ec2wire.Page(q, l.cidrs, netip.Prefix.String, ec2wire.Limits{Least: 1, Most: 100, Cap: e.pageSize})
	if err != nil {
		return nil, err
	}
	return &ec2wire.GetManagedPrefixListEntriesResponse{
		Entries:   ec2wire.SetOf(page, func(c netip.Prefix) ec2wire.PrefixListEntry { return ec2wire.PrefixListEntry{Cidr: c.String()} }),
		NextToken: token,
	}, nil
}
