package vpc

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachelift/cachelift/preflight"
)

// readSecurityGroups uses a filter and not the parameter for ids, with which one
// group that is gone would fail the call (documented).
func (g *gathering) readSecurityGroups(ctx context.Context) {
	const list = "security_groups"
	if len(g.target.SecurityGroups) == 0 {
		g.miss(list, g.lacking("the target's security groups are", "target.security_groups"))
		return
	}
	groups, err := pages(ctx, "DescribeSecurityGroups", groupFact, func(ctx context.Context, token *string) ([]types.SecurityGroup, *string, error) {
		out, err := g.api.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{
			Filters: []types.Filter{filter("group-id", g.groups()...)}, MaxResults: aws.Int32(pageSize), NextToken: token,
		})
		if err != nil {
			return nil, nil, err
		}
		return out.SecurityGroups, out.NextToken, nil
	})
	keep(g, &g.net.SecurityGroups, list, groups, err)
}

func groupFact(group types.SecurityGroup) preflight.SecurityGroup {
	return preflight.SecurityGroup{
		ID: aws.ToString(group.GroupId), VPC: aws.ToString(group.VpcId),
		Ingress: rules(group.IpPermissions), Egress: rules(group.IpPermissionsEgress),
	}
}

func rules(permissions []types.IpPermission) []preflight.Rule {
	out := []preflight.Rule{}
	for _, p := range permissions {
		r := preflight.Rule{Protocol: aws.ToString(p.IpProtocol)}
		r.FromPort, r.ToPort = portRange(r.Protocol, p.FromPort, p.ToPort)
		for _, c := range p.IpRanges {
			r.CIDRs = append(r.CIDRs, aws.ToString(c.CidrIp))
		}
		for _, c := range p.Ipv6Ranges {
			r.CIDRs = append(r.CIDRs, aws.ToString(c.CidrIpv6))
		}
		for _, l := range p.PrefixListIds {
			r.PrefixLists = append(r.PrefixLists, aws.ToString(l.PrefixListId))
		}
		for _, pair := range p.UserIdGroupPairs {
			r.Groups = append(r.Groups, preflight.GroupReference{
				ID: aws.ToString(pair.GroupId), VPC: aws.ToString(pair.VpcId),
				Peering: aws.ToString(pair.VpcPeeringConnectionId), PeeringStatus: aws.ToString(pair.PeeringStatus),
			})
		}
		out = append(out, r)
	}
	return out
}
