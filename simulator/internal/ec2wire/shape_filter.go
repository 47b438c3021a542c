package ec2wire

// DescribeSecurityGroupsResponse answers DescribeSecurityGroups.
type DescribeSecurityGroupsResponse struct {
	Meta
	// Groups are one page.
	Groups Set[SecurityGroup] `xml:"securityGroupInfo"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// SecurityGroup is a security group.
type SecurityGroup struct {
	// GroupID is its id.
	GroupID string `xml:"groupId"`
	// GroupName is its name.
	GroupName string `xml:"groupName"`
	// GroupDescription is free text.
	GroupDescription string `xml:"groupDescription"`
	// OwnerID is its account.
	OwnerID string `xml:"ownerId"`
	// VpcID is its VPC.
	VpcID string `xml:"vpcId"`
	// Ingress are the rules for traffic in.
	Ingress Set[IPPermission] `xml:"ipPermissions"`
	// Egress are the rules for traffic out.
	Egress Set[IPPermission] `xml:"ipPermissionsEgress"`
}

// IPPermission is what a security group allows with some peers.
type IPPermission struct {
	// IPProtocol is "-1", "tcp" or another name or number.
	IPProtocol string `xml:"ipProtocol"`
	// FromPort is nil for all protocols.
	FromPort *int `xml:"fromPort"`
	// ToPort is nil for all protocols.
	ToPort *int `xml:"toPort"`
	// Groups are peers by the security groups that they carry.
	Groups Set[UserIDGroupPair] `xml:"groups"`
	// IPRanges are peers by IPv4 address.
	IPRanges Set[IPRange] `xml:"ipRanges"`
	// Ipv6Ranges are peers by IPv6 address.
	Ipv6Ranges Set[Ipv6Range] `xml:"ipv6Ranges"`
	// PrefixListIDs are peers by prefix lists.
	PrefixListIDs Set[PrefixListID] `xml:"prefixListIds"`
}

// UserIDGroupPair is a security group that a rule names.
type UserIDGroupPair struct {
	// UserID is its account.
	UserID string `xml:"userId,omitempty"`
	// GroupID is its id.
	GroupID string `xml:"groupId"`
	// VpcID is its VPC, if that is another one.
	VpcID string `xml:"vpcId,omitempty"`
	// VpcPeeringConnectionID is how that is reached.
	VpcPeeringConnectionID string `xml:"vpcPeeringConnectionId,omitempty"`
	// PeeringStatus is the state of that.
	PeeringStatus string `xml:"peeringStatus,omitempty"`
}

// IPRange is an IPv4 range.
type IPRange struct {
	// CidrIP is the range.
	CidrIP string `xml:"cidrIp"`
}

// Ipv6Range is an IPv6 range.
type Ipv6Range struct {
	// CidrIpv6 is the range.
	CidrIpv6 string `xml:"cidrIpv6"`
}

// PrefixListID names a prefix list.
type PrefixListID struct {
	// PrefixListID is its id.
	PrefixListID string `xml:"prefixListId"`
}

// DescribeSecurityGroupRulesResponse answers DescribeSecurityGroupRules.
type DescribeSecurityGroupRulesResponse struct {
	Meta
	// Rules are one page.
	Rules Set[SecurityGroupRule] `xml:"securityGroupRuleSet"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// SecurityGroupRule is what a security group allows with one peer.
type SecurityGroupRule struct {
	// ID is its id.
	ID string `xml:"securityGroupRuleId"`
	// GroupID is its group.
	GroupID string `xml:"groupId"`
	// GroupOwnerID is the account of its group.
	GroupOwnerID string `xml:"groupOwnerId"`
	// IsEgress tells a rule for traffic out.
	IsEgress bool `xml:"isEgress"`
	// IPProtocol is "-1", "tcp" or another name or number.
	IPProtocol string `xml:"ipProtocol"`
	// FromPort is -1 for all protocols.
	FromPort int `xml:"fromPort"`
	// ToPort is -1 for all protocols.
	ToPort int `xml:"toPort"`
	// CidrIpv4 is the peer, if it is an IPv4 range.
	CidrIpv4 string `xml:"cidrIpv4,omitempty"`
	// CidrIpv6 is the peer, if it is an IPv6 range.
	CidrIpv6 string `xml:"cidrIpv6,omitempty"`
	// PrefixListID is the peer, if it is a prefix list.
	PrefixListID string `xml:"prefixListId,omitempty"`
	// ReferencedGroup is the peer, if it is a security group.
	ReferencedGroup *UserIDGroupPair `xml:"referencedGroupInfo"`
}

// DescribeNetworkAclsResponse answers DescribeNetworkAcls.
type DescribeNetworkAclsResponse struct {
	Meta
	// Acls are one page.
	Acls Set[NetworkACL] `xml:"networkAclSet"`
	// NextToken is empty on the last page.
	NextToken string `xml:"nextToken,omitempty"`
}

// NetworkACL is a network ACL.
type NetworkACL struct {
	// NetworkACLID is its id.
	NetworkACLID string `xml:"networkAclId"`
	// VpcID is its VPC.
	VpcID string `xml:"vpcId"`
	// Default tells the VPC's default one.
	Default bool `xml:"default"`
	// OwnerID is its account.
	OwnerID string `xml:"ownerId"`
	// Entries are its rules.
	Entries Set[NetworkACLEntry] `xml:"entrySet"`
	// Associations are its subnets.
	Associations Set[NetworkACLAssociation] `xml:"associationSet"`
}

// NetworkACLEntry is a rule of a network ACL.
type NetworkACLEntry struct {
	// RuleNumber is its place in the order.
	RuleNumber int `xml:"ruleNumber"`
	// Protocol is "-1" or a number.
	Protocol string `xml:"protocol"`
	// RuleAction is "allow" or "deny".
	RuleAction string `xml:"ruleAction"`
	// Egress tells a rule for traffic out.
	Egress bool `xml:"egress"`
	// CidrBlock is the other side, if it is an IPv4 range.
	CidrBlock string `xml:"cidrBlock,omitempty"`
	// Ipv6CidrBlock is the other side, if it is an IPv6 range.
	Ipv6CidrBlock string `xml:"ipv6CidrBlock,omitempty"`
	// PortRange is nil for all protocols.
	PortRange *PortRange `xml:"portRange"`
}

// PortRange is a range of ports.
type PortRange struct {
	// From is the first one.
	From int `xml:"from"`
	// To is the last one.
	To int `xml:"to"`
}

// NetworkACLAssociation is a subnet of a network ACL.
type NetworkACLAssociation struct {
	// ID is its id.
	ID string `xml:"networkAclAssociationId"`
	// NetworkACLID is the ACL.
	NetworkACLID string `xml:"networkAclId"`
	// SubnetID is the subnet.
	SubnetID string `xml:"subnetId"`
}
