package vpc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachelift/cachelift/preflight"
)

// needsTransit tells whether transit gateways are to be looked at. maybe says
// that there may be one in between.
func (g *gathering) needsTransit(maybe bool) bool {
	switch {
	case len(g.source) == 0:
		g.missTransit("the source's IP address is not known")
		return false
	case g.net.RouteTables == nil:
		g.missTransit("the route tables were not read")
		return false
	case !maybe:
		g.net.Attachments, g.net.TransitRoutes = []preflight.Attachment{}, []preflight.TransitRoute{}
	}
	return maybe
}

// readTransit reads how the VPCs of both ends are attached to the gateways, and
// where those send the traffic. lists are the prefix lists that are read already.
func (g *gathering) readTransit(ctx context.Context, gateways, lists []string) {
	g.readAttachments(ctx, gateways)
	arriving := slices.DeleteFunc(routeLists(g.arrivingRoutes()), func(id string) bool { return slices.Contains(lists, id) })
	together(ctx,
		func(ctx context.Context) { g.searchRoutes(ctx, gateways) },
		func(ctx context.Context) { g.readPrefixLists(ctx, arriving) },
	)
}

// readAttachments reads those at the gateways, or at any if there are none.
func (g *gathering) readAttachments(ctx context.Context, gateways []string) {
	var filters []types.Filter
	if len(gateways) > 0 {
		filters = append(filters, filter("transit-gateway-id", gateways...))
	}
	var (
		found  []types.TransitGatewayAttachment
		byVPCs map[string]types.TransitGatewayVpcAttachment
		err    error
	)
	together(ctx,
		func(ctx context.Context) {
			found, err = g.attachments(ctx, append(slices.Clone(filters), filter("resource-id", g.vpcs()...)))
		},
		func(ctx context.Context) {
			byVPCs = g.vpcAttachments(ctx, append(slices.Clone(filters), filter("vpc-id", g.vpcs()...)))
		},
	)
	if err != nil {
		g.miss("attachments", err)
		return
	}
	g.net.Attachments = []preflight.Attachment{}
	for _, a := range found {
		f := attachmentFact(a)
		if more, ok := byVPCs[f.ID]; ok {
			f.Subnets = g.attachedSubnets(more)
			f.GroupReferences = groupReferences(more)
		}
		g.net.Attachments = append(g.net.Attachments, f)
		if f.RouteTable == "" && aws.ToString(a.TransitGatewayOwnerId) != aws.ToString(a.ResourceOwnerId) {
			err := fmt.Errorf("the route table of %s is not told: %s belongs to account %s", f.ID, f.Gateway, aws.ToString(a.TransitGatewayOwnerId))
			g.miss("attachments", err)
			g.miss("transit_routes", err)
		}
	}
}

// missTransit records why it is not known which transit gateways matter.
func (g *gathering) missTransit(reason string) {
	err := errors.New("which transit gateways matter is not known: " + reason)
	g.miss("attachments", err)
	g.miss("transit_routes", err)
}

func (g *gathering) attachments(ctx context.Context, filters []types.Filter) ([]types.TransitGatewayAttachment, error) {
	asIs := func(a types.TransitGatewayAttachment) types.TransitGatewayAttachment { return a }
	return pages(ctx, "DescribeTransitGatewayAttachments", asIs, func(ctx context.Context, token *string) ([]types.TransitGatewayAttachment, *string, error) {
		out, err := g.api.DescribeTransitGatewayAttachments(ctx, &ec2.DescribeTransitGatewayAttachmentsInput{
			Filters: filters, MaxResults: aws.Int32(pageSize), NextToken: token,
		})
		if err != nil {
			return nil, nil, err
		}
		return out.TransitGatewayAttachments, out.NextToken, nil
	})
}

func attachmentFact(a types.TransitGatewayAttachment) preflight.Attachment {
	f := preflight.Attachment{
		ID: aws.ToString(a.TransitGatewayAttachmentId), Gateway: aws.ToString(a.TransitGatewayId),
		VPC: aws.ToString(a.ResourceId), State: string(a.State),
	}
	if a.Association != nil && a.Association.State == types.TransitGatewayAssociationStateAssociated {
		f.RouteTable = aws.ToString(a.Association.TransitGatewayRouteTableId)
	}
	return f
}

// subnetsOfAttachments is the name in gaps of what only DescribeTransitGatewayVpcAttachments
// tells.
const subnetsOfAttachments = "attachments.subnets"

// vpcAttachments returns what is told of attachments of VPCs alone, by id.
func (g *gathering) vpcAttachments(ctx context.Context, filters []types.Filter) map[string]types.TransitGatewayVpcAttachment {
	asIs := func(a types.TransitGatewayVpcAttachment) types.TransitGatewayVpcAttachment { return a }
	all, err := pages(ctx, "DescribeTransitGatewayVpcAttachments", asIs, func(ctx context.Context, token *string) ([]types.TransitGatewayVpcAttachment, *string, error) {
		out, err := g.api.DescribeTransitGatewayVpcAttachments(ctx, &ec2.DescribeTransitGatewayVpcAttachmentsInput{
			Filters: filters, MaxResults: aws.Int32(pageSize), NextToken: token,
		})
		if err != nil {
			return nil, nil, err
		}
		return out.TransitGatewayVpcAttachments, out.NextToken, nil
	})
	if err != nil {
		g.miss(subnetsOfAttachments, err)
		return nil
	}
	out := map[string]types.TransitGatewayVpcAttachment{}
	for _, a := range all {
		out[aws.ToString(a.TransitGatewayAttachmentId)] = a
	}
	return out
}

// attachedSubnets returns the subnets of an attachment; nil if not all are known.
func (g *gathering) attachedSubnets(a types.TransitGatewayVpcAttachment) []preflight.Subnet {
	subnets := []preflight.Subnet{}
	for _, s := range a.SubnetIds {
		if known, ok := g.zones[s]; ok {
			subnets = append(subnets, known)
		}
	}
	if len(subnets) < len(a.SubnetIds) {
		g.miss(subnetsOfAttachments, fmt.Errorf("%s is attached in subnets that were not read: %q", aws.ToString(a.TransitGatewayAttachmentId), a.SubnetIds))
		return nil
	}
	return subnets
}

// groupReferences is the attachment's own setting. The gateway has one too, which
// would take a call more and is not read.
func groupReferences(a types.TransitGatewayVpcAttachment) string {
	if a.Options == nil {
		return ""
	}
	return string(a.Options.SecurityGroupReferencingSupport)
}

// searchRoutes looks up the source's addresses where traffic from the target
// arrives, and the target's subnets where traffic from the source does. Each
// table is read as a whole: one call, as long as it has no more than 1000 routes.
// No more than that is read where no route leads to a gateway.
func (g *gathering) searchRoutes(ctx context.Context, gateways []string) {
	const list = "transit_routes"
	if g.net.Attachments == nil {
		g.miss(list, errors.New("which route tables matter is not known: the attachments were not read"))
		return
	}
	wanted := map[string][]netip.Prefix{}
	for _, a := range g.net.Attachments {
		if a.RouteTable == "" || !slices.Contains(gateways, a.Gateway) {
			continue
		}
		if a.VPC == g.target.VPC {
			wanted[a.RouteTable] = append(wanted[a.RouteTable], hosts(g.source)...)
		}
		if !slices.Contains(g.sourceVPCs(), a.VPC) {
			continue
		}
		if ranges := g.targetRanges(); len(ranges) > 0 {
			wanted[a.RouteTable] = append(wanted[a.RouteTable], ranges...)
		} else {
			g.miss(list, errors.New("the routes to the target are not known: its subnets were not read"))
		}
	}
	tables := make([]string, 0, len(wanted))
	for t := range wanted {
		tables = append(tables, t)
	}
	slices.Sort(tables)
	read := make([][]preflight.TransitRoute, len(tables))
	var calls []func(context.Context)
	for i, t := range tables {
		calls = append(calls, func(ctx context.Context) {
			routes, err := g.transitRoutes(ctx, t)
			if err != nil {
				g.miss(list, fmt.Errorf("%s: %w", t, err))
				return
			}
			for _, d := range unique(wanted[t]) {
				read[i] = append(read[i], lookUp(t, routes, d)...)
			}
		})
	}
	together(ctx, calls...)
	if routes := slices.Concat(read...); len(routes) > 0 || len(tables) == 0 {
		g.net.TransitRoutes = append([]preflight.TransitRoute{}, routes...)
	}
}

func (g *gathering) transitRoutes(ctx context.Context, table string) ([]types.TransitGatewayRoute, error) {
	asIs := func(r types.TransitGatewayRoute) types.TransitGatewayRoute { return r }
	return pages(ctx, "SearchTransitGatewayRoutes", asIs, func(ctx context.Context, token *string) ([]types.TransitGatewayRoute, *string, error) {
		out, err := g.api.SearchTransitGatewayRoutes(ctx, &ec2.SearchTransitGatewayRoutesInput{
			TransitGatewayRouteTableId: aws.String(table),
			Filters: []types.Filter{filter("state",
				string(types.TransitGatewayRouteStateActive), string(types.TransitGatewayRouteStateBlackhole))},
			MaxResults: aws.Int32(pageSize), NextToken: token,
		})
		if err != nil {
			return nil, nil, err
		}
		if aws.ToBool(out.AdditionalRoutesAvailable) && aws.ToString(out.NextToken) == "" {
			return nil, nil, fmt.Errorf("the table has more than %d routes, and the answer does not tell how to get the rest", pageSize)
		}
		return out.Routes, out.NextToken, nil
	})
}

// lookUp returns the route for the destination, which has no CIDR if there is
// none. Routes to parts of the destination follow, each as what was found for
// that part.
func lookUp(table string, routes []types.TransitGatewayRoute, destination netip.Prefix) []preflight.TransitRoute {
	best := preflight.TransitRoute{RouteTable: table, Address: text(destination)}
	bits := -1
	var parts []preflight.TransitRoute
	for _, r := range preferred(routes) {
		p, err := netip.ParsePrefix(aws.ToString(r.DestinationCidrBlock))
		if err != nil || !p.Overlaps(destination) {
			continue
		}
		found := preflight.TransitRoute{RouteTable: table, Address: text(p), CIDR: p.String(), State: string(r.State)}
		for _, a := range r.TransitGatewayAttachments {
			found.Attachments = append(found.Attachments, aws.ToString(a.TransitGatewayAttachmentId))
		}
		switch {
		case !covers(p, destination):
			if !slices.ContainsFunc(parts, func(o preflight.TransitRoute) bool { return o.CIDR == found.CIDR }) {
				parts = append(parts, found)
			}
		case p.Bits() > bits:
			found.Address = text(destination)
			best, bits = found, p.Bits()
		}
	}
	return append([]preflight.TransitRoute{best}, parts...)
}

// preferred puts static routes before propagated ones: of two to the same
// destination the static one counts (documented).
func preferred(routes []types.TransitGatewayRoute) []types.TransitGatewayRoute {
	propagated := func(r types.TransitGatewayRoute) int {
		if r.Type == types.TransitGatewayRouteTypePropagated {
			return 1
		}
		return 0
	}
	return slices.SortedStableFunc(slices.Values(routes), func(a, b types.TransitGatewayRoute) int {
		return cmp.Compare(propagated(a), propagated(b))
	})
}

// text is an address for a prefix of one address.
func text(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
