package preflight

// vpcGuide is where AWS documents VPCs.
const vpcGuide = "https://docs.aws.amazon.com/vpc/latest/"

// networkChecks are about the way from the target's nodes to the source. AWS
// itself finds a closed way within minutes and without harm, and much of a
// network cannot be seen: not knowing is a warning.
func networkChecks() []Check {
	checks := []Check{
		{
			ID: "network.address", Title: "The source's network interface is known",
			Detail: "Looks for the elastic network interface that has the source's private address (documented: DescribeNetworkInterfaces), since all else depends on where it is. An address may exist " +
				"in several VPCs, or be on none that is seen: in another account, on premises. If it is on the interface of a load balancer, an endpoint or another service of AWS, what is behind that is unknown.",
			DocURL: guide + "Migration-Prepare.html", Judge: judgeSourceInterface,
		},
		{
			ID: "network.vpc", Title: "Both ends are in one VPC or in connected VPCs",
			Detail: "Compares the VPCs of both ends and looks for a peering connection or a common transit gateway between them, in whatever state. " +
				"The guide recommends one VPC and allows peering (documented); ranges that overlap cannot be peered (documented).",
			DocURL: guide + "elasticache-vpc-accessing.html", Judge: onNetwork("one VPC, or two that are connected and do not overlap", judgeVPC),
		},
		{
			ID: "network.route", Title: "Routes lead from every target subnet to the source and back",
			Detail: "Follows the routes of every candidate subnet to the source and back: the subnet's own table or the main one, the longest prefix even if it is a blackhole, " +
				"peering and transit gateways (documented). What lies behind a VPN, Direct Connect or an appliance is unknown.",
			DocURL: vpcGuide + "userguide/route-tables-priority.html",
			Judge:  onNetwork("an active route from every candidate subnet to the source, and back", judgeRoutes),
		},
		{
			ID: "network.security-group", Title: "Security groups let the target's nodes connect to the source",
			Detail: "Looks at the ingress rules of the source's groups and the egress rules of the target's, which the migration guide does not mention. Groups that a rule names count " +
				"within a VPC and over an active peering connection in one region (documented); through a transit gateway they do not if an attachment disables that, and else it is unknown.",
			DocURL: vpcGuide + "userguide/vpc-security-groups.html",
			Judge:  onNetwork("ingress of the source and egress of the target allow tcp from every node's address to the source", func(e *ends) verdict { return e.over(way.groupLegs) }),
		},
		{
			ID: "network.acl", Title: "Network ACLs let connections and replies pass",
			Detail: "Looks at the network ACLs of both subnets in both directions, and at those of a transit gateway's subnets between them: they do not remember connections, so replies need " +
				"the ephemeral ports 1024-65535 (documented). The migration guide does not mention them.",
			DocURL: vpcGuide + "userguide/vpc-network-acls.html",
			Judge:  onNetwork("connections to the source's port and replies to ports 1024-65535 allowed at the border of both subnets", func(e *ends) verdict { return e.over(way.aclLegs) }),
		},
		{
			ID: "network.analyzer", Title: "The VPC Reachability Analyzer finds a path",
			Detail: "Gives the answer of the VPC Reachability Analyzer, if it was asked for, and what it left at AWS. It works on the configuration and sends no packets (documented); an analysis that failed says nothing.",
			DocURL: vpcGuide + "reachability/what-is-reachability-analyzer.html",
			Applies: func(f Facts) bool {
				return f.Network != nil && (f.Network.Analyses != nil || f.absent("network.analyses") != "")
			},
			Judge: judgeAnalyses,
		},
	}
	for i := range checks {
		checks[i].Severity, checks[i].UnknownSeverity = Blocking, Warning
	}
	return checks
}

// judgeRoutes says nothing of its own where there is nothing to route over.
func judgeRoutes(e *ends) verdict {
	if judgeVPC(e).outcome == Fail {
		return unknown("the VPCs are not connected as they must be", "see network.vpc")
	}
	return e.over(way.routeLegs)
}
