package vpc_test

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
)

const perCall = 50 * time.Millisecond

// TestCalls: each topology takes as many calls as documented, and no longer
// than its longest chain of calls that depend on each other.
func TestCalls(t *testing.T) {
	t.Parallel()
	list := func(f *fake, ids ...string) *fake {
		f.groups[0], f.lists = group("sg-source", "vpc-1", ids...), map[string][]string{}
		for _, id := range ids {
			f.lists[id] = []string{"10.0.1.0/24"}
		}
		return f
	}
	lost := func(f *fake) *fake {
		f.peerings, f.tables[0].Routes, f.tables[1].Routes = nil, f.tables[0].Routes[:1], f.tables[1].Routes[:1]
		return f
	}
	shared := func() *fake {
		f := transit()
		f.attachments[1].Association.TransitGatewayRouteTableId = aws.String("tgw-rtb-1")
		return f
	}
	tests := []struct {
		name         string
		fake         *fake
		calls, depth int
	}{
		{"same VPC", sameVPC(), 5, 2},
		{"same VPC, two prefix lists", list(sameVPC(), "pl-1", "pl-2"), 7, 3},
		{"peered", twoVPCs("pcx-1"), 6, 2},
		{"not connected", lost(twoVPCs("pcx-1")), 8, 3},
		{"attached to a gateway without routes to it", lost(transit()), 8, 3},
		{"a route over another peering", twoVPCs("pcx-3"), 7, 3},
		{"transit gateway", transit(), 10, 4},
		{"transit gateway with one table", shared(), 9, 4},
		{"transit gateway and a prefix list", list(transit(), "pl-1"), 11, 4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				test.fake.delay = perCall
				began := time.Now()
				got, err := vpc.New(test.fake, nil).Gather(t.Context(), known())
				if err != nil || len(got.Gaps) != 0 {
					t.Errorf("gaps %v, error %v", got.Gaps, err)
				}
				if took, want := time.Since(began), time.Duration(test.depth)*perCall; took != want {
					t.Errorf("it took %v, want %v", took, want)
				}
				if n := test.fake.count(""); n != test.calls {
					t.Errorf("%d calls, want %d: %q", n, test.calls, test.fake.calls)
				}
			})
		})
	}
}

func TestSameVPC(t *testing.T) {
	t.Parallel()
	got := gather(t, sameVPC(), nil, known())
	equal(t, *got.Network, preflight.Network{
		SourceInterfaces: []preflight.Interface{{
			ID: "eni-source", VPC: "vpc-1", Subnet: "subnet-s", IPs: []string{"10.0.0.241"},
			SecurityGroups: []string{"sg-source"}, Instance: "i-eni-source", Status: "in-use",
		}},
		Subnets: []preflight.Subnet{
			{ID: "subnet-s", VPC: "vpc-1", CIDRs: []string{"10.0.0.0/24"}, AvailabilityZone: "us-east-1a"},
			{ID: "subnet-a", VPC: "vpc-1", CIDRs: []string{"10.0.1.0/24"}, AvailabilityZone: "us-east-1a"},
			{ID: "subnet-b", VPC: "vpc-1", CIDRs: []string{"10.0.2.0/24"}, AvailabilityZone: "us-east-1b"},
		},
		RouteTables: []preflight.RouteTable{{ID: "rtb-main", VPC: "vpc-1", Main: true, Routes: []preflight.Route{
			{CIDR: "10.0.0.0/16", Via: "local", State: "active"}, {CIDR: "0.0.0.0/0", Via: "tgw-1", State: "active"},
			{CIDR: "10.9.0.0/16", Via: "pcx-other", State: "active"},
		}}},
		SecurityGroups: []preflight.SecurityGroup{securityGroup("sg-source", "vpc-1"), securityGroup("sg-target", "vpc-1")},
		ACLs:           []preflight.NetworkACL{networkACL("acl-s", "vpc-1", "subnet-s"), networkACL("acl-t", "vpc-1", "subnet-a", "subnet-b")},
		Peerings:       []preflight.Peering{}, PrefixLists: []preflight.PrefixList{},
		Attachments: []preflight.Attachment{}, TransitRoutes: []preflight.TransitRoute{},
	})
}

func securityGroup(id, vpc string) preflight.SecurityGroup {
	return preflight.SecurityGroup{
		ID: id, VPC: vpc, Ingress: []preflight.Rule{{Protocol: "tcp", FromPort: 6379, ToPort: 6379}},
		Egress: []preflight.Rule{{Protocol: "-1", CIDRs: []string{"0.0.0.0/0"}}},
	}
}

func networkACL(id, vpc string, subnets ...string) preflight.NetworkACL {
	return preflight.NetworkACL{ID: id, VPC: vpc, Subnets: subnets, Entries: []preflight.ACLEntry{{Number: 100, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"}}}
}

func TestPeered(t *testing.T) {
	t.Parallel()
	side := func(vpc string) preflight.PeeringSide {
		return preflight.PeeringSide{VPC: vpc, Region: "us-east-1", CIDRs: []string{"10.0.0.0/16"}}
	}
	between := preflight.Peering{ID: "pcx-1", Status: "active", Requester: side("vpc-2"), Accepter: side("vpc-1")}
	got := gather(t, twoVPCs("pcx-1"), nil, known()).Network
	equal(t, got.Peerings, []preflight.Peering{between})
	if len(got.RouteTables) != 2 || len(got.Subnets) != 3 || len(got.SecurityGroups) != 2 || len(got.ACLs) != 2 {
		t.Errorf("one end is missing: %+v", got)
	}
	got = gather(t, twoVPCs("pcx-3"), nil, known()).Network
	equal(t, got.Peerings, []preflight.Peering{between, {ID: "pcx-3", Status: "active", Requester: side("vpc-1"), Accepter: side("vpc-3")}})
}

// TestPeeringToElsewhere: the interface of the source is not seen, but the
// connection to its VPC is.
func TestPeeringToElsewhere(t *testing.T) {
	t.Parallel()
	f := twoVPCs("pcx-3")
	f.interfaces = nil
	got := gather(t, f, nil, known()).Network
	equal(t, got.SourceInterfaces, []preflight.Interface{})
	if len(got.Peerings) != 1 || got.Peerings[0].ID != "pcx-3" {
		t.Errorf("peerings are %+v", got.Peerings)
	}
}

func TestTransit(t *testing.T) {
	t.Parallel()
	got := gather(t, transit(), nil, known()).Network
	attached := func(n, subnet, cidr, zone, references string) preflight.Attachment {
		return preflight.Attachment{
			ID: "tgw-attach-" + n, Gateway: "tgw-1", VPC: "vpc-" + n, State: "available", RouteTable: "tgw-rtb-" + n, GroupReferences: references,
			Subnets: []preflight.Subnet{{ID: subnet, VPC: "vpc-" + n, CIDRs: []string{cidr}, AvailabilityZone: zone}},
		}
	}
	equal(t, got.Attachments, []preflight.Attachment{
		attached("1", "subnet-x", "10.1.9.0/28", "us-east-1c", ""), attached("2", "subnet-y", "10.0.9.0/28", "us-east-1a", "disable"),
	})
	equal(t, got.TransitRoutes, []preflight.TransitRoute{
		{RouteTable: "tgw-rtb-1", Address: "10.0.0.241", CIDR: "10.0.0.0/16", State: "active", Attachments: []string{"tgw-attach-2"}},
		{RouteTable: "tgw-rtb-2", Address: "10.1.1.0/24", CIDR: "10.1.0.0/16", State: "active", Attachments: []string{"tgw-attach-1"}},
		{RouteTable: "tgw-rtb-2", Address: "10.1.2.0/24", CIDR: "10.1.0.0/16", State: "active", Attachments: []string{"tgw-attach-1"}},
		{RouteTable: "tgw-rtb-2", Address: "10.1.2.128/25", CIDR: "10.1.2.128/25", State: "blackhole"},
	})
	if ids := aclIDs(got); !slices.Equal(ids, []string{"acl-s", "acl-t", "acl-x"}) {
		t.Errorf("network ACLs are %q, want those of the attachments too", ids)
	}
	equal(t, got.Peerings, []preflight.Peering{{
		ID: "pcx-1", Status: "active",
		Requester: preflight.PeeringSide{VPC: "vpc-2", Region: "us-east-1", CIDRs: []string{"10.0.0.0/16"}},
		Accepter:  preflight.PeeringSide{VPC: "vpc-1", Region: "us-east-1", CIDRs: []string{"10.0.0.0/16"}},
	}})
}

func aclIDs(n *preflight.Network) (ids []string) {
	for _, a := range n.ACLs {
		ids = append(ids, a.ID)
	}
	return ids
}

// TestWhereTrafficArrives: the route table of the attachment's subnet names a
// prefix list of its own.
func TestWhereTrafficArrives(t *testing.T) {
	t.Parallel()
	f := world()
	own := mainTable("rtb-x", "vpc-1", "10.1.0.0/16", "pl-1", "vpce-1", "pl-2", "vpce-2")
	own.Associations = []types.RouteTableAssociation{{SubnetId: aws.String("subnet-x")}}
	f.tables = append(f.tables, own)
	f.lists["pl-2"] = []string{"10.1.1.0/24"}
	got := gather(t, f, nil, known()).Network
	equal(t, got.PrefixLists, []preflight.PrefixList{{ID: "pl-1", CIDRs: []string{"10.1.0.0/16"}}, {ID: "pl-2", CIDRs: []string{"10.1.1.0/24"}}})
	if n := f.count("GetManagedPrefixListEntries"); n != 2 {
		t.Errorf("%d calls for two lists", n)
	}
}

// TestRoutesAreMissing: what could connect the VPCs is found all the same.
func TestRoutesAreMissing(t *testing.T) {
	t.Parallel()
	f := transit()
	f.peerings, f.tables[0].Routes, f.tables[1].Routes = nil, f.tables[0].Routes[:1], f.tables[1].Routes[:1]
	got := gather(t, f, nil, known()).Network
	if len(got.Attachments) != 3 { // one at a gateway that vpc-2 is not attached to
		t.Errorf("attachments are %+v", got.Attachments)
	}
	equal(t, got.TransitRoutes, []preflight.TransitRoute{})
}

func TestPages(t *testing.T) {
	t.Parallel()
	for name, world := range map[string]func() *fake{"same VPC": sameVPC, "transit gateway": transit} {
		whole, byOne := world(), world()
		byOne.perPage = 1
		want, got := gather(t, whole, nil, known()), gather(t, byOne, nil, known())
		equal(t, *got.Network, *want.Network)
		if byOne.count("") <= whole.count("") {
			t.Errorf("%s: %d calls for one item each", name, byOne.count(""))
		}
	}
}

func TestAddressInSeveralVPCs(t *testing.T) {
	t.Parallel()
	f := sameVPC()
	f.interfaces = append(f.interfaces, eni("eni-twin", "vpc-2", "subnet-y", "10.0.0.241", "sg-source"))
	if got := gather(t, f, nil, known()).Network; len(got.SourceInterfaces) != 2 {
		t.Errorf("interfaces are %+v, want both", got.SourceInterfaces)
	}
	got := gather(t, f, &vpc.Options{SourceVPC: "vpc-2"}, known()).Network
	if len(got.SourceInterfaces) != 1 || got.SourceInterfaces[0].ID != "eni-twin" {
		t.Errorf("interfaces are %+v, want that in vpc-2", got.SourceInterfaces)
	}
}

func TestIPv6(t *testing.T) {
	t.Parallel()
	f := sameVPC()
	f.interfaces[0].Ipv6Addresses = []types.NetworkInterfaceIpv6Address{{Ipv6Address: aws.String("fd00::241")}}
	facts := known()
	facts.SourceAddress.IPs = []string{"garbled", "fd00::241"}
	got := gather(t, f, nil, facts).Network
	if len(got.SourceInterfaces) != 1 {
		t.Fatalf("interfaces are %+v", got.SourceInterfaces)
	}
	equal(t, got.SourceInterfaces[0].IPs, []string{"10.0.0.241", "fd00::241"})
}

// gather fails the test on an error or a gap.
func gather(t *testing.T, f *fake, opts *vpc.Options, facts preflight.Facts) preflight.Supplement {
	t.Helper()
	got, err := vpc.New(f, opts).Gather(context.WithoutCancel(t.Context()), facts)
	if err != nil || len(got.Gaps) != 0 || got.Network == nil {
		t.Fatalf("gaps %v, error %v", got.Gaps, err)
	}
	return got
}

func equal[T any](t *testing.T, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %s\nwant %s", asJSON(t, got), asJSON(t, want))
	}
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
