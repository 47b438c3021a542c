package vpc_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
)

// lists tells which lists of the network are there, by their JSON names.
func lists(n *preflight.Network) map[string]bool {
	return map[string]bool{
		"source_interfaces": n.SourceInterfaces != nil, "subnets": n.Subnets != nil, "route_tables": n.RouteTables != nil,
		"security_groups": n.SecurityGroups != nil, "acls": n.ACLs != nil, "peerings": n.Peerings != nil,
		"prefix_lists": n.PrefixLists != nil, "attachments": n.Attachments != nil, "transit_routes": n.TransitRoutes != nil,
	}
}

// world is a transit gateway and a prefix list: it needs every action.
func world() *fake {
	f := transit()
	f.groups[0], f.lists = group("sg-source", "vpc-2", "pl-1"), map[string][]string{"pl-1": {"10.1.0.0/16"}}
	return f
}

// TestDenied: an action that is denied takes its own list away, and what can
// only be known through it, and nothing else.
func TestDenied(t *testing.T) {
	t.Parallel()
	tests := []struct {
		action string
		absent []string
		gaps   []string
	}{
		{"DescribeNetworkInterfaces", []string{"source_interfaces"}, []string{"network.source_interfaces"}},
		{"DescribeSubnets", []string{"subnets"}, []string{"network.attachments.subnets", "network.attachments.subnets", "network.subnets", "network.transit_routes"}},
		{"DescribeRouteTables", []string{"route_tables", "attachments", "transit_routes"}, []string{"network.attachments", "network.route_tables", "network.transit_routes"}},
		{"DescribeSecurityGroups", []string{"security_groups"}, []string{"network.security_groups"}},
		{"DescribeNetworkAcls", []string{"acls"}, []string{"network.acls"}},
		{"DescribeVpcPeeringConnections", []string{"peerings"}, []string{"network.peerings"}},
		{"GetManagedPrefixListEntries", []string{"prefix_lists"}, []string{"network.prefix_lists"}},
		{"DescribeTransitGatewayAttachments", []string{"attachments", "transit_routes"}, []string{"network.attachments", "network.transit_routes"}},
		{"DescribeTransitGatewayVpcAttachments", nil, []string{"network.attachments.subnets"}},
		{"SearchTransitGatewayRoutes", []string{"transit_routes"}, []string{"network.transit_routes", "network.transit_routes"}},
	}
	covered := map[string]bool{}
	for _, test := range tests {
		covered["ec2:"+test.action] = true
		t.Run(test.action, func(t *testing.T) {
			t.Parallel()
			f := world()
			f.fail = map[string]error{test.action: denied(test.action)}
			got, err := vpc.New(f, nil).Gather(t.Context(), known())
			if err != nil {
				t.Fatal(err)
			}
			var subjects []string
			named := false
			for _, g := range got.Gaps {
				subjects = append(subjects, g.Subject)
				named = named || strings.Contains(g.Reason, "(allow the action ec2:"+test.action+" on resource *)")
				if strings.Contains(g.Reason, "c2VjcmV0") {
					t.Errorf("the encoded message is in %q", g.Reason)
				}
			}
			if !slices.Equal(subjects, test.gaps) || !named {
				t.Errorf("gaps are %v, want %v and the action", got.Gaps, test.gaps)
			}
			for list, there := range lists(got.Network) {
				if there == slices.Contains(test.absent, list) {
					t.Errorf("%s: there is %t, want %t", list, there, !there)
				}
			}
		})
	}
	for _, a := range vpc.Actions() {
		if !covered[a] {
			t.Errorf("%s is never denied", a)
		}
	}
}

// TestPartly: some calls for a list succeed; what they gave is kept, beside the
// gap.
func TestPartly(t *testing.T) {
	t.Parallel()
	f := world()
	f.groups[0] = group("sg-source", "vpc-2", "pl-1", "pl-gone")
	f.attachments[1].Association, f.attachments[1].TransitGatewayOwnerId = nil, aws.String("2")
	got, err := vpc.New(f, nil).Gather(t.Context(), known())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got.Network.PrefixLists, []preflight.PrefixList{{ID: "pl-1", CIDRs: []string{"10.1.0.0/16"}}})
	foreign := "the route table of tgw-attach-2 is not told: tgw-1 belongs to account 2"
	equal(t, got.Gaps, []preflight.Gap{
		{Subject: "network.attachments", Reason: foreign},
		{Subject: "network.prefix_lists", Reason: "pl-gone: ec2:GetManagedPrefixListEntries: InvalidPrefixListID.NotFound: no such list"},
		{Subject: "network.transit_routes", Reason: foreign},
	})
	if len(got.Network.Attachments) != 2 || len(got.Network.TransitRoutes) != 1 {
		t.Errorf("attachments %+v, routes %+v", got.Network.Attachments, got.Network.TransitRoutes)
	}
}

// TestHalfKnown: the facts know one end only, or less of it.
func TestHalfKnown(t *testing.T) {
	t.Parallel()
	const everything = 9
	tests := []struct {
		name   string
		forget func(*preflight.Facts)
		there  int
		calls  int
		reason string // in one gap at least
	}{
		{"no target", func(f *preflight.Facts) {
			f.Target, f.Gaps = nil, []preflight.Gap{{Subject: "target", Reason: "throttled"}}
		}, 1, 1, "the target's VPC is not known: throttled"},
		{"no group", func(f *preflight.Facts) { f.Target = &preflight.Target{ID: "prod"} }, 1, 1, "the replication group does not exist"},
		{"no VPC", func(f *preflight.Facts) {
			f.Target.VPC, f.Target.Subnets = "", nil
			f.Gaps = []preflight.Gap{{Subject: "target.vpc", Reason: "denied"}}
		}, 3, 2, "the target's subnets are not known: denied"},
		{"no security groups", func(f *preflight.Facts) { f.Target.SecurityGroups = nil }, everything - 1, 9, "the target's security groups are not known"},
		{"no address", func(f *preflight.Facts) {
			f.SourceAddress, f.Gaps = nil, []preflight.Gap{{Subject: "source_address", Reason: "no such host"}}
		}, everything - 4, 4, "the source's IP address is not known: no such host"},
		{"no address that is one", func(f *preflight.Facts) { f.SourceAddress.IPs = []string{"", "fe80::1%eth0"} }, everything - 4, 4, "the source's IP address is not known"},
		{"nothing", func(f *preflight.Facts) { *f = preflight.Facts{} }, 0, 0, "the target's VPC is not known"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			facts, f := known(), transit()
			test.forget(&facts)
			got, err := vpc.New(f, nil).Gather(t.Context(), facts)
			if err != nil {
				t.Fatal(err)
			}
			there := 0
			for list, is := range lists(got.Network) {
				if is {
					there++
				} else if (preflight.Facts{Gaps: got.Gaps}).Reason("network."+list) == "" {
					t.Errorf("%s is absent without a reason", list)
				}
			}
			if n := f.count(""); there != test.there || n != test.calls {
				t.Errorf("%d lists of %d calls, want %d of %d: %q, %v", there, n, test.there, test.calls, f.calls, got.Gaps)
			}
			if !strings.Contains(fmt.Sprint(got.Gaps), test.reason) {
				t.Errorf("gaps are %v, want %q", got.Gaps, test.reason)
			}
		})
	}
}

func TestClientThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := sameVPC()
		f.hang = "DescribeNetworkAcls"
		began := time.Now()
		got, err := vpc.New(f, nil).Gather(t.Context(), known())
		if err != nil || len(got.Gaps) != 1 || got.Gaps[0].Subject != "network.acls" {
			t.Errorf("gaps %v, error %v", got.Gaps, err)
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := sameVPC()
		f.delay = time.Second
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		began := time.Now()
		got, err := vpc.New(f, nil).Gather(ctx, known())
		if err != nil || time.Since(began) != 1500*time.Millisecond {
			t.Errorf("it took %v, error %v", time.Since(began), err)
		}
		if got.Network.SourceInterfaces == nil || (preflight.Facts{Gaps: got.Gaps}).Reason("network.subnets") == "" {
			t.Errorf("what was read first is lost, or gaps are: %+v", got)
		}
	})
}

func TestClientThatPanics(t *testing.T) {
	t.Parallel()
	f := sameVPC()
	f.panics = "DescribeSubnets"
	got, err := vpc.New(f, nil).Gather(t.Context(), known())
	want := []preflight.Gap{{Subject: "network.subnets", Reason: "ec2:DescribeSubnets: panicked: a bug of the host"}}
	if err != nil || !slices.Equal(got.Gaps, want) {
		t.Errorf("gaps %v, error %v", got.Gaps, err)
	}
	if _, err := vpc.New(nil, nil).Gather(t.Context(), known()); err == nil {
		t.Error("there is no API, and no error")
	}
}

// TestCircle: a client that always gives another token does not keep us.
func TestCircle(t *testing.T) {
	t.Parallel()
	f := sameVPC()
	for i := range 120 {
		f.interfaces = append(f.interfaces, eni(fmt.Sprintf("eni-%d", i), "vpc-1", "subnet-s", "10.0.0.241", "sg-source"))
	}
	f.perPage = 1
	got, err := vpc.New(f, nil).Gather(t.Context(), known())
	if err != nil || (preflight.Facts{Gaps: got.Gaps}).Reason("network.source_interfaces") != "ec2:DescribeNetworkInterfaces: more than 100 pages" {
		t.Errorf("gaps %v, error %v", got.Gaps, err)
	}
}

func TestKnownIsNotChanged(t *testing.T) {
	t.Parallel()
	facts := known()
	facts.Target.SecurityGroups = append(make([]string, 0, 8), facts.Target.SecurityGroups...)
	before := asJSON(t, facts)
	gather(t, twoVPCs("pcx-1"), nil, facts)
	if after := asJSON(t, facts); string(after) != string(before) {
		t.Errorf("facts were %s, are %s", before, after)
	}
	if room := facts.Target.SecurityGroups[:2]; room[1] != "" {
		t.Errorf("%q was written behind the slice of the caller", room[1])
	}
}

// TestOtherErrors are told as they are.
func TestOtherErrors(t *testing.T) {
	t.Parallel()
	f := sameVPC()
	f.fail = map[string]error{"DescribeSubnets": errors.New("connection refused")}
	got, err := vpc.New(f, nil).Gather(t.Context(), known())
	if err != nil || (preflight.Facts{Gaps: got.Gaps}).Reason("network.subnets") != "ec2:DescribeSubnets: connection refused" {
		t.Errorf("gaps %v, error %v", got.Gaps, err)
	}
	if keys := slices.Sorted(maps.Keys(lists(got.Network))); len(keys) != 9 {
		t.Errorf("lists are %q", keys)
	}
}
