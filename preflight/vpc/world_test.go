package vpc_test

import (
	"cmp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachelift/cachelift/preflight"
)

// known are the facts of a group in subnet-a and subnet-b of vpc-1, with a
// source at 10.0.0.241.
func known() preflight.Facts {
	return preflight.Facts{
		Target: &preflight.Target{
			ID: "prod", Exists: true, VPC: "vpc-1", SecurityGroups: []string{"sg-target"}, Primary: "prod.example:6379",
			Subnets: []preflight.TargetSubnet{{ID: "subnet-a", AvailabilityZone: "us-east-1a"}, {ID: "subnet-b", AvailabilityZone: "us-east-1b"}},
			Members: []preflight.Member{
				{ID: "prod-002", Role: "replica", Endpoint: "prod-002.example:6379"},
				{ID: "prod-001", Role: "primary", Endpoint: "prod-001.example:6379"},
			},
		},
		SourceAddress: &preflight.Address{Host: "10.0.0.241", Port: 6379, IPs: []string{"10.0.0.241"}},
	}
}

func eni(id, vpc, subnet, ip, group string) types.NetworkInterface {
	return types.NetworkInterface{
		NetworkInterfaceId: &id, VpcId: &vpc, SubnetId: &subnet, PrivateIpAddress: &ip, Status: types.NetworkInterfaceStatusInUse,
		Groups: []types.GroupIdentifier{{GroupId: &group}}, Attachment: &types.NetworkInterfaceAttachment{InstanceId: aws.String("i-" + id)},
	}
}

func subnet(id, vpc, cidr, zone string) types.Subnet {
	return types.Subnet{SubnetId: &id, VpcId: &vpc, CidrBlock: &cidr, AvailabilityZone: &zone}
}

// mainTable has a local route, and others as pairs of destination and what they
// lead to, by the kind of its id.
func mainTable(id, vpc, cidr string, pairs ...string) types.RouteTable {
	t := types.RouteTable{RouteTableId: &id, VpcId: &vpc, Associations: []types.RouteTableAssociation{{Main: aws.Bool(true)}}}
	add := func(to, via string) {
		r := types.Route{State: types.RouteStateActive}
		switch to[:3] {
		case "pl-":
			r.DestinationPrefixListId = &to
		default:
			r.DestinationCidrBlock = &to
		}
		switch via[:4] {
		case "pcx-":
			r.VpcPeeringConnectionId = &via
		case "tgw-":
			r.TransitGatewayId = &via
		default:
			r.GatewayId = &via
		}
		t.Routes = append(t.Routes, r)
	}
	add(cidr, "local")
	for i := 0; i < len(pairs); i += 2 {
		add(pairs[i], pairs[i+1])
	}
	return t
}

func group(id, vpc string, lists ...string) types.SecurityGroup {
	g := types.SecurityGroup{GroupId: &id, VpcId: &vpc}
	rule := types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(6379), ToPort: aws.Int32(6379)}
	for _, l := range lists {
		rule.PrefixListIds = append(rule.PrefixListIds, types.PrefixListId{PrefixListId: aws.String(l)})
	}
	g.IpPermissions = append(g.IpPermissions, rule)
	g.IpPermissionsEgress = append(g.IpPermissionsEgress, types.IpPermission{
		IpProtocol: aws.String("-1"), IpRanges: []types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}},
	})
	return g
}

func acl(id, vpc string, subnets ...string) types.NetworkAcl {
	a := types.NetworkAcl{NetworkAclId: &id, VpcId: &vpc, Entries: []types.NetworkAclEntry{{
		RuleNumber: aws.Int32(100), Protocol: aws.String("-1"), RuleAction: types.RuleActionAllow, CidrBlock: aws.String("0.0.0.0/0"),
	}}}
	for _, s := range subnets {
		a.Associations = append(a.Associations, types.NetworkAclAssociation{SubnetId: aws.String(s)})
	}
	return a
}

func peering(id, requester, accepter string) types.VpcPeeringConnection {
	side := func(vpc string) *types.VpcPeeringConnectionVpcInfo {
		return &types.VpcPeeringConnectionVpcInfo{VpcId: &vpc, Region: aws.String("us-east-1"), CidrBlock: aws.String("10.0.0.0/16")}
	}
	return types.VpcPeeringConnection{
		VpcPeeringConnectionId: &id, RequesterVpcInfo: side(requester), AccepterVpcInfo: side(accepter),
		Status: &types.VpcPeeringConnectionStateReason{Code: types.VpcPeeringConnectionStateReasonCodeActive},
	}
}

// sameVPC has both ends in vpc-1, and things that nobody asked for.
func sameVPC() *fake {
	return &fake{
		interfaces: []types.NetworkInterface{
			eni("eni-source", "vpc-1", "subnet-s", "10.0.0.241", "sg-source"),
			eni("eni-other", "vpc-1", "subnet-s", "10.0.0.9", "sg-source"),
			eni("eni-primary", "vpc-1", "subnet-a", "10.0.1.7", "sg-target"),
		},
		subnets: []types.Subnet{
			subnet("subnet-s", "vpc-1", "10.0.0.0/24", "us-east-1a"), subnet("subnet-a", "vpc-1", "10.0.1.0/24", "us-east-1a"),
			subnet("subnet-b", "vpc-1", "10.0.2.0/24", "us-east-1b"), subnet("subnet-x", "vpc-1", "10.0.9.0/24", "us-east-1c"),
		},
		tables: []types.RouteTable{mainTable("rtb-main", "vpc-1", "10.0.0.0/16", "0.0.0.0/0", "tgw-1", "10.9.0.0/16", "pcx-other")},
		groups: []types.SecurityGroup{group("sg-source", "vpc-1"), group("sg-target", "vpc-1"), group("sg-other", "vpc-1")},
		acls:   []types.NetworkAcl{acl("acl-s", "vpc-1", "subnet-s"), acl("acl-t", "vpc-1", "subnet-a", "subnet-b"), acl("acl-x", "vpc-1", "subnet-x")},
	}
}

// twoVPCs has the source in vpc-2, to which the route tables lead over via.
func twoVPCs(via string) *fake {
	f := sameVPC()
	f.interfaces[0] = eni("eni-source", "vpc-2", "subnet-s", "10.0.0.241", "sg-source")
	f.subnets = []types.Subnet{
		subnet("subnet-s", "vpc-2", "10.0.0.0/24", "us-east-1a"), subnet("subnet-a", "vpc-1", "10.1.1.0/24", "us-east-1a"),
		subnet("subnet-b", "vpc-1", "10.1.2.0/24", "us-east-1b"), subnet("subnet-x", "vpc-1", "10.1.9.0/28", "us-east-1c"),
		subnet("subnet-y", "vpc-2", "10.0.9.0/28", "us-east-1a"),
	}
	f.tables = []types.RouteTable{
		mainTable("rtb-1", "vpc-1", "10.1.0.0/16", "10.0.0.0/16", via), mainTable("rtb-2", "vpc-2", "10.0.0.0/16", "10.1.0.0/16", via),
	}
	f.groups[0], f.acls[0] = group("sg-source", "vpc-2"), acl("acl-s", "vpc-2", "subnet-s")
	f.peerings = []types.VpcPeeringConnection{
		peering("pcx-1", "vpc-2", "vpc-1"), peering("pcx-3", "vpc-1", "vpc-3"), peering("pcx-4", "vpc-4", "vpc-2"),
	}
	return f
}

// transit has two VPCs at tgw-1, each with a route table of the gateway.
func transit() *fake {
	f := twoVPCs("tgw-1")
	attach := func(id, gateway, vpc, table string) types.TransitGatewayAttachment {
		return types.TransitGatewayAttachment{
			TransitGatewayAttachmentId: &id, TransitGatewayId: &gateway, ResourceId: &vpc, State: types.TransitGatewayAttachmentStateAvailable,
			TransitGatewayOwnerId: aws.String("1"), ResourceOwnerId: aws.String("1"),
			Association: &types.TransitGatewayAttachmentAssociation{TransitGatewayRouteTableId: &table, State: types.TransitGatewayAssociationStateAssociated},
		}
	}
	f.attachments = []types.TransitGatewayAttachment{
		attach("tgw-attach-1", "tgw-1", "vpc-1", "tgw-rtb-1"), attach("tgw-attach-2", "tgw-1", "vpc-2", "tgw-rtb-2"),
		attach("tgw-attach-3", "tgw-1", "vpc-3", "tgw-rtb-3"), attach("tgw-attach-4", "tgw-2", "vpc-1", "tgw-rtb-4"),
	}
	for _, s := range [][3]string{{"tgw-attach-1", "vpc-1", "subnet-x"}, {"tgw-attach-2", "vpc-2", "subnet-y"}} {
		f.attached = append(f.attached, types.TransitGatewayVpcAttachment{
			TransitGatewayAttachmentId: aws.String(s[0]), VpcId: aws.String(s[1]), SubnetIds: []string{s[2]}, TransitGatewayId: aws.String("tgw-1"),
		})
	}
	f.attached[1].Options = &types.TransitGatewayVpcAttachmentOptions{SecurityGroupReferencingSupport: types.SecurityGroupReferencingSupportValueDisable}
	f.routes = map[string][]types.TransitGatewayRoute{
		"tgw-rtb-1": {transitRoute("0.0.0.0/0", "tgw-attach-9", ""), transitRoute("10.0.0.0/16", "tgw-attach-2", "")},
		"tgw-rtb-2": {transitRoute("10.1.0.0/16", "tgw-attach-1", ""), transitRoute("10.1.2.128/25", "", types.TransitGatewayRouteStateBlackhole)},
	}
	return f
}

func transitRoute(cidr, to string, state types.TransitGatewayRouteState) types.TransitGatewayRoute {
	r := types.TransitGatewayRoute{DestinationCidrBlock: &cidr, State: cmp.Or(state, types.TransitGatewayRouteStateActive), Type: types.TransitGatewayRouteTypePropagated}
	if to != "" {
		r.TransitGatewayAttachments = []types.TransitGatewayRouteAttachment{{TransitGatewayAttachmentId: &to}}
	}
	return r
}
