package simulator

import (
	"maps"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/simulator/internal/ec2wire"
)

// ec2Operation answers one call. The caller holds e.mu.
type ec2Operation func(e *EC2, q ec2wire.Request) (ec2wire.Result, error)

// ec2Operations are the operations of EC2 that are served.
func ec2Operations() map[string]ec2Operation {
	return map[string]ec2Operation{
		"DescribeVpcs":                         (*EC2).describeVPCs,
		"DescribeSubnets":                      (*EC2).describeSubnets,
		"DescribeRouteTables":                  (*EC2).describeRouteTables,
		"DescribeSecurityGroups":               (*EC2).describeSecurityGroups,
		"DescribeSecurityGroupRules":           (*EC2).describeSecurityGroupRules,
		"DescribeNetworkAcls":                  (*EC2).describeNetworkACLs,
		"DescribeNetworkInterfaces":            (*EC2).describeInterfaces,
		"DescribeVpcPeeringConnections":        (*EC2).describePeerings,
		"DescribeManagedPrefixLists":           (*EC2).describePrefixLists,
		"GetManagedPrefixListEntries":          (*EC2).prefixListEntries,
		"DescribeTransitGatewayVpcAttachments": (*EC2).describeVPCAttachments,
		"DescribeTransitGatewayAttachments":    (*EC2).describeAttachments,
		"SearchTransitGatewayRoutes":           (*EC2).searchTransitRoutes,
		"CreateNetworkInsightsPath":            (*EC2).createPath,
		"StartNetworkInsightsAnalysis":         (*EC2).startAnalysis,
		"DescribeNetworkInsightsAnalyses":      (*EC2).describeAnalyses,
		"DeleteNetworkInsightsAnalysis":        (*EC2).deleteAnalysis,
		"DeleteNetworkInsightsPath":            (*EC2).deletePath,
	}
}

// ec2OperationNames are the names, sorted.
func ec2OperationNames() []string { return slices.Sorted(maps.Keys(ec2Operations())) }

// ec2Request is a call of EC2 as the handler sees it.
func (s *Sim) ec2Request(q ec2wire.Request, malformed error) request {
	return request{
		service: serviceEC2, operation: q.Action, parameters: q.Parameters(), malformed: malformed,
		throttled: "RequestLimitExceeded", perform: func(sight) (any, error) { return s.ec2.perform(q) },
		newError: ec2wire.NewError, writeError: ec2wire.WriteError, writeResult: ec2wire.WriteResult,
	}
}

// perform runs an operation.
func (e *EC2) perform(q ec2wire.Request) (ec2wire.Result, error) {
	operation, ok := ec2Operations()[q.Action]
	if !ok {
		return nil, ec2wire.NewError("InvalidAction", "The action %s is not valid for this web service.", q.Action)
	}
	if strings.EqualFold(q.String("DryRun"), "true") {
		return nil, ec2wire.NewError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.err(); err != nil {
		return nil, ec2wire.NewError("InternalError", "The network was not built as intended: %v", err)
	}
	return operation(e, q)
}

// listing is how one kind of thing is looked up.
type listing[T interface{ ID() string }] struct {
	ids      string // the member that lists ids
	notFound string // the code for an id that does not exist
	what     string // what the message calls it
	limits   ec2wire.Limits
	by       ec2wire.Attributes[T]
}

// page returns the things that a request asks for by ids and filters, and the
// token of the next page.
func (l listing[T]) page(e *EC2, q ec2wire.Request, all []T) ([]T, string, error) {
	if wanted := q.List(l.ids); len(wanted) > 0 {
		var chosen []T
		for _, t := range all {
			if slices.Contains(wanted, t.ID()) {
				chosen = append(chosen, t)
			}
		}
		for _, id := range wanted {
			if !slices.ContainsFunc(chosen, func(t T) bool { return t.ID() == id }) {
				return nil, "", ec2wire.NewError(l.notFound, "The %s '%s' does not exist", l.what, id)
			}
		}
		all = chosen
	}
	selected, err := ec2wire.Select(q, all, l.by)
	if err != nil {
		return nil, "", err
	}
	l.limits.Cap = e.pageSize
	return ec2wire.Page(q, selected, T.ID, l.limits)
}

// visible returns the things that are not in another account or region.
func visible[T any](all []T, in func(T) *VPC) []T {
	var out []T
	for _, t := range all {
		if !in(t).hidden() {
			out = append(out, t)
		}
	}
	return out
}

// one makes an attribute of a filter from one with a single value.
func one[T any](value func(T) string) func(T) []string {
	return func(t T) []string { return []string{value(t)} }
}

// each returns a value of each item.
func each[T any](items []T, value func(T) string) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = value(item)
	}
	return out
}
