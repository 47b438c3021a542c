package vpc_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/simulator"
)

// deniedRow is an action that is not allowed.
type deniedRow struct {
	action  string // as policies name it
	from    topology
	unknown []string // all checks that cannot tell; nothing fails
	blocks  bool     // one of these stops a migration, even unknown
}

// TestDeniedActions: a report without one of the permissions has all that does
// not depend on it, and says which one it is.
func TestDeniedActions(t *testing.T) {
	t.Parallel()
	for _, row := range deniedRows() {
		t.Run(row.action, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, row.check)
		})
	}
}

func (row deniedRow) check(t *testing.T) {
	s := newStage(t, row.from, 0)
	service, operation, _ := strings.Cut(row.action, ":")
	fault := simulator.Fault{
		Kind: simulator.FaultRefuse, Operation: operation, Code: "UnauthorizedOperation",
		Message: "You are not authorized to perform this operation. Encoded authorization failure message: c2VjcmV0",
	}
	seen := []string{row.action, fault.Code}
	if service == "elasticache" {
		fault.Code, fault.Message = "AccessDenied", "User: arn:aws:iam::123456789012:user/me is not authorized to perform: "+row.action
		seen = []string{operation, fault.Code}
	}
	denied, err := s.sim.Inject(fault)
	if err != nil {
		t.Fatal(err)
	}
	report := s.report(t)
	if denied.Hits() == 0 {
		t.Fatal("it was not asked for")
	}
	networkRow{unknown: row.unknown, seen: seen, blocks: row.blocks}.judge(t, report)
	if service == "elasticache" {
		networkRow{unknown: row.unknown, blocks: row.blocks, remedy: []string{row.action}}.judge(t, report)
	}
	if strings.Contains(report.String(), "c2VjcmV0") {
		t.Error("the report has the encoded message, which tells nobody anything")
	}
}

// TestEveryActionIsDenied: no permission was forgotten above.
func TestEveryActionIsDenied(t *testing.T) {
	t.Parallel()
	var denied []string
	for _, row := range deniedRows() {
		denied = append(denied, row.action)
	}
	guide := permissions(t)
	for _, action := range append(guide.network, "elasticache:DescribeCacheSubnetGroups", "elasticache:DescribeCacheParameters") {
		if !slices.Contains(denied, action) {
			t.Errorf("no row denies %s", action)
		}
	}
}

func deniedRows() []deniedRow {
	all := []string{checkAddress, checkVPC, checkRoute, checkGroup, checkACL}
	return []deniedRow{
		{"ec2:DescribeNetworkInterfaces", oneVPC, all, false},
		{"ec2:DescribeSubnets", oneVPC, []string{checkRoute, checkGroup, checkACL}, false},
		{"ec2:DescribeRouteTables", oneVPC, []string{checkRoute}, false},
		{"ec2:DescribeSecurityGroups", oneVPC, []string{checkGroup}, false},
		{"ec2:DescribeNetworkAcls", oneVPC, []string{checkACL}, false},
		{"ec2:DescribeVpcPeeringConnections", peered, []string{checkVPC, checkRoute, checkGroup}, false},
		{"ec2:GetManagedPrefixListEntries", peeredByLists, []string{checkRoute, checkGroup}, false},
		{"ec2:DescribeTransitGatewayAttachments", behindGateway, []string{checkVPC, checkRoute, checkACL}, false},
		{"ec2:DescribeTransitGatewayVpcAttachments", behindGateway, []string{checkRoute, checkACL}, false},
		{"ec2:SearchTransitGatewayRoutes", behindGateway, []string{checkRoute}, false},
		{"elasticache:DescribeCacheSubnetGroups", oneVPC, []string{checkVPC, checkRoute, checkGroup, checkACL}, false},
		{"elasticache:DescribeCacheParameters", oneVPC, []string{"target.renamed-commands", "target.min-replicas"}, true},
	}
}
