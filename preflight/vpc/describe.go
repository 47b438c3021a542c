package vpc

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachelift/cachelift/preflight"
)

// describe reads what needs nothing but the ids of both ends. A list that would
// have to do without the target's half is not read.
func (g *gathering) describe(ctx context.Context) {
	together(ctx, g.readSubnets, g.readRouteTables, g.readSecurityGroups, g.readACLs, g.readPeerings)
}

// readSubnets asks for all subnets of the VPCs in place of those that are
// wanted: a transit gateway may be attached to others, whose zones are needed.
// That saves a call, and a VPC has few hundred of them at most.
func (g *gathering) readSubnets(ctx context.Context) {
	const list = "subnets"
	if g.target.VPC == "" || len(g.target.Subnets) == 0 {
		g.miss(list, g.lacking("the target's subnets are", "target.subnets", "target.vpc"))
		return
	}
	all, err := pages(ctx, "DescribeSubnets", subnetFact, func(ctx context.Context, token *string) ([]types.Subnet, *string, error) {
		out, err := g.api.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{
			Filters: []types.Filter{filter("vpc-id", g.vpcs()...)}, MaxResults: aws.Int32(pageSize), NextToken: token,
		})
		if err != nil {
			return nil, nil, err
		}
		return out.Subnets, out.NextToken, nil
	})
	if err != nil {
		g.miss(list, err)
		return
	}
	g.net.Subnets, g.zones = []preflight.Subnet{}, map[string]preflight.Subnet{}
	wanted := g.subnets()
	for _, s := range all {
		g.zones[s.ID] = s
		if slices.Contains(wanted, s.ID) {
			g.net.Subnets = append(g.net.Subnets, s)
		}
	}
}

func subnetFact(s types.Subnet) preflight.Subnet {
	cidrs := []string{aws.ToString(s.CidrBlock)}
	for _, a := range s.Ipv6CidrBlockAssociationSet {
		if a.Ipv6CidrBlockState == nil || a.Ipv6CidrBlockState.State == types.SubnetCidrBlockStateCodeAssociated {
			cidrs = append(cidrs, aws.ToString(a.Ipv6CidrBlock))
		}
	}
	return preflight.Subnet{
		ID: aws.ToString(s.SubnetId), VPC: aws.ToString(s.VpcId), CIDRs: unique(cidrs),
		AvailabilityZone: aws.ToString(s.AvailabilityZone),
	}
}

// readACLs asks for all of the VPCs, for the same reason as readSubnets;
// keepACLs drops the rest.
func (g *gathering) readACLs(ctx context.Context) {
	const list = "acls"
	if g.target.VPC == "" || len(g.target.Subnets) == 0 {
		g.miss(list, g.lacking("the target's subnets are", "target.subnets", "target.vpc"))
		return
	}
	acls, err := pages(ctx, "DescribeNetworkAcls", aclFact, func(ctx context.Context, token *string) ([]types.NetworkAcl, *string, error) {
		out, err := g.api.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{
			Filters: []types.Filter{filter("vpc-id", g.vpcs()...)}, MaxResults: aws.Int32(pageSize), NextToken: token,
		})
		if err != nil {
			return nil, nil, err
		}
		return out.NetworkAcls, out.NextToken, nil
	})
	keep(g, &g.net.ACLs, list, acls, err)
}

// keepACLs keeps those that guard a subnet of one of the ends, or one by which a
// transit gateway is attached.
func (g *gathering) keepACLs() {
	wanted := g.subnets()
	for _, a := range g.net.Attachments {
		for _, s := range a.Subnets {
			wanted = append(wanted, s.ID)
		}
	}
	g.net.ACLs = slices.DeleteFunc(g.net.ACLs, func(a preflight.NetworkACL) bool {
		return !slices.ContainsFunc(a.Subnets, func(id string) bool { return slices.Contains(wanted, id) })
	})
}

func aclFact(a types.NetworkAcl) preflight.NetworkACL {
	f := preflight.NetworkACL{
		ID: aws.ToString(a.NetworkAclId), VPC: aws.ToString(a.VpcId),
		Subnets: []string{}, Entries: []preflight.ACLEntry{},
	}
	for _, s := range a.Associations {
		f.Subnets = append(f.Subnets, aws.ToString(s.SubnetId))
	}
	for _, e := range a.Entries {
		entry := preflight.ACLEntry{
			Number: int(aws.ToInt32(e.RuleNumber)), Egress: aws.ToBool(e.Egress),
			Allow: e.RuleAction == types.RuleActionAllow, Protocol: aws.ToString(e.Protocol),
			CIDR: either(e.CidrBlock, e.Ipv6CidrBlock),
		}
		var ports types.PortRange
		if e.PortRange != nil {
			ports = *e.PortRange
		}
		entry.FromPort, entry.ToPort = portRange(entry.Protocol, ports.From, ports.To)
		f.Entries = append(f.Entries, entry)
	}
	return f
}

// readPeerings looks for connections between the two VPCs: filters have to match
// all, and no VPC is peered with itself.
func (g *gathering) readPeerings(ctx context.Context) {
	const list = "peerings"
	switch {
	case g.target.VPC == "":
		g.miss(list, g.lacking("the target's VPC is", "target.vpc", "target.subnets"))
		return
	case len(g.source) == 0:
		g.miss(list, errors.New("the source's IP address is not known"))
		return
	case len(g.vpcs()) == 1: // one VPC, or that of the source is not seen
		g.net.Peerings = []preflight.Peering{}
		return
	}
	found, err := g.describePeerings(ctx,
		filter("requester-vpc-info.vpc-id", g.vpcs()...), filter("accepter-vpc-info.vpc-id", g.vpcs()...))
	found = slices.DeleteFunc(found, func(p preflight.Peering) bool {
		return p.Requester.VPC != g.target.VPC && p.Accepter.VPC != g.target.VPC
	})
	keep(g, &g.net.Peerings, list, found, err)
}

func (g *gathering) describePeerings(ctx context.Context, filters ...types.Filter) ([]preflight.Peering, error) {
	return pages(ctx, "DescribeVpcPeeringConnections", peeringFact, func(ctx context.Context, token *string) ([]types.VpcPeeringConnection, *string, error) {
		out, err := g.api.DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{
			Filters: filters, MaxResults: aws.Int32(pageSize), NextToken: token,
		})
		if err != nil {
			return nil, nil, err
		}
		return out.VpcPeeringConnections, out.NextToken, nil
	})
}

func peeringFact(p types.VpcPeeringConnection) preflight.Peering {
	f := preflight.Peering{
		ID:        aws.ToString(p.VpcPeeringConnectionId),
		Requester: peeringSide(p.RequesterVpcInfo), Accepter: peeringSide(p.AccepterVpcInfo),
	}
	if p.Status != nil {
		f.Status = string(p.Status.Code)
	}
	return f
}

func peeringSide(i *types.VpcPeeringConnectionVpcInfo) preflight.PeeringSide {
	if i == nil {
		return preflight.PeeringSide{}
	}
	cidrs := []string{aws.ToString(i.CidrBlock)}
	for _, b := range i.CidrBlockSet {
		cidrs = append(cidrs, aws.ToString(b.CidrBlock))
	}
	for _, b := range i.Ipv6CidrBlockSet {
		cidrs = append(cidrs, aws.ToString(b.Ipv6CidrBlock))
	}
	return preflight.PeeringSide{VPC: aws.ToString(i.VpcId), Region: aws.ToString(i.Region), CIDRs: unique(cidrs)}
}

// either returns the first that is not empty.
func either(texts ...*string) string {
	for _, t := range texts {
		if s := aws.ToString(t); s != "" {
			return s
		}
	}
	return ""
}

// portRange is all ports where the API tells none; for a rule of all protocols
// it has no meaning and stays empty.
func portRange(protocol string, from, to *int32) (first, last int) {
	if from == nil && to == nil && protocol != "-1" {
		return 0, 65535
	}
	return int(aws.ToInt32(from)), int(aws.ToInt32(to))
}
