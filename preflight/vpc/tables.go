package vpc

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachelift/cachelift/preflight"
)

// readRouteTables asks by the VPCs: a filter by subnet would not find the main
// table, which serves the subnets without one of their own (documented).
func (g *gathering) readRouteTables(ctx context.Context) {
	const list = "route_tables"
	if g.target.VPC == "" {
		g.miss(list, g.lacking("the target's VPC is", "target.vpc", "target.subnets"))
		return
	}
	tables, err := pages(ctx, "DescribeRouteTables", tableFact, func(ctx context.Context, token *string) ([]types.RouteTable, *string, error) {
		out, err := g.api.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{
			Filters: []types.Filter{filter("vpc-id", g.vpcs()...)}, MaxResults: aws.Int32(smallPageSize), NextToken: token,
		})
		if err != nil {
			return nil, nil, err
		}
		return out.RouteTables, out.NextToken, nil
	})
	keep(g, &g.net.RouteTables, list, tables, err)
}

func tableFact(t types.RouteTable) preflight.RouteTable {
	f := preflight.RouteTable{ID: aws.ToString(t.RouteTableId), VPC: aws.ToString(t.VpcId), Routes: []preflight.Route{}}
	for _, a := range t.Associations {
		if !serves(a) {
			continue
		}
		if aws.ToBool(a.Main) {
			f.Main = true
		} else if id := aws.ToString(a.SubnetId); id != "" {
			f.Subnets = append(f.Subnets, id)
		}
	}
	for _, r := range t.Routes {
		f.Routes = append(f.Routes, preflight.Route{
			CIDR:       either(r.DestinationCidrBlock, r.DestinationIpv6CidrBlock),
			PrefixList: aws.ToString(r.DestinationPrefixListId),
			Via: either(r.GatewayId, r.NatGatewayId, r.TransitGatewayId, r.VpcPeeringConnectionId, r.NetworkInterfaceId,
				r.InstanceId, r.EgressOnlyInternetGatewayId, r.LocalGatewayId, r.CarrierGatewayId, r.CoreNetworkArn, r.OdbNetworkArn),
			State: string(r.State),
		})
	}
	return f
}

// serves tells whether the association is in force.
func serves(a types.RouteTableAssociation) bool {
	if a.AssociationState == nil {
		return true
	}
	switch a.AssociationState.State {
	case types.RouteTableAssociationStateCodeDisassociated, types.RouteTableAssociationStateCodeFailed:
		return false
	}
	return true
}
