package simulator

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/simulator/internal/ec2wire"
)

func (e *EC2) describeSecurityGroups(q ec2wire.Request) (ec2wire.Result, error) {
	page, token, err := listing[*SecurityGroup]{
		ids: "GroupId", notFound: "InvalidGroup.NotFound", what: "security group", limits: usual(),
		by: ec2wire.Attributes[*SecurityGroup]{
			"group-id":                            one((*SecurityGroup).ID),
			"group-name":                          one((*SecurityGroup).ID),
			"description":                         one((*SecurityGroup).ID),
			"vpc-id":                              one(func(g *SecurityGroup) string { return g.vpc.id }),
			"owner-id":                            owned[*SecurityGroup],
			"ip-permission.group-id":              func(g *SecurityGroup) []string { return g.peers(ingress, "sg-") },
			"ip-permission.prefix-list-id":        func(g *SecurityGroup) []string { return g.peers(ingress, "pl-") },
			"egress.ip-permission.group-id":       func(g *SecurityGroup) []string { return g.peers(egress, "sg-") },
			"egress.ip-permission.prefix-list-id": func(g *SecurityGroup) []string { return g.peers(egress, "pl-") },
		},
	}.page(e, q, visible(e.groups, func(g *SecurityGroup) *VPC { return g.vpc }))
	if err != nil {
		return nil, err
	}
	shape := func(g *SecurityGroup) ec2wire.SecurityGroup {
		return ec2wire.SecurityGroup{
			GroupID: g.id, GroupName: g.id, GroupDescription: g.id, OwnerID: g.vpc.account, VpcID: g.vpc.id,
			Ingress: e.permissions(g, ingress), Egress: e.permissions(g, egress),
		}
	}
	return &ec2wire.DescribeSecurityGroupsResponse{Groups: ec2wire.SetOf(page, shape), NextToken: token}, nil
}

// peers returns the peers of a group's rules that begin with the prefix.
func (g *SecurityGroup) peers(way direction, prefix string) []string {
	var out []string
	for _, r := range g.rules {
		if r.way == way && strings.HasPrefix(r.peer, prefix) {
			out = append(out, r.peer)
		}
	}
	return out
}

// permissions returns a group's rules as DescribeSecurityGroups has them: those
// for the same traffic together.
func (e *EC2) permissions(g *SecurityGroup, way direction) ec2wire.Set[ec2wire.IPPermission] {
	var order []Traffic
	merged := map[Traffic]*ec2wire.IPPermission{}
	for _, r := range g.rules {
		if r.way != way {
			continue
		}
		p := merged[r.traffic]
		if p == nil {
			p = &ec2wire.IPPermission{IPProtocol: r.traffic.Protocol}
			if !r.traffic.all() {
				p.FromPort, p.ToPort = &r.traffic.From, &r.traffic.To
			}
			merged[r.traffic] = p
			order = append(order, r.traffic)
		}
		switch {
		case strings.HasPrefix(r.peer, "sg-"):
			p.Groups.Items = append(p.Groups.Items, e.reference(g, r.peer))
		case strings.HasPrefix(r.peer, "pl-"):
			p.PrefixListIDs.Items = append(p.PrefixListIDs.Items, ec2wire.PrefixListID{PrefixListID: r.peer})
		case is6(r.peer):
			p.Ipv6Ranges.Items = append(p.Ipv6Ranges.Items, ec2wire.Ipv6Range{CidrIpv6: r.peer})
		default:
			p.IPRanges.Items = append(p.IPRanges.Items, ec2wire.IPRange{CidrIP: r.peer})
		}
	}
	return ec2wire.SetOf(order, func(t Traffic) ec2wire.IPPermission { return *merged[t] })
}

// reference returns a group that a rule of g names. One in another VPC is shown
// with the peering connection between the two, if there is one.
func (e *EC2) reference(g *SecurityGroup, id string) ec2wire.UserIDGroupPair {
	peer := find(e.groups, id)
	out := ec2wire.UserIDGroupPair{GroupID: id, UserID: peer.vpc.account}
	if peer.vpc == g.vpc {
		return out
	}
	out.VpcID = peer.vpc.id
	for _, p := range e.peerings {
		// One that is active counts before those that were.
		if p.connects(g.vpc, peer.vpc) && out.PeeringStatus != peeringActive {
			out.VpcPeeringConnectionID, out.PeeringStatus = p.id, p.status
		}
	}
	return out
}

// shownRule is a rule together with its group.
type shownRule struct {
	group *SecurityGroup
	groupRule
}

// ID returns the id.
func (r shownRule) ID() string { return r.id }

func (e *EC2) describeSecurityGroupRules(q ec2wire.Request) (ec2wire.Result, error) {
	var all []shownRule
	for _, g := range visible(e.groups, func(g *SecurityGroup) *VPC { return g.vpc }) {
		for _, r := range g.rules {
			all = append(all, shownRule{g, r})
		}
	}
	page, token, err := listing[shownRule]{
		ids: "SecurityGroupRuleId", notFound: "InvalidSecurityGroupRuleId.NotFound", what: "security group rule ID", limits: usual(),
		by: ec2wire.Attributes[shownRule]{
			"group-id":               one(func(r shownRule) string { return r.group.id }),
			"security-group-rule-id": one(shownRule.ID),
		},
	}.page(e, q, all)
	if err != nil {
		return nil, err
	}
	return &ec2wire.DescribeSecurityGroupRulesResponse{Rules: ec2wire.SetOf(page, e.ruleShape), NextToken: token}, nil
}

func (e *EC2) ruleShape(r shownRule) ec2wire.SecurityGroupRule {
	out := ec2wire.SecurityGroupRule{
		ID: r.id, GroupID: r.group.id, GroupOwnerID: r.group.vpc.account, IsEgress: r.way == egress,
		IPProtocol: r.traffic.Protocol, FromPort: r.traffic.From, ToPort: r.traffic.To,
	}
	if r.traffic.all() {
		out.FromPort, out.ToPort = -1, -1
	}
	switch {
	case strings.HasPrefix(r.peer, "sg-"):
		reference := e.reference(r.group, r.peer)
		out.ReferencedGroup = &reference
	case strings.HasPrefix(r.peer, "pl-"):
		out.PrefixListID = r.peer
	case is6(r.peer):
		out.CidrIpv6 = r.peer
	default:
		out.CidrIpv4 = r.peer
	}
	return out
}

func (e *EC2) describeNetworkACLs(q ec2wire.Request) (ec2wire.Result, error) {
	subnets := func(a *NetworkACL) []string {
		var out []string
		for _, s := range e.subnets {
			if s.acl == a {
				out = append(out, s.id)
			}
		}
		return out
	}
	page, token, err := listing[*NetworkACL]{
		ids: "NetworkAclId", notFound: "InvalidNetworkAclID.NotFound", what: "networkAcl ID", limits: usual(),
		by: ec2wire.Attributes[*NetworkACL]{
			"network-acl-id":        one((*NetworkACL).ID),
			"vpc-id":                one(func(a *NetworkACL) string { return a.vpc.id }),
			"owner-id":              owned[*NetworkACL],
			"default":               one(func(a *NetworkACL) string { return map[bool]string{true: "true", false: "false"}[a.byDefault] }),
			"association.subnet-id": subnets,
			"association.network-acl-id": func(a *NetworkACL) []string {
				if len(subnets(a)) == 0 {
					return nil
				}
				return []string{a.id}
			},
		},
	}.page(e, q, visible(e.acls, func(a *NetworkACL) *VPC { return a.vpc }))
	if err != nil {
		return nil, err
	}
	shape := func(a *NetworkACL) ec2wire.NetworkACL {
		return ec2wire.NetworkACL{
			NetworkACLID: a.id, VpcID: a.vpc.id, Default: a.byDefault, OwnerID: a.vpc.account, Entries: a.entryShapes(),
			Associations: ec2wire.SetOf(subnets(a), func(id string) ec2wire.NetworkACLAssociation {
				return ec2wire.NetworkACLAssociation{ID: "aclassoc-" + suffix(id), NetworkACLID: a.id, SubnetID: id}
			}),
		}
	}
	return &ec2wire.DescribeNetworkAclsResponse{Acls: ec2wire.SetOf(page, shape), NextToken: token}, nil
}

// entryShapes returns the rules in the order in which they are tried, each way
// with the last one, which cannot be changed (documented).
func (a *NetworkACL) entryShapes() ec2wire.Set[ec2wire.NetworkACLEntry] {
	entries := append(slices.Clone(a.entries),
		aclEntry{lastRule, ingress, deny, AllTraffic(), anywhere}, aclEntry{lastRule, egress, deny, AllTraffic(), anywhere})
	slices.SortStableFunc(entries, func(x, y aclEntry) int {
		return cmp.Or(cmp.Compare(x.way, y.way), cmp.Compare(x.number, y.number))
	})
	return ec2wire.SetOf(entries, func(x aclEntry) ec2wire.NetworkACLEntry {
		out := ec2wire.NetworkACLEntry{RuleNumber: x.number, Protocol: x.traffic.Protocol, RuleAction: x.action, Egress: x.way == egress}
		if is6(x.cidr) {
			out.Ipv6CidrBlock = x.cidr
		} else {
			out.CidrBlock = x.cidr
		}
		if !x.traffic.all() {
			out.PortRange = &ec2wire.PortRange{From: x.traffic.From, To: x.traffic.To}
		}
		return out
	})
}
