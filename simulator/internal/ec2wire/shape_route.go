package ec2wire

// DescribeRouteTablesResponse answers DescribeRouteTables.
type DescribeRouteTablesResponse struct {
	Meta
	// RouteTables are one page.
	RouteTables Set[RouteTable] `xml:"routeTableSet"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// RouteTable is a route table.
type RouteTable struct {
	// RouteTableID is its id.
	RouteTableID string `xml:"routeTableId"`
	// VpcID is its VPC.
	VpcID string `xml:"vpcId"`
	// OwnerID is its account.
	OwnerID string `xml:"ownerId"`
	// Routes are its routes.
	Routes Set[Route] `xml:"routeSet"`
	// Associations are its subnets, and that it is the main one.
	Associations Set[RouteTableAssociation] `xml:"associationSet"`
}

// Route is a route. One of its destinations and one of its targets are set.
type Route struct {
	// DestinationCidrBlock is an IPv4 range.
	DestinationCidrBlock string `xml:"destinationCidrBlock,omitempty"`
	// DestinationIpv6CidrBlock is an IPv6 range.
	DestinationIpv6CidrBlock string `xml:"destinationIpv6CidrBlock,omitempty"`
	// DestinationPrefixListID is a prefix list.
	DestinationPrefixListID string `xml:"destinationPrefixListId,omitempty"`
	// GatewayID is "local", or a gateway or endpoint.
	GatewayID string `xml:"gatewayId,omitempty"`
	// InstanceID is an instance.
	InstanceID string `xml:"instanceId,omitempty"`
	// NatGatewayID is a NAT gateway.
	NatGatewayID string `xml:"natGatewayId,omitempty"`
	// NetworkInterfaceID is an interface.
	NetworkInterfaceID string `xml:"networkInterfaceId,omitempty"`
	// TransitGatewayID is a transit gateway.
	TransitGatewayID string `xml:"transitGatewayId,omitempty"`
	// VpcPeeringConnectionID is a peering connection.
	VpcPeeringConnectionID string `xml:"vpcPeeringConnectionId,omitempty"`
	// EgressOnlyInternetGatewayID is a gateway for IPv6.
	EgressOnlyInternetGatewayID string `xml:"egressOnlyInternetGatewayId,omitempty"`
	// State is "active" or "blackhole".
	State string `xml:"state"`
	// Origin is "CreateRouteTable" or "CreateRoute".
	Origin string `xml:"origin"`
}

// RouteTableAssociation is a subnet of a route table, or that it is the main one.
type RouteTableAssociation struct {
	// ID is its id.
	ID string `xml:"routeTableAssociationId"`
	// RouteTableID is the table.
	RouteTableID string `xml:"routeTableId"`
	// SubnetID is the subnet, empty for the main table's own association.
	SubnetID string `xml:"subnetId,omitempty"`
	// Main tells the main table's own association.
	Main bool `xml:"main"`
	// State is "associated".
	State string `xml:"associationState>state"`
}

// DescribeManagedPrefixListsResponse answers DescribeManagedPrefixLists.
type DescribeManagedPrefixListsResponse struct {
	Meta
	// PrefixLists are one page.
	PrefixLists Set[ManagedPrefixList] `xml:"prefixListSet"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// ManagedPrefixList is a prefix list without its entries.
type ManagedPrefixList struct {
	// PrefixListID is its id.
	PrefixListID string `xml:"prefixListId"`
	// PrefixListName is its name.
	PrefixListName string `xml:"prefixListName"`
	// PrefixListArn is its ARN.
	PrefixListArn string `xml:"prefixListArn"`
	// AddressFamily is "IPv4" or "IPv6".
	AddressFamily string `xml:"addressFamily"`
	// State is "create-complete".
	State string `xml:"state"`
	// MaxEntries is its size.
	MaxEntries int `xml:"maxEntries"`
	// Version is 1.
	Version int `xml:"version"`
	// OwnerID is its account.
	OwnerID string `xml:"ownerId"`
}

// GetManagedPrefixListEntriesResponse answers GetManagedPrefixListEntries.
type GetManagedPrefixListEntriesResponse struct {
	Meta
	// Entries are one page.
	Entries Set[PrefixListEntry] `xml:"entrySet"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// PrefixListEntry is a range of a prefix list.
type PrefixListEntry struct {
	// Cidr is the range.
	Cidr string `xml:"cidr"`
}
