package wire

// CacheSubnetGroup is a named set of subnets.
type CacheSubnetGroup struct {
	CacheSubnetGroupName        string
	CacheSubnetGroupDescription string
	VpcID                       string   `xml:"VpcId"`
	Subnets                     []Subnet `xml:"Subnets>Subnet"`
	ARN                         string
	SupportedNetworkTypes       []string `xml:"SupportedNetworkTypes>member"`
}

// Subnet is one subnet of a group.
type Subnet struct {
	SubnetIdentifier      string
	AvailabilityZone      string   `xml:"SubnetAvailabilityZone>Name"`
	SupportedNetworkTypes []string `xml:"SupportedNetworkTypes>member"`
}

// DescribeCacheSubnetGroupsResult answers the operation of that name.
type DescribeCacheSubnetGroupsResult struct {
	Marker            string             `xml:",omitempty"`
	CacheSubnetGroups []CacheSubnetGroup `xml:"CacheSubnetGroups>CacheSubnetGroup"`
}

// Parameter is one engine parameter.
type Parameter struct {
	ParameterName        string
	ParameterValue       string
	Description          string
	Source               string
	DataType             string
	AllowedValues        string
	IsModifiable         bool
	MinimumEngineVersion string
	ChangeType           string
}

// NodeTypeParameter is a parameter whose value depends on the node type.
type NodeTypeParameter struct {
	ParameterName        string
	Description          string
	Source               string
	DataType             string
	AllowedValues        string
	IsModifiable         bool
	MinimumEngineVersion string
	ChangeType           string
	Values               []NodeTypeValue `xml:"CacheNodeTypeSpecificValues>CacheNodeTypeSpecificValue"`
}

// NodeTypeValue is the value for one node type.
type NodeTypeValue struct {
	CacheNodeType string
	Value         string
}

// DescribeCacheParametersResult answers the operation of that name.
type DescribeCacheParametersResult struct {
	Marker             string              `xml:",omitempty"`
	Parameters         []Parameter         `xml:"Parameters>Parameter"`
	NodeTypeParameters []NodeTypeParameter `xml:"CacheNodeTypeSpecificParameters>CacheNodeTypeSpecificParameter"`
}

// Event is one entry of the event log.
type Event struct {
	SourceIdentifier string
	SourceType       string
	Message          string
	Date             Time
}

// DescribeEventsResult answers the operation of that name.
type DescribeEventsResult struct {
	Marker string  `xml:",omitempty"`
	Events []Event `xml:"Events>Event"`
}
