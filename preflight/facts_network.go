package preflight

// Network is the EC2 side of both ends. A list that could not be read is nil
// and has a [Gap] with its JSON name, e.g. "network.route_tables"; one that was
// read and found empty is not nil.
type Network struct {
	// SourceInterfaces are the network interfaces that have an address of the
	// source. None: it is in another account, on premises, or behind an overlay
	// network. Several: the address exists in several VPCs. One whose Type is not
	// that of a server's: it is behind a load balancer, an endpoint or the like.
	SourceInterfaces []Interface `json:"source_interfaces"`
	// Subnets are those of the target's subnet group and of SourceInterfaces.
	Subnets []Subnet `json:"subnets"`
	// RouteTables are those of the VPCs of both ends.
	RouteTables []RouteTable `json:"route_tables"`
	// SecurityGroups are those of the target and of SourceInterfaces.
	SecurityGroups []SecurityGroup `json:"security_groups"`
	// ACLs are the network ACLs of Subnets and of the subnets of Attachments.
	ACLs []NetworkACL `json:"acls"`
	// Peerings are the peering connections between the VPCs of both ends and
	// those that routes name.
	Peerings []Peering `json:"peerings"`
	// PrefixLists are those that routes and security groups name.
	PrefixLists []PrefixList `json:"prefix_lists"`
	// Attachments are the VPCs of both ends at the transit gateways that
	// routes name.
	Attachments []Attachment `json:"attachments"`
	// TransitRoutes are the routes of the transit gateways' route tables that
	// decide for the addresses of both ends.
	TransitRoutes []TransitRoute `json:"transit_routes"`
	// Analyses are results of the VPC Reachability Analyzer; nil unless they
	// were asked for. Beside results, a [Gap] "network.analyses" says what was left
	// at AWS, and how to delete it; without any, why there are none.
	Analyses []Analysis `json:"analyses"`
}

// Interface is an elastic network interface.
type Interface struct {
	// ID is, e.g., "eni-0a1b2c3d".
	ID string `json:"id"`
	// VPC is the id of its VPC.
	VPC string `json:"vpc"`
	// Subnet is the id of its subnet.
	Subnet string `json:"subnet"`
	// IPs are its private addresses.
	IPs []string `json:"ips"`
	// SecurityGroups are the ids of the groups on it.
	SecurityGroups []string `json:"security_groups,omitempty"`
	// Instance is the EC2 instance that it is attached to; empty for none.
	Instance string `json:"instance,omitempty"`
	// Status is "in-use", "available" or another word of the API.
	Status string `json:"status,omitempty"`
	// Type is "interface" for one of an instance, or what else stands behind it:
	// "network_load_balancer", "vpc_endpoint", "nat_gateway" or another word of the
	// API. Empty counts as "interface".
	Type string `json:"type,omitempty"`
	// RequesterManaged tells that a service of AWS manages it, as those of
	// older endpoints and some load balancers, whose Type is "interface".
	RequesterManaged bool `json:"requester_managed,omitempty"`
}

// Subnet is a subnet of a VPC.
type Subnet struct {
	// ID is the subnet id.
	ID string `json:"id"`
	// VPC is the id of its VPC.
	VPC string `json:"vpc"`
	// CIDRs are its address ranges, the IPv4 range first.
	CIDRs []string `json:"cidrs"`
	// AvailabilityZone is its zone.
	AvailabilityZone string `json:"availability_zone,omitempty"`
}

// RouteTable is a route table of a VPC.
type RouteTable struct {
	// ID is the route table id.
	ID string `json:"id"`
	// VPC is the id of its VPC.
	VPC string `json:"vpc"`
	// Main tells that it serves the subnets that have no table of their own.
	Main bool `json:"main,omitempty"`
	// Subnets are the ids of the subnets that are associated explicitly.
	Subnets []string `json:"subnets,omitempty"`
	// Routes are its routes.
	Routes []Route `json:"routes"`
}

// Route is one route. It has a CIDR or a PrefixList.
type Route struct {
	// CIDR is the destination.
	CIDR string `json:"cidr,omitempty"`
	// PrefixList is the id of a list of destinations.
	PrefixList string `json:"prefix_list,omitempty"`
	// Via is "local" or the id of what the traffic goes to: "pcx-...",
	// "tgw-...", "vgw-...", "igw-...", "nat-...", "eni-...", "vpce-...".
	Via string `json:"via"`
	// State is "active", "blackhole" or another word of the API.
	State string `json:"state"`
}

// SecurityGroup is a VPC security group.
type SecurityGroup struct {
	// ID is the group id.
	ID string `json:"id"`
	// VPC is the id of its VPC.
	VPC string `json:"vpc"`
	// Ingress are the rules for traffic in.
	Ingress []Rule `json:"ingress"`
	// Egress are the rules for traffic out.
	Egress []Rule `json:"egress"`
}

// Rule allows traffic with any of its peers.
type Rule struct {
	// Protocol is "-1" for all, "tcp", "6" or another name or number.
	Protocol string `json:"protocol"`
	// FromPort and ToPort are the range of destination ports; of no meaning
	// when Protocol is "-1".
	FromPort int `json:"from_port"`
	// ToPort is the end of the range, included.
	ToPort int `json:"to_port"`
	// CIDRs are peers by address, IPv4 and IPv6.
	CIDRs []string `json:"cidrs,omitempty"`
	// PrefixLists are ids of lists of peers.
	PrefixLists []string `json:"prefix_lists,omitempty"`
	// Groups are peers by the security groups that they carry.
	Groups []GroupReference `json:"groups,omitempty"`
}

// GroupReference is a security group that a rule names.
type GroupReference struct {
	// ID is the group id.
	ID string `json:"id"`
	// VPC is the id of the group's VPC if the API told it.
	VPC string `json:"vpc,omitempty"`
	// Peering is the peering connection that the reference goes over, if any.
	Peering string `json:"peering,omitempty"`
	// PeeringStatus is its state, "active" or another word; a reference over a
	// connection that is not active is stale and admits nobody.
	PeeringStatus string `json:"peering_status,omitempty"`
}

// NetworkACL is a network ACL, which filters at the border of its subnets and
// does not remember connections.
type NetworkACL struct {
	// ID is the ACL's id.
	ID string `json:"id"`
	// VPC is the id of its VPC.
	VPC string `json:"vpc"`
	// Subnets are the ids of the subnets that it guards.
	Subnets []string `json:"subnets"`
	// Entries are its rules, in any order. The last rule, which denies the
	// rest, may be missing.
	Entries []ACLEntry `json:"entries"`
}

// ACLEntry is one rule of a network ACL. The lowest number that matches
// decides.
type ACLEntry struct {
	// Number is the rule number; 32767 is the last one, which denies the rest.
	Number int `json:"number"`
	// Egress tells that it is for traffic out of the subnet.
	Egress bool `json:"egress,omitempty"`
	// Allow tells that it lets traffic pass.
	Allow bool `json:"allow"`
	// Protocol is "-1" for all, "6" for TCP, or another number.
	Protocol string `json:"protocol"`
	// CIDR is the other side.
	CIDR string `json:"cidr"`
	// FromPort and ToPort are the range of destination ports; of no meaning
	// when Protocol is "-1".
	FromPort int `json:"from_port"`
	// ToPort is the end of the range, included.
	ToPort int `json:"to_port"`
}

// Peering is a VPC peering connection.
type Peering struct {
	// ID is, e.g., "pcx-0a1b2c3d".
	ID string `json:"id"`
	// Status is "active" or another word of the API.
	Status string `json:"status"`
	// Requester is one side.
	Requester PeeringSide `json:"requester"`
	// Accepter is the other.
	Accepter PeeringSide `json:"accepter"`
}

// PeeringSide is one VPC of a peering connection.
type PeeringSide struct {
	// VPC is the VPC id.
	VPC string `json:"vpc"`
	// Region is the VPC's region; empty if the API did not tell it.
	Region string `json:"region,omitempty"`
	// CIDRs are the VPC's address ranges.
	CIDRs []string `json:"cidrs,omitempty"`
}

// PrefixList is a list of address ranges.
type PrefixList struct {
	// ID is, e.g., "pl-0a1b2c3d".
	ID string `json:"id"`
	// CIDRs are its entries.
	CIDRs []string `json:"cidrs"`
}

// Attachment is a VPC at a transit gateway.
type Attachment struct {
	// ID is, e.g., "tgw-attach-0a1b2c3d".
	ID string `json:"id"`
	// Gateway is the transit gateway's id.
	Gateway string `json:"gateway"`
	// VPC is the VPC that is attached.
	VPC string `json:"vpc"`
	// State is "available" or another word of the API.
	State string `json:"state"`
	// Subnets are the subnets through which it is attached; their zones are
	// those that can send to the gateway. Nil if that could not be read.
	Subnets []Subnet `json:"subnets"`
	// RouteTable is the gateway's route table that decides for traffic from
	// this VPC; empty if there is none.
	RouteTable string `json:"route_table,omitempty"`
	// GroupReferences is whether security groups of other VPCs at the gateway can
	// be named by rules: "enable", "disable", or empty if it was not told. It is
	// this attachment's setting; the other one's and the gateway's count too
	// (documented).
	GroupReferences string `json:"group_references,omitempty"`
}

// TransitRoute is the route of a transit gateway's route table that was found
// for an address.
type TransitRoute struct {
	// RouteTable is the id of the table.
	RouteTable string `json:"route_table"`
	// Address is what was looked for: an IP address or a CIDR.
	Address string `json:"address"`
	// CIDR is the destination of the route; empty if there is none.
	CIDR string `json:"cidr,omitempty"`
	// State is "active" or "blackhole".
	State string `json:"state,omitempty"`
	// Attachments are the ids of the attachments that it leads to.
	Attachments []string `json:"attachments,omitempty"`
}

// Analysis is one result of the VPC Reachability Analyzer, a model of the
// configuration that sends no packets (documented).
type Analysis struct {
	// From is the interface of a node of the target.
	From string `json:"from"`
	// To is the interface of the source.
	To string `json:"to"`
	// ID is the analysis' id; empty if it could not be started.
	ID string `json:"id,omitempty"`
	// Status is "succeeded", "failed" or "running"; only the first is an answer.
	Status string `json:"status"`
	// PathFound tells whether the source can be reached. Only if Status is
	// "succeeded".
	PathFound bool `json:"path_found"`
	// Explanations are the service's codes for what is in the way, with what
	// they are about, e.g. "ENI_SG_RULES_MISMATCH sg-0a1b2c3d".
	Explanations []string `json:"explanations,omitempty"`
	// Err is why there is no answer.
	Err string `json:"err,omitempty"`
}
