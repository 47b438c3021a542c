package simulator

import (
	"net/netip"
	"strconv"

	"github.com/cachelift/cachelift/simulator/internal/ec2wire"
)

// usual are the bounds of MaxResults that most operations have (documented).
func usual() ec2wire.Limits { return ec2wire.Limits{Least: 5, Most: 1000} }

func owned[T any](T) []string { return []string{account} }

func (e *EC2) describeVPCs(q ec2wire.Request) (ec2wire.Result, error) {
	page, token, err := listing[*VPC]{
		ids: "VpcId", notFound: "InvalidVpcID.NotFound", what: "vpc ID", limits: usual(),
		by: ec2wire.Attributes[*VPC]{
			"vpc-id":   one((*VPC).ID),
			"owner-id": owned[*VPC],
			"state":    func(*VPC) []string { return []string{"available"} },
			"cidr":     one(func(v *VPC) string { return v.cidrs[0].String() }),
			"cidr-block-association.cidr-block": func(v *VPC) []string {
				return each(v.cidrs, netip.Prefix.String)
			},
			"is-default": func(*VPC) []string { return []string{"false"} },
		},
	}.page(e, q, visible(e.vpcs, func(v *VPC) *VPC { return v }))
	if err != nil {
		return nil, err
	}
	return &ec2wire.DescribeVpcsResponse{Vpcs: ec2wire.SetOf(page, (*VPC).shape), NextToken: token}, nil
}

func (v *VPC) shape() ec2wire.Vpc {
	number := 0
	return ec2wire.Vpc{
		VpcID: v.id, OwnerID: v.account, State: "available", CidrBlock: v.cidrs[0].String(), DhcpOptionsID: "default", InstanceTenancy: "default",
		CidrBlocks: ec2wire.SetOf(v.cidrs, func(c netip.Prefix) ec2wire.VpcCidrBlock {
			number++
			return ec2wire.VpcCidrBlock{
				AssociationID: "vpc-cidr-assoc-" + suffix(v.id) + strconv.Itoa(number), CidrBlock: c.String(), State: "associated",
			}
		}),
	}
}

func (e *EC2) describeSubnets(q ec2wire.Request) (ec2wire.Result, error) {
	zone := one(func(s *VPCSubnet) string { return s.zone })
	cidr := one(func(s *VPCSubnet) string { return s.cidr.String() })
	page, token, err := listing[*VPCSubnet]{
		ids: "SubnetId", notFound: "InvalidSubnetID.NotFound", what: "subnet ID", limits: usual(),
		by: ec2wire.Attributes[*VPCSubnet]{
			"subnet-id":         one((*VPCSubnet).ID),
			"subnet-arn":        one(func(s *VPCSubnet) string { return e.arn("subnet", s.id) }),
			"vpc-id":            one(func(s *VPCSubnet) string { return s.vpc.id }),
			"owner-id":          owned[*VPCSubnet],
			"state":             func(*VPCSubnet) []string { return []string{"available"} },
			"availability-zone": zone, "availabilityZone": zone,
			"cidr-block": cidr, "cidr": cidr, "cidrBlock": cidr,
			"default-for-az": func(*VPCSubnet) []string { return []string{"false"} },
		},
	}.page(e, q, visible(e.subnets, (*VPCSubnet).VPC))
	if err != nil {
		return nil, err
	}
	return &ec2wire.DescribeSubnetsResponse{Subnets: ec2wire.SetOf(page, e.subnetShape), NextToken: token}, nil
}

func (e *EC2) subnetShape(s *VPCSubnet) ec2wire.Subnet {
	free := 1<<(32-s.cidr.Bits()) - 5 // AWS keeps five of each subnet (documented)
	for _, i := range e.interfaces {
		if i.subnet == s {
			free -= len(i.addresses)
		}
	}
	return ec2wire.Subnet{
		SubnetID: s.id, SubnetArn: e.arn("subnet", s.id), State: "available", OwnerID: s.vpc.account, VpcID: s.vpc.id,
		CidrBlock: s.cidr.String(), AvailabilityZone: s.zone, AvailableIPAddressCount: max(0, free),
	}
}

func (e *EC2) describePeerings(q ec2wire.Request) (ec2wire.Result, error) {
	var all []*Peering
	for _, p := range e.peerings {
		if !p.requester.hidden() || !p.accepter.hidden() {
			all = append(all, p)
		}
	}
	cidrs := func(v *VPC) []string { return each(v.cidrs, netip.Prefix.String) }
	page, token, err := listing[*Peering]{
		ids: "VpcPeeringConnectionId", notFound: "InvalidVpcPeeringConnectionID.NotFound", what: "vpcPeeringConnection ID", limits: usual(),
		by: ec2wire.Attributes[*Peering]{
			"vpc-peering-connection-id":     one((*Peering).ID),
			"status-code":                   one(func(p *Peering) string { return p.status }),
			"requester-vpc-info.vpc-id":     one(func(p *Peering) string { return p.requester.id }),
			"requester-vpc-info.owner-id":   one(func(p *Peering) string { return p.requester.account }),
			"requester-vpc-info.cidr-block": func(p *Peering) []string { return cidrs(p.requester) },
			"accepter-vpc-info.vpc-id":      one(func(p *Peering) string { return p.accepter.id }),
			"accepter-vpc-info.owner-id":    one(func(p *Peering) string { return p.accepter.account }),
			"accepter-vpc-info.cidr-block":  func(p *Peering) []string { return cidrs(p.accepter) },
		},
	}.page(e, q, all)
	if err != nil {
		return nil, err
	}
	return &ec2wire.DescribeVpcPeeringConnectionsResponse{Peerings: ec2wire.SetOf(page, (*Peering).shape), NextToken: token}, nil
}

func (p *Peering) shape() ec2wire.VpcPeeringConnection {
	side := func(v *VPC, told bool) ec2wire.VpcPeeringSide {
		out := ec2wire.VpcPeeringSide{OwnerID: v.account, VpcID: v.id, Region: v.region}
		if told {
			out.CidrBlock = v.cidrs[0].String()
			blocks := ec2wire.SetOf(v.cidrs, func(c netip.Prefix) ec2wire.CidrBlock { return ec2wire.CidrBlock{CidrBlock: c.String()} })
			out.CidrBlocks = &blocks
		}
		return out
	}
	message := p.status
	if p.status == peeringActive {
		message = "Active"
	}
	return ec2wire.VpcPeeringConnection{
		ID: p.id, Requester: side(p.requester, true), Accepter: side(p.accepter, p.status == peeringActive),
		StatusCode: p.status, StatusMessage: message,
	}
}
