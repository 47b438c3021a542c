package ec2wire

// DescribeTransitGatewayVpcAttachmentsResponse answers
// DescribeTransitGatewayVpcAttachments.
type DescribeTransitGatewayVpcAttachmentsResponse struct {
	Meta
	// Attachments are one page.
	Attachments Set[TransitGatewayVpcAttachment] `xml:"transitGatewayVpcAttachments"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// TransitGatewayVpcAttachment is a VPC at a transit gateway.
type TransitGatewayVpcAttachment struct {
	// ID is its id.
	ID string `xml:"transitGatewayAttachmentId"`
	// TransitGatewayID is the gateway.
	TransitGatewayID string `xml:"transitGatewayId"`
	// VpcID is the VPC.
	VpcID string `xml:"vpcId"`
	// VpcOwnerID is the VPC's account.
	VpcOwnerID string `xml:"vpcOwnerId"`
	// State is "available" or another word.
	State string `xml:"state"`
	// SubnetIDs are the subnets through which it is attached.
	SubnetIDs Set[string] `xml:"subnetIds"`
	// SecurityGroupReferencing is "enable" or "disable".
	SecurityGroupReferencing string `xml:"options>securityGroupReferencingSupport"`
}

// DescribeTransitGatewayAttachmentsResponse answers
// DescribeTransitGatewayAttachments.
type DescribeTransitGatewayAttachmentsResponse struct {
	Meta
	// Attachments are one page.
	Attachments Set[TransitGatewayAttachment] `xml:"transitGatewayAttachments"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// TransitGatewayAttachment is anything at a transit gateway.
type TransitGatewayAttachment struct {
	// ID is its id.
	ID string `xml:"transitGatewayAttachmentId"`
	// TransitGatewayID is the gateway.
	TransitGatewayID string `xml:"transitGatewayId"`
	// TransitGatewayOwnerID is the gateway's account.
	TransitGatewayOwnerID string `xml:"transitGatewayOwnerId"`
	// ResourceType is "vpc", "vpn" or another word.
	ResourceType string `xml:"resourceType"`
	// ResourceID is what is attached.
	ResourceID string `xml:"resourceId"`
	// ResourceOwnerID is its account.
	ResourceOwnerID string `xml:"resourceOwnerId"`
	// State is "available" or another word.
	State string `xml:"state"`
	// Association is the route table that decides for its traffic; nil for none.
	Association *TransitGatewayAssociation `xml:"association"`
}

// TransitGatewayAssociation is the route table of an attachment.
type TransitGatewayAssociation struct {
	// RouteTableID is the table.
	RouteTableID string `xml:"transitGatewayRouteTableId"`
	// State is "associated".
	State string `xml:"state"`
}

// SearchTransitGatewayRoutesResponse answers SearchTransitGatewayRoutes.
type SearchTransitGatewayRoutesResponse struct {
	Meta
	// Routes are one page.
	Routes Set[TransitGatewayRoute] `xml:"routeSet"`
	// AdditionalRoutesAvailable tells that there are more than were asked for.
	AdditionalRoutesAvailable bool `xml:"additionalRoutesAvailable"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// TransitGatewayRoute is a route of a transit gateway's route table.
type TransitGatewayRoute struct {
	// DestinationCidrBlock is where it leads.
	DestinationCidrBlock string `xml:"destinationCidrBlock"`
	// Type is "static" or "propagated".
	Type string `xml:"type"`
	// State is "active" or "blackhole".
	State string `xml:"state"`
	// Attachments are what it leads to.
	Attachments Set[TransitGatewayRouteAttachment] `xml:"transitGatewayAttachments"`
}

// TransitGatewayRouteAttachment is what a route leads to.
type TransitGatewayRouteAttachment struct {
	// ID is the attachment's id.
	ID string `xml:"transitGatewayAttachmentId"`
	// ResourceID is what is attached.
	ResourceID string `xml:"resourceId"`
	// ResourceType is "vpc", "vpn" or another word.
	ResourceType string `xml:"resourceType"`
}
