package simulator

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/simulator/internal/ec2wire"
)

const (
	attachmentIDs      = "TransitGatewayAttachmentIds"
	attachmentNotFound = "InvalidTransitGatewayAttachmentID.NotFound"
)

func (e *EC2) describeVPCAttachments(q ec2wire.Request) (ec2wire.Result, error) {
	var all []*TransitAttachment
	for _, a := range e.attachments {
		if a.vpc != nil {
			all = append(all, a)
		}
	}
	page, token, err := listing[*TransitAttachment]{
		ids: attachmentIDs, notFound: attachmentNotFound, what: "transit gateway attachment ID", limits: usual(),
		by: ec2wire.Attributes[*TransitAttachment]{
			"transit-gateway-attachment-id": one((*TransitAttachment).ID),
			"transit-gateway-id":            one(func(a *TransitAttachment) string { return a.gateway.id }),
			"vpc-id":                        one(func(a *TransitAttachment) string { return a.vpc.id }),
			"state":                         one(func(a *TransitAttachment) string { return a.state }),
		},
	}.page(e, q, all)
	if err != nil {
		return nil, err
	}
	shape := func(a *TransitAttachment) ec2wire.TransitGatewayVpcAttachment {
		return ec2wire.TransitGatewayVpcAttachment{
			ID: a.id, TransitGatewayID: a.gateway.id, VpcID: a.vpc.id, VpcOwnerID: a.vpc.account, State: a.state,
			SubnetIDs: ec2wire.SetOf(a.subnets, (*VPCSubnet).ID), SecurityGroupReferencing: a.references,
		}
	}
	return &ec2wire.DescribeTransitGatewayVpcAttachmentsResponse{Attachments: ec2wire.SetOf(page, shape), NextToken: token}, nil
}

func (e *EC2) describeAttachments(q ec2wire.Request) (ec2wire.Result, error) {
	page, token, err := listing[*TransitAttachment]{
		ids: attachmentIDs, notFound: attachmentNotFound, what: "transit gateway attachment ID", limits: usual(),
		by: ec2wire.Attributes[*TransitAttachment]{
			"transit-gateway-attachment-id": one((*TransitAttachment).ID),
			"transit-gateway-id":            one(func(a *TransitAttachment) string { return a.gateway.id }),
			"transit-gateway-owner-id":      owned[*TransitAttachment],
			"resource-id":                   one(func(a *TransitAttachment) string { return a.resource }),
			"resource-type":                 one(func(a *TransitAttachment) string { return a.kind }),
			"resource-owner-id":             one((*TransitAttachment).owner),
			"state":                         one(func(a *TransitAttachment) string { return a.state }),
			"association.transit-gateway-route-table-id": func(a *TransitAttachment) []string {
				if a.table == nil {
					return nil
				}
				return []string{a.table.id}
			},
			"association.state": func(a *TransitAttachment) []string {
				if a.table == nil {
					return nil
				}
				return []string{"associated"}
			},
		},
	}.page(e, q, e.attachments)
	if err != nil {
		return nil, err
	}
	return &ec2wire.DescribeTransitGatewayAttachmentsResponse{Attachments: ec2wire.SetOf(page, (*TransitAttachment).shape), NextToken: token}, nil
}

func (a *TransitAttachment) owner() string {
	if a.vpc != nil {
		return a.vpc.account
	}
	return account
}

func (a *TransitAttachment) shape() ec2wire.TransitGatewayAttachment {
	out := ec2wire.TransitGatewayAttachment{
		ID: a.id, TransitGatewayID: a.gateway.id, TransitGatewayOwnerID: account,
		ResourceType: a.kind, ResourceID: a.resource, ResourceOwnerID: a.owner(), State: a.state,
	}
	if a.table != nil {
		out.Association = &ec2wire.TransitGatewayAssociation{RouteTableID: a.table.id, State: "associated"}
	}
	return out
}

// searchTransitRoutes finds routes of one table. Of the filters that look for a
// CIDR block, longest-prefix-match also takes an address (assumed).
func (e *EC2) searchTransitRoutes(q ec2wire.Request) (ec2wire.Result, error) {
	id, err := q.Required("TransitGatewayRouteTableId")
	if err != nil {
		return nil, err
	}
	filters, err := q.Filters()
	if err != nil {
		return nil, err
	}
	if len(filters) == 0 {
		return nil, ec2wire.Missing("Filter")
	}
	var table *TransitRouteTable
	for _, g := range e.gateways {
		if t := find(g.tables, id); t != nil {
			table = t
		}
	}
	if table == nil {
		return nil, ec2wire.NewError("InvalidRouteTableID.NotFound", "Transit Gateway Route Table %s was deleted or does not exist.", id)
	}
	by := ec2wire.Attributes[transitRoute]{
		"state": one(func(r transitRoute) string { return r.state(e) }),
		"type":  one(transitRoute.kind),
		"attachment.transit-gateway-attachment-id": func(r transitRoute) []string { return r.targets },
		"attachment.resource-id": func(r transitRoute) []string {
			return each(e.targets(r), func(a *TransitAttachment) string { return a.resource })
		},
		"attachment.resource-type": func(r transitRoute) []string {
			return each(e.targets(r), func(a *TransitAttachment) string { return a.kind })
		},
		"prefix-list-id": func(transitRoute) []string { return nil },
	}
	if err := addRouteSearch(by, filters, table.routes); err != nil {
		return nil, err
	}
	found, err := ec2wire.Select(q, table.routes, by)
	if err != nil {
		return nil, err
	}
	limits := usual()
	limits.Cap = e.pageSize
	page, token, err := ec2wire.Page(q, found, func(r transitRoute) string { return r.cidr.String() }, limits)
	if err != nil {
		return nil, err
	}
	return &ec2wire.SearchTransitGatewayRoutesResponse{
		Routes: ec2wire.SetOf(page, e.transitRouteShape), NextToken: token, AdditionalRoutesAvailable: token != "",
	}, nil
}

// addRouteSearch adds the filters that look for CIDR blocks. As an attribute, a
// route has those of the filter's values that it is an answer to.
func addRouteSearch(by ec2wire.Attributes[transitRoute], filters map[string][]string, routes []transitRoute) error {
	within := func(outer, inner netip.Prefix) bool {
		return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
	}
	searches := map[string]func(route, value netip.Prefix) bool{
		"route-search.exact-match":       func(route, value netip.Prefix) bool { return route == value },
		"route-search.subnet-of-match":   func(route, value netip.Prefix) bool { return within(value, route) },
		"route-search.supernet-of-match": within,
		"route-search.longest-prefix-match": func(route, value netip.Prefix) bool {
			longer := func(r transitRoute) bool { return within(r.cidr, value) && r.cidr.Bits() > route.Bits() }
			return within(route, value) && !slices.ContainsFunc(routes, longer)
		},
	}
	for name, fits := range searches {
		blocks := map[string]netip.Prefix{}
		for _, v := range filters[name] {
			p, err := netip.ParsePrefix(v)
			if a, aerr := netip.ParseAddr(v); aerr == nil && strings.Contains(name, "longest") {
				p, err = netip.PrefixFrom(a, a.BitLen()), nil
			}
			if err != nil {
				return ec2wire.InvalidValue("Value (%s) for filter %s is invalid", v, name)
			}
			blocks[v] = p.Masked()
		}
		by[name] = func(r transitRoute) []string {
			var out []string
			for v, block := range blocks {
				if fits(r.cidr, block) {
					out = append(out, v)
				}
			}
			return out
		}
	}
	return nil
}

func (r transitRoute) kind() string {
	if r.propagated {
		return "propagated"
	}
	return "static"
}

// targets returns the attachments that a route leads to.
func (e *EC2) targets(r transitRoute) []*TransitAttachment {
	var out []*TransitAttachment
	for _, id := range r.targets {
		out = append(out, find(e.attachments, id))
	}
	return out
}

func (e *EC2) transitRouteShape(r transitRoute) ec2wire.TransitGatewayRoute {
	return ec2wire.TransitGatewayRoute{
		DestinationCidrBlock: r.cidr.String(), Type: r.kind(), State: r.state(e),
		Attachments: ec2wire.SetOf(e.targets(r), func(a *TransitAttachment) ec2wire.TransitGatewayRouteAttachment {
			return ec2wire.TransitGatewayRouteAttachment{ID: a.id, ResourceID: a.resource, ResourceType: a.kind}
		}),
	}
}
