package simulator

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
)

// EC2 is the network of a [Sim], as the EC2 API describes it: VPCs with their
// subnets, route tables, security groups, network ACLs and interfaces, and what
// connects them. See [Sim.EC2]. It is built by methods that name each thing by
// the id that the API will show, with the prefix that AWS gives it: "vpc-",
// "subnet-", "rtb-" and so on. Things refer to each other by these ids.
//
//	net := sim.EC2()
//	vpc := net.VPC("vpc-app", "10.1.0.0/16")
//	private := vpc.Subnet("subnet-private", "us-east-1a", "10.1.1.0/24")
//	vpc.RouteTable("rtb-private", private).Route("10.0.0.0/16", "pcx-1")
//	vpc.SecurityGroup("sg-source").Ingress(simulator.TCP(6379), "sg-0c0ffee0000000001", "10.2.0.0/16")
//	net.Interface("eni-source", private, "10.1.1.7", "sg-source")
//	net.Peering("pcx-1", vpc, net.DefaultVPC())
//	if err := net.Err(); err != nil { ... }
//
// The network carries no traffic: nodes and sources are reached whatever it
// says. It only tells what the describe operations answer. Mistakes, for example
// an address outside of its subnet, are gathered, returned by Err, and answered
// to every EC2 call as an InternalError, so that they cannot go unnoticed.
//
// All its methods, and those of what it returns, are safe for concurrent use.
//
// What it knows of AWS, by what the VPC guide and the API reference say
// (documented) or what this package chose (assumed):
//
//	A VPC has a main route table with a local route, which serves the subnets
//	without a table of their own, and a default network ACL that allows all   documented
//	Implicit associations are not shown: association.subnet-id finds none     documented
//	A new security group allows all traffic out and none in                   documented
//	A new network ACL denies everything; ACLs end with rule 32767             documented
//	A route to a peering connection is a blackhole unless that is active      documented
//	A route to a transit gateway is one unless the VPC's attachment is available assumed
//	The accepter's ranges are told once the connection is active              assumed
//	A rule that names a group of a peered VPC tells the connection and state  documented
//	Attachments to a transit gateway are associated with its default route
//	table, and their ranges propagated to it                                  documented
//	Pagination, filters with wildcards, codes for ids that do not exist       documented
//	(InvalidParameterValue for filters that do not exist is reported; filters
//	that exist, but for which the model lacks the attribute, get it too       assumed)
//	UnauthorizedOperation is HTTP 403, RequestLimitExceeded is HTTP 503       documented, reported
//	Descriptions of ElastiCache's interfaces                                  assumed
//	What an analysis of the Reachability Analyzer comes to is not modelled,
//	but set by [EC2.Analyze]                                                  assumed
//
// It has no tags, no IPv6 ranges of VPCs and subnets, no gateways and instances
// of their own (routes and interfaces name ids that need not exist), no default
// security group of a VPC other than the one in [EC2.DefaultVPC], and neither
// prefix lists of AWS nor of other accounts.
type EC2 struct {
	region string

	mu          sync.Mutex
	problems    []error
	taken       map[string]bool // ids
	pageSize    int
	vpcs        []*VPC
	subnets     []*VPCSubnet
	tables      []*RouteTable
	groups      []*SecurityGroup
	acls        []*NetworkACL
	interfaces  []*Interface
	peerings    []*Peering
	lists       []*PrefixList
	gateways    []*TransitGateway
	attachments []*TransitAttachment
	rules       int // of security groups, made so far
	analyzer    analyzer
}

// EC2 returns the network that the simulator's EC2 API describes, always the
// same one. A fresh Sim has [EC2.DefaultVPC] alone.
func (s *Sim) EC2() *EC2 { return s.ec2 }

func newEC2(region string) *EC2 {
	e := &EC2{region: region, taken: map[string]bool{}}
	e.addDefaultVPC()
	return e
}

// Err returns everything that is wrong with the network, nil if nothing is:
// ids that are taken or lack their prefix, ranges and addresses that do not fit,
// and references to what does not exist.
func (e *EC2) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err()
}

func (e *EC2) err() error {
	return errors.Join(errors.Join(e.problems...), e.danglingReferences())
}

// PageSize makes no describe call answer more than n things at once, also if it
// asked for more or did not ask for pages: EC2 may answer fewer than MaxResults
// (documented), and a client that forgets NextToken shows. 0, the default, is no
// limit.
func (e *EC2) PageSize(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n < 0 {
		e.problem("PageSize is %d, want 0 or more", n)
		n = 0
	}
	e.pageSize = n
}

// problem records what is wrong. The caller holds e.mu.
func (e *EC2) problem(format string, args ...any) {
	e.problems = append(e.problems, fmt.Errorf("simulator: EC2: "+format, args...))
}

// claim takes an id, and tells whether a thing by it can be made. The caller
// holds e.mu.
func (e *EC2) claim(prefix, id string) bool {
	switch {
	case !strings.HasPrefix(id, prefix) || len(id) == len(prefix):
		e.problem("id %q, want one that begins with %q", id, prefix)
	case e.taken[id]:
		e.problem("id %q exists", id)
	default:
		e.taken[id] = true
		return true
	}
	return false
}

// cidr reads a range. The caller holds e.mu.
func (e *EC2) cidr(owner, s string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		e.problem("%s: %q is not a CIDR block, want for example \"10.0.0.0/16\"", owner, s)
		return netip.Prefix{}, false
	case p != p.Masked():
		e.problem("%s: CIDR block %q has host bits, want %q", owner, s, p.Masked())
		return netip.Prefix{}, false
	}
	return p, true
}

// find returns the thing with the id, the zero value if there is none.
func find[T interface{ ID() string }](things []T, id string) T {
	for _, t := range things {
		if t.ID() == id {
			return t
		}
	}
	var none T
	return none
}

// generatedID is an id of the API's making: the same in each run.
func generatedID(prefix string, number int) string { return fmt.Sprintf("%s%017x", prefix, number) }

// suffix is an id without its prefix.
func suffix(id string) string {
	if _, s, ok := strings.Cut(id, "-"); ok {
		return s
	}
	return id
}
