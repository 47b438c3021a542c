package vpc_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachelift/cachelift/preflight"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	s := aws.String
	tests := []struct {
		route types.Route
		want  preflight.Route
	}{
		{types.Route{DestinationCidrBlock: s("10.0.0.0/16"), GatewayId: s("local")}, preflight.Route{CIDR: "10.0.0.0/16", Via: "local"}},
		{types.Route{DestinationIpv6CidrBlock: s("::/0"), EgressOnlyInternetGatewayId: s("eigw-1")}, preflight.Route{CIDR: "::/0", Via: "eigw-1"}},
		{types.Route{DestinationPrefixListId: s("pl-1"), GatewayId: s("vpce-1")}, preflight.Route{PrefixList: "pl-1", Via: "vpce-1"}},
		{types.Route{DestinationCidrBlock: s("0.0.0.0/0"), NatGatewayId: s("nat-1")}, preflight.Route{CIDR: "0.0.0.0/0", Via: "nat-1"}},
		{types.Route{DestinationCidrBlock: s("10.1.0.0/16"), TransitGatewayId: s("tgw-1"), State: types.RouteStateBlackhole}, preflight.Route{CIDR: "10.1.0.0/16", Via: "tgw-1", State: "blackhole"}},
		{types.Route{DestinationCidrBlock: s("10.1.0.0/16"), VpcPeeringConnectionId: s("pcx-1")}, preflight.Route{CIDR: "10.1.0.0/16", Via: "pcx-1"}},
		{types.Route{DestinationCidrBlock: s("10.1.0.0/16"), NetworkInterfaceId: s("eni-1"), InstanceId: s("i-1")}, preflight.Route{CIDR: "10.1.0.0/16", Via: "eni-1"}},
		{types.Route{DestinationCidrBlock: s("10.1.0.0/16"), InstanceId: s("i-1")}, preflight.Route{CIDR: "10.1.0.0/16", Via: "i-1"}},
		{types.Route{DestinationCidrBlock: s("10.1.0.0/16"), LocalGatewayId: s("lgw-1")}, preflight.Route{CIDR: "10.1.0.0/16", Via: "lgw-1"}},
		{types.Route{DestinationCidrBlock: s("10.1.0.0/16"), CarrierGatewayId: s("cagw-1")}, preflight.Route{CIDR: "10.1.0.0/16", Via: "cagw-1"}},
		{types.Route{DestinationCidrBlock: s("10.1.0.0/16"), CoreNetworkArn: s("arn:core")}, preflight.Route{CIDR: "10.1.0.0/16", Via: "arn:core"}},
	}
	f := sameVPC()
	f.tables = []types.RouteTable{{RouteTableId: s("rtb-1"), VpcId: s("vpc-1"), Associations: []types.RouteTableAssociation{
		{SubnetId: s("subnet-a")},
		{SubnetId: s("subnet-b"), AssociationState: &types.RouteTableAssociationState{State: types.RouteTableAssociationStateCodeDisassociated}},
		{SubnetId: s("subnet-s"), AssociationState: &types.RouteTableAssociationState{State: types.RouteTableAssociationStateCodeAssociated}},
		{GatewayId: s("igw-1")},
	}}}
	want := preflight.RouteTable{ID: "rtb-1", VPC: "vpc-1", Subnets: []string{"subnet-a", "subnet-s"}}
	for _, test := range tests {
		f.tables[0].Routes = append(f.tables[0].Routes, test.route)
		want.Routes = append(want.Routes, test.want)
	}
	f.lists = map[string][]string{"pl-1": {"52.0.0.0/16"}}
	got := gather(t, f, nil, known()).Network
	equal(t, got.RouteTables, []preflight.RouteTable{want})
	equal(t, got.PrefixLists, []preflight.PrefixList{{ID: "pl-1", CIDRs: []string{"52.0.0.0/16"}}})
}

func TestRules(t *testing.T) {
	t.Parallel()
	s, n := aws.String, aws.Int32
	f := sameVPC()
	f.groups[1].IpPermissions = []types.IpPermission{
		{
			IpProtocol: s("tcp"), FromPort: n(6379), ToPort: n(6380),
			IpRanges: []types.IpRange{{CidrIp: s("10.0.0.0/8")}}, Ipv6Ranges: []types.Ipv6Range{{CidrIpv6: s("fd00::/8")}},
			PrefixListIds: []types.PrefixListId{{PrefixListId: s("pl-unused")}},
			UserIdGroupPairs: []types.UserIdGroupPair{
				{GroupId: s("sg-source")},
				{GroupId: s("sg-far"), VpcId: s("vpc-2"), VpcPeeringConnectionId: s("pcx-1"), PeeringStatus: s("deleted")},
			},
		},
		{IpProtocol: s("50")},
		{IpProtocol: s("icmp"), FromPort: n(-1), ToPort: n(-1)},
	}
	got := gather(t, f, nil, known()).Network
	equal(t, got.SecurityGroups[1].Ingress, []preflight.Rule{
		{
			Protocol: "tcp", FromPort: 6379, ToPort: 6380, CIDRs: []string{"10.0.0.0/8", "fd00::/8"}, PrefixLists: []string{"pl-unused"},
			Groups: []preflight.GroupReference{{ID: "sg-source"}, {ID: "sg-far", VPC: "vpc-2", Peering: "pcx-1", PeeringStatus: "deleted"}},
		},
		{Protocol: "50", ToPort: 65535},
		{Protocol: "icmp", FromPort: -1, ToPort: -1},
	})
	equal(t, got.PrefixLists, []preflight.PrefixList{}) // what may come in to the target does not matter
}

func TestACLEntries(t *testing.T) {
	t.Parallel()
	s, n := aws.String, aws.Int32
	f := sameVPC()
	f.acls[0].Entries = []types.NetworkAclEntry{
		{RuleNumber: n(90), Egress: aws.Bool(true), Protocol: s("6"), RuleAction: types.RuleActionDeny, CidrBlock: s("10.0.0.0/8"), PortRange: &types.PortRange{From: n(1), To: n(1023)}},
		{RuleNumber: n(100), Protocol: s("6"), RuleAction: types.RuleActionAllow, Ipv6CidrBlock: s("::/0")},
		{RuleNumber: n(32767), Protocol: s("-1"), RuleAction: types.RuleActionDeny, CidrBlock: s("0.0.0.0/0")},
	}
	got := gather(t, f, nil, known()).Network
	equal(t, got.ACLs[0].Entries, []preflight.ACLEntry{
		{Number: 90, Egress: true, Protocol: "6", CIDR: "10.0.0.0/8", FromPort: 1, ToPort: 1023},
		{Number: 100, Allow: true, Protocol: "6", CIDR: "::/0", ToPort: 65535},
		{Number: 32767, Protocol: "-1", CIDR: "0.0.0.0/0"},
	})
}

func TestRanges(t *testing.T) {
	t.Parallel()
	s := aws.String
	f := twoVPCs("pcx-1")
	block := func(cidr string, state types.SubnetCidrBlockStateCode) types.SubnetIpv6CidrBlockAssociation {
		return types.SubnetIpv6CidrBlockAssociation{Ipv6CidrBlock: &cidr, Ipv6CidrBlockState: &types.SubnetCidrBlockState{State: state}}
	}
	f.subnets[1].Ipv6CidrBlockAssociationSet = []types.SubnetIpv6CidrBlockAssociation{
		block("fd00:1::/64", types.SubnetCidrBlockStateCodeAssociated), block("fd00:2::/64", types.SubnetCidrBlockStateCodeDisassociated),
	}
	f.subnets[2].CidrBlock = nil
	side := f.peerings[0].RequesterVpcInfo
	side.CidrBlockSet = []types.CidrBlock{{CidrBlock: s("10.0.0.0/16")}, {CidrBlock: s("10.2.0.0/16")}}
	side.Ipv6CidrBlockSet = []types.Ipv6CidrBlock{{Ipv6CidrBlock: s("fd00:1::/56")}}
	f.peerings[0].AccepterVpcInfo = &types.VpcPeeringConnectionVpcInfo{VpcId: s("vpc-1")}
	f.peerings[0].Status = nil
	f.interfaces[0].PrivateIpAddresses = []types.NetworkInterfacePrivateIpAddress{{PrivateIpAddress: s("10.0.0.241")}, {PrivateIpAddress: s("10.0.0.242")}}
	f.interfaces[0].Attachment = nil
	got := gather(t, f, nil, known()).Network
	equal(t, got.Subnets[1].CIDRs, []string{"10.1.1.0/24", "fd00:1::/64"})
	equal(t, got.Subnets[2].CIDRs, nil)
	equal(t, got.Peerings[0], preflight.Peering{
		ID: "pcx-1", Accepter: preflight.PeeringSide{VPC: "vpc-1"},
		Requester: preflight.PeeringSide{VPC: "vpc-2", Region: "us-east-1", CIDRs: []string{"10.0.0.0/16", "10.2.0.0/16", "fd00:1::/56"}},
	})
	equal(t, got.SourceInterfaces[0].IPs, []string{"10.0.0.241", "10.0.0.242"})
	equal(t, got.SourceInterfaces[0].Instance, "")
}

func TestInterfaceTypes(t *testing.T) {
	t.Parallel()
	f := sameVPC()
	f.interfaces[0].InterfaceType, f.interfaces[0].RequesterManaged = types.NetworkInterfaceTypeNetworkLoadBalancer, aws.Bool(true)
	f.interfaces[0].Attachment.InstanceId = nil
	got := gather(t, f, nil, known()).Network.SourceInterfaces[0]
	if got.Type != "network_load_balancer" || !got.RequesterManaged || got.Instance != "" {
		t.Errorf("the interface is %+v", got)
	}
	got = gather(t, sameVPC(), nil, known()).Network.SourceInterfaces[0]
	if got.Type != "" || got.RequesterManaged {
		t.Errorf("the interface is %+v, want no type where none is told", got)
	}
}
