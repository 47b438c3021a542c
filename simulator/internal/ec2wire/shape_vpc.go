package ec2wire

// DescribeVpcsResponse answers DescribeVpcs.
type DescribeVpcsResponse struct {
	Meta
	// Vpcs are one page.
	Vpcs Set[Vpc] `xml:"vpcSet"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// Vpc is a VPC.
type Vpc struct {
	// VpcID is its id.
	VpcID string `xml:"vpcId"`
	// OwnerID is its account.
	OwnerID string `xml:"ownerId"`
	// State is "available".
	State string `xml:"state"`
	// CidrBlock is its first range.
	CidrBlock string `xml:"cidrBlock"`
	// CidrBlocks are all its ranges.
	CidrBlocks Set[VpcCidrBlock] `xml:"cidrBlockAssociationSet"`
	// DhcpOptionsID names its DHCP options.
	DhcpOptionsID string `xml:"dhcpOptionsId"`
	// InstanceTenancy is "default".
	InstanceTenancy string `xml:"instanceTenancy"`
	// IsDefault is false for VPCs that somebody made.
	IsDefault bool `xml:"isDefault"`
}

// VpcCidrBlock is a range of a VPC.
type VpcCidrBlock struct {
	// AssociationID is its id.
	AssociationID string `xml:"associationId"`
	// CidrBlock is the range.
	CidrBlock string `xml:"cidrBlock"`
	// State is "associated".
	State string `xml:"cidrBlockState>state"`
}

// DescribeSubnetsResponse answers DescribeSubnets.
type DescribeSubnetsResponse struct {
	Meta
	// Subnets are one page.
	Subnets Set[Subnet] `xml:"subnetSet"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// Subnet is a subnet.
type Subnet struct {
	// SubnetID is its id.
	SubnetID string `xml:"subnetId"`
	// SubnetArn is its ARN.
	SubnetArn string `xml:"subnetArn"`
	// State is "available".
	State string `xml:"state"`
	// OwnerID is its account.
	OwnerID string `xml:"ownerId"`
	// VpcID is its VPC.
	VpcID string `xml:"vpcId"`
	// CidrBlock is its range.
	CidrBlock string `xml:"cidrBlock"`
	// AvailableIPAddressCount is how many addresses are free.
	AvailableIPAddressCount int `xml:"availableIpAddressCount"`
	// AvailabilityZone is its zone.
	AvailabilityZone string `xml:"availabilityZone"`
	// DefaultForAz is false for subnets that somebody made.
	DefaultForAz bool `xml:"defaultForAz"`
	// MapPublicIPOnLaunch is false.
	MapPublicIPOnLaunch bool `xml:"mapPublicIpOnLaunch"`
}

// DescribeNetworkInterfacesResponse answers DescribeNetworkInterfaces.
type DescribeNetworkInterfacesResponse struct {
	Meta
	// Interfaces are one page.
	Interfaces Set[NetworkInterface] `xml:"networkInterfaceSet"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// NetworkInterface is an elastic network interface.
type NetworkInterface struct {
	// NetworkInterfaceID is its id.
	NetworkInterfaceID string `xml:"networkInterfaceId"`
	// SubnetID is its subnet.
	SubnetID string `xml:"subnetId"`
	// VpcID is its VPC.
	VpcID string `xml:"vpcId"`
	// AvailabilityZone is its zone.
	AvailabilityZone string `xml:"availabilityZone"`
	// Description is free text.
	Description string `xml:"description"`
	// OwnerID is its account.
	OwnerID string `xml:"ownerId"`
	// RequesterID is the service that made it, if one did.
	RequesterID string `xml:"requesterId,omitempty"`
	// RequesterManaged tells that a service made it.
	RequesterManaged bool `xml:"requesterManaged"`
	// Status is "in-use" or "available".
	Status string `xml:"status"`
	// InterfaceType is "interface" or another word.
	InterfaceType string `xml:"interfaceType"`
	// PrivateIPAddress is its first address.
	PrivateIPAddress string `xml:"privateIpAddress"`
	// SourceDestCheck is true.
	SourceDestCheck bool `xml:"sourceDestCheck"`
	// Groups are its security groups.
	Groups Set[GroupIdentifier] `xml:"groupSet"`
	// Attachment is nil for an interface that is not in use.
	Attachment *NetworkInterfaceAttachment `xml:"attachment"`
	// PrivateIPAddresses are all its addresses.
	PrivateIPAddresses Set[PrivateIPAddress] `xml:"privateIpAddressesSet"`
}

// GroupIdentifier names a security group.
type GroupIdentifier struct {
	// GroupID is its id.
	GroupID string `xml:"groupId"`
	// GroupName is its name.
	GroupName string `xml:"groupName"`
}

// NetworkInterfaceAttachment is what an interface is attached to.
type NetworkInterfaceAttachment struct {
	// AttachmentID is its id.
	AttachmentID string `xml:"attachmentId"`
	// InstanceID is the instance; empty if a service holds the interface.
	InstanceID string `xml:"instanceId,omitempty"`
	// InstanceOwnerID is the account or service that holds it.
	InstanceOwnerID string `xml:"instanceOwnerId"`
	// Status is "attached".
	Status string `xml:"status"`
}

// PrivateIPAddress is an address of an interface.
type PrivateIPAddress struct {
	// Address is the address.
	Address string `xml:"privateIpAddress"`
	// Primary tells the first one.
	Primary bool `xml:"primary"`
}

// DescribeVpcPeeringConnectionsResponse answers DescribeVpcPeeringConnections.
type DescribeVpcPeeringConnectionsResponse struct {
	Meta
	// Peerings are one page.
	Peerings Set[VpcPeeringConnection] `xml:"vpcPeeringConnectionSet"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// VpcPeeringConnection is a peering connection.
type VpcPeeringConnection struct {
	// ID is its id.
	ID string `xml:"vpcPeeringConnectionId"`
	// Requester is the side that asked for it.
	Requester VpcPeeringSide `xml:"requesterVpcInfo"`
	// Accepter is the other side.
	Accepter VpcPeeringSide `xml:"accepterVpcInfo"`
	// StatusCode is "active" or another word.
	StatusCode string `xml:"status>code"`
	// StatusMessage says the same to a person.
	StatusMessage string `xml:"status>message"`
}

// VpcPeeringSide is one VPC of a peering connection.
type VpcPeeringSide struct {
	// OwnerID is its account.
	OwnerID string `xml:"ownerId"`
	// VpcID is its id.
	VpcID string `xml:"vpcId"`
	// Region is its region.
	Region string `xml:"region"`
	// CidrBlock is its first range, empty if it is not told.
	CidrBlock string `xml:"cidrBlock,omitempty"`
	// CidrBlocks are all its ranges, nil if they are not told.
	CidrBlocks *Set[CidrBlock] `xml:"cidrBlockSet"`
}

// CidrBlock is one range.
type CidrBlock struct {
	// CidrBlock is the range.
	CidrBlock string `xml:"cidrBlock"`
}
