package vpc

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// explanations are one line for each: the code, and the ids that it is about.
func explanations(all []types.Explanation) []string {
	var out []string
	for _, e := range all {
		words := append([]string{aws.ToString(e.ExplanationCode)}, about(e)...)
		out = append(out, strings.Join(unique(words), " "))
	}
	return unique(out)
}

// about returns the ids that an explanation names.
func about(e types.Explanation) []string {
	components := []*types.AnalysisComponent{
		e.Component, e.AttachedTo, e.NetworkInterface, e.SecurityGroup, e.Acl, e.PrefixList,
		e.Subnet, e.SubnetRouteTable, e.RouteTable, e.IngressRouteTable, e.Vpc, e.SourceVpc, e.DestinationVpc,
		e.VpcPeeringConnection, e.TransitGateway, e.TransitGatewayAttachment, e.TransitGatewayRouteTable, e.TransitGatewayPolicyTable,
		e.InternetGateway, e.NatGateway, e.VpcEndpoint, e.VpnConnection, e.VpnGateway, e.CustomerGateway, e.Destination,
	}
	for i := range e.SecurityGroups {
		components = append(components, &e.SecurityGroups[i])
	}
	ids := []string{aws.ToString(e.MissingComponent)}
	for _, c := range components {
		if c != nil {
			ids = append(ids, either(c.Id, c.Name, c.Arn))
		}
	}
	return ids
}
