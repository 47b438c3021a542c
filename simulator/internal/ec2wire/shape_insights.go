package ec2wire

// CreateNetworkInsightsPathResponse answers CreateNetworkInsightsPath.
type CreateNetworkInsightsPathResponse struct {
	Meta
	// Path is what was created.
	Path NetworkInsightsPath `xml:"networkInsightsPath"`
}

// NetworkInsightsPath is what the Reachability Analyzer is asked about.
type NetworkInsightsPath struct {
	// ID is its id.
	ID string `xml:"networkInsightsPathId"`
	// Arn is its ARN.
	Arn string `xml:"networkInsightsPathArn"`
	// CreatedDate is when it was created.
	CreatedDate Time `xml:"createdDate"`
	// Source is where traffic begins.
	Source string `xml:"source"`
	// SourceIP is the address there, if one was given.
	SourceIP string `xml:"sourceIp,omitempty"`
	// Destination is where it should end.
	Destination string `xml:"destination,omitempty"`
	// DestinationIP is the address there, if one was given.
	DestinationIP string `xml:"destinationIp,omitempty"`
	// DestinationPort is the port there, nil if none was given.
	DestinationPort *int `xml:"destinationPort"`
	// Protocol is "tcp" or "udp".
	Protocol string `xml:"protocol"`
}

// StartNetworkInsightsAnalysisResponse answers StartNetworkInsightsAnalysis.
type StartNetworkInsightsAnalysisResponse struct {
	Meta
	// Analysis is what was started.
	Analysis NetworkInsightsAnalysis `xml:"networkInsightsAnalysis"`
}

// DescribeNetworkInsightsAnalysesResponse answers
// DescribeNetworkInsightsAnalyses.
type DescribeNetworkInsightsAnalysesResponse struct {
	Meta
	// Analyses are one page.
	Analyses Set[NetworkInsightsAnalysis] `xml:"networkInsightsAnalysisSet"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// NetworkInsightsAnalysis is one answer of the Reachability Analyzer.
type NetworkInsightsAnalysis struct {
	// ID is its id.
	ID string `xml:"networkInsightsAnalysisId"`
	// Arn is its ARN.
	Arn string `xml:"networkInsightsAnalysisArn"`
	// PathID is what was asked about.
	PathID string `xml:"networkInsightsPathId"`
	// StartDate is when it was started.
	StartDate Time `xml:"startDate"`
	// Status is "running", "succeeded" or "failed".
	Status string `xml:"status"`
	// StatusMessage is for a person.
	StatusMessage string `xml:"statusMessage,omitempty"`
	// PathFound is nil without an answer.
	PathFound *bool `xml:"networkPathFound"`
	// Explanations say what is in the way; nil without an answer.
	Explanations *Set[Explanation] `xml:"explanationSet"`
}

// Explanation is something that is in the way.
type Explanation struct {
	// Code is for example "ENI_SG_RULES_MISMATCH".
	Code string `xml:"explanationCode"`
	// Direction is "ingress" or "egress".
	Direction string `xml:"direction,omitempty"`
	// Component is what it is about.
	Component *AnalysisComponent `xml:"component"`
}

// AnalysisComponent is a resource on a path.
type AnalysisComponent struct {
	// ID is its id.
	ID string `xml:"id"`
	// Arn is its ARN.
	Arn string `xml:"arn"`
}

// DeleteNetworkInsightsAnalysisResponse answers DeleteNetworkInsightsAnalysis.
type DeleteNetworkInsightsAnalysisResponse struct {
	Meta
	// ID is what was deleted.
	ID string `xml:"networkInsightsAnalysisId"`
}

// DeleteNetworkInsightsPathResponse answers DeleteNetworkInsightsPath.
type DeleteNetworkInsightsPathResponse struct {
	Meta
	// ID is what was deleted.
	ID string `xml:"networkInsightsPathId"`
}
