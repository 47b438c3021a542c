package vpc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachelift/cachelift/preflight"
)

// follow reads what the routes and rules name. If no route leads to a transit
// gateway and nothing that was seen connects the two VPCs, any gateway may: then
// it is the routes that are missing.
func (g *gathering) follow(ctx context.Context) {
	routes := g.decidingRoutes()
	lists := g.namedPrefixLists(routes)
	gateways := via(routes, "tgw-")
	maybe := len(gateways) > 0 || len(g.vpcs()) > 1 && len(g.net.Peerings) == 0
	together(ctx,
		func(ctx context.Context) { g.readNamedPeerings(ctx, via(routes, "pcx-")) },
		func(ctx context.Context) { g.readPrefixLists(ctx, lists) },
		func(ctx context.Context) {
			if g.needsTransit(maybe) {
				g.readTransit(ctx, gateways, lists)
			}
		},
	)
}

// readNamedPeerings reads the connections that routes name and that are not
// between the two VPCs, or that are not known to be.
func (g *gathering) readNamedPeerings(ctx context.Context, ids []string) {
	if g.net.Peerings == nil {
		return // the reason is recorded
	}
	ids = slices.DeleteFunc(ids, func(id string) bool {
		return slices.ContainsFunc(g.net.Peerings, func(p preflight.Peering) bool { return p.ID == id })
	})
	if len(ids) == 0 {
		return
	}
	found, err := g.describePeerings(ctx, filter("vpc-peering-connection-id", ids...))
	if err != nil {
		g.miss("peerings", err)
	}
	g.net.Peerings = append(g.net.Peerings, found...)
}

// namedPrefixLists are the lists that decide for the traffic from the target to
// the source: those of its routes, of what the target may send and of what
// the source may get.
func (g *gathering) namedPrefixLists(routes []preflight.Route) []string {
	ids := routeLists(routes)
	var carried []string
	for _, i := range g.net.SourceInterfaces {
		carried = append(carried, i.SecurityGroups...)
	}
	for _, group := range g.net.SecurityGroups {
		if slices.Contains(g.target.SecurityGroups, group.ID) {
			ids = append(ids, ruleLists(group.Egress)...)
		}
		if slices.Contains(carried, group.ID) {
			ids = append(ids, ruleLists(group.Ingress)...)
		}
	}
	return unique(ids)
}

func routeLists(routes []preflight.Route) []string {
	var ids []string
	for _, r := range routes {
		ids = append(ids, r.PrefixList)
	}
	return unique(ids)
}

func ruleLists(rules []preflight.Rule) []string {
	var ids []string
	for _, r := range rules {
		switch r.Protocol {
		case "-1", "tcp", "6":
			ids = append(ids, r.PrefixLists...)
		}
	}
	return ids
}

// readPrefixLists adds the lists to those that are known.
func (g *gathering) readPrefixLists(ctx context.Context, ids []string) {
	var calls []func(context.Context)
	for _, id := range ids {
		calls = append(calls, func(ctx context.Context) {
			cidrs, err := g.entries(ctx, id)
			if err != nil {
				g.miss("prefix_lists", fmt.Errorf("%s: %w", id, err))
				return
			}
			g.mu.Lock()
			defer g.mu.Unlock()
			g.net.PrefixLists = append(g.net.PrefixLists, preflight.PrefixList{ID: id, CIDRs: cidrs})
		})
	}
	together(ctx, calls...)
}

// orderPrefixLists makes the list not depend on which call ended first, and
// empty if there was nothing to ask for.
func (g *gathering) orderPrefixLists() {
	const list = "prefix_lists"
	if g.net.RouteTables == nil && g.net.SecurityGroups == nil {
		g.miss(list, errors.New("which prefix lists matter is not known: route tables and security groups were not read"))
		return
	}
	slices.SortFunc(g.net.PrefixLists, func(a, b preflight.PrefixList) int { return cmp.Compare(a.ID, b.ID) })
	missed := slices.ContainsFunc(g.gaps, func(gap preflight.Gap) bool { return gap.Subject == "network."+list })
	if g.net.PrefixLists == nil && !missed {
		g.net.PrefixLists = []preflight.PrefixList{}
	}
}

func (g *gathering) entries(ctx context.Context, id string) ([]string, error) {
	cidr := func(e types.PrefixListEntry) string { return aws.ToString(e.Cidr) }
	return pages(ctx, "GetManagedPrefixListEntries", cidr, func(ctx context.Context, token *string) ([]types.PrefixListEntry, *string, error) {
		out, err := g.api.GetManagedPrefixListEntries(ctx, &ec2.GetManagedPrefixListEntriesInput{
			PrefixListId: aws.String(id), MaxResults: aws.Int32(smallPageSize), NextToken: token,
		})
		if err != nil {
			return nil, nil, err
		}
		return out.Entries, out.NextToken, nil
	})
}
