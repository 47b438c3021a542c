package vpc

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// API is the part of the EC2 API that is read, in the SDK's own signatures;
// *ec2.Client satisfies it. It is called from several goroutines at once.
// Throttled calls are for the client to retry, as the SDK's does by itself.
type API interface {
	// DescribeNetworkInterfaces finds interfaces by their address.
	DescribeNetworkInterfaces(context.Context, *ec2.DescribeNetworkInterfacesInput, ...func(*ec2.Options)) (*ec2.DescribeNetworkInterfacesOutput, error)
	// DescribeSubnets reads the subnets of the VPCs of both ends.
	DescribeSubnets(context.Context, *ec2.DescribeSubnetsInput, ...func(*ec2.Options)) (*ec2.DescribeSubnetsOutput, error)
	// DescribeRouteTables reads the route tables of the VPCs of both ends.
	DescribeRouteTables(context.Context, *ec2.DescribeRouteTablesInput, ...func(*ec2.Options)) (*ec2.DescribeRouteTablesOutput, error)
	// DescribeSecurityGroups reads the security groups of both ends.
	DescribeSecurityGroups(context.Context, *ec2.DescribeSecurityGroupsInput, ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupsOutput, error)
	// DescribeNetworkAcls reads the network ACLs of the subnets.
	DescribeNetworkAcls(context.Context, *ec2.DescribeNetworkAclsInput, ...func(*ec2.Options)) (*ec2.DescribeNetworkAclsOutput, error)
	// DescribeVpcPeeringConnections reads peering connections, if the ends are
	// in two VPCs or a route names one.
	DescribeVpcPeeringConnections(context.Context, *ec2.DescribeVpcPeeringConnectionsInput, ...func(*ec2.Options)) (*ec2.DescribeVpcPeeringConnectionsOutput, error)
	// GetManagedPrefixListEntries expands a prefix list that a route or a rule
	// names.
	GetManagedPrefixListEntries(context.Context, *ec2.GetManagedPrefixListEntriesInput, ...func(*ec2.Options)) (*ec2.GetManagedPrefixListEntriesOutput, error)
	// DescribeTransitGatewayAttachments reads which route table a transit
	// gateway uses for a VPC.
	DescribeTransitGatewayAttachments(context.Context, *ec2.DescribeTransitGatewayAttachmentsInput, ...func(*ec2.Options)) (*ec2.DescribeTransitGatewayAttachmentsOutput, error)
	// DescribeTransitGatewayVpcAttachments reads through which subnets a VPC is
	// attached to a transit gateway, and whether rules can name security groups
	// through it.
	DescribeTransitGatewayVpcAttachments(context.Context, *ec2.DescribeTransitGatewayVpcAttachmentsInput, ...func(*ec2.Options)) (*ec2.DescribeTransitGatewayVpcAttachmentsOutput, error)
	// SearchTransitGatewayRoutes reads a route table of a transit gateway.
	SearchTransitGatewayRoutes(context.Context, *ec2.SearchTransitGatewayRoutesInput, ...func(*ec2.Options)) (*ec2.SearchTransitGatewayRoutesOutput, error)
}

// AnalyzerAPI is the part of the EC2 API that runs the VPC Reachability
// Analyzer, in the SDK's own signatures; *ec2.Client satisfies it.
type AnalyzerAPI interface {
	// CreateNetworkInsightsPath says from where to where to look.
	CreateNetworkInsightsPath(context.Context, *ec2.CreateNetworkInsightsPathInput, ...func(*ec2.Options)) (*ec2.CreateNetworkInsightsPathOutput, error)
	// StartNetworkInsightsAnalysis begins to look. AWS charges for each.
	StartNetworkInsightsAnalysis(context.Context, *ec2.StartNetworkInsightsAnalysisInput, ...func(*ec2.Options)) (*ec2.StartNetworkInsightsAnalysisOutput, error)
	// DescribeNetworkInsightsAnalyses reads the result.
	DescribeNetworkInsightsAnalyses(context.Context, *ec2.DescribeNetworkInsightsAnalysesInput, ...func(*ec2.Options)) (*ec2.DescribeNetworkInsightsAnalysesOutput, error)
	// DeleteNetworkInsightsAnalysis deletes the analysis.
	DeleteNetworkInsightsAnalysis(context.Context, *ec2.DeleteNetworkInsightsAnalysisInput, ...func(*ec2.Options)) (*ec2.DeleteNetworkInsightsAnalysisOutput, error)
	// DeleteNetworkInsightsPath deletes the path, which has to have no analysis.
	DeleteNetworkInsightsPath(context.Context, *ec2.DeleteNetworkInsightsPathInput, ...func(*ec2.Options)) (*ec2.DeleteNetworkInsightsPathOutput, error)
}

// Actions returns the IAM actions that reading may need, sorted. All of them
// only read. The slice is the caller's.
func Actions() []string {
	return []string{
		"ec2:DescribeNetworkAcls",
		"ec2:DescribeNetworkInterfaces",
		"ec2:DescribeRouteTables",
		"ec2:DescribeSecurityGroups",
		"ec2:DescribeSubnets",
		"ec2:DescribeTransitGatewayAttachments",
		"ec2:DescribeTransitGatewayVpcAttachments",
		"ec2:DescribeVpcPeeringConnections",
		"ec2:GetManagedPrefixListEntries",
		"ec2:SearchTransitGatewayRoutes",
	}
}

// AnalyzerActions returns the EC2 actions that Options.Analyzer calls besides,
// sorted. The service itself wants more of whoever asks it: the tiros: actions
// CreateQuery, GetQueryAnswer and GetQueryExplanation, and to describe what lies
// on the path (documented in the guide of the Reachability Analyzer). The slice
// is the caller's.
func AnalyzerActions() []string {
	return []string{
		"ec2:CreateNetworkInsightsPath",
		"ec2:DeleteNetworkInsightsAnalysis",
		"ec2:DeleteNetworkInsightsPath",
		"ec2:DescribeNetworkInsightsAnalyses",
		"ec2:StartNetworkInsightsAnalysis",
	}
}
