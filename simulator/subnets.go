package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

const defaultSubnetGroup = "default"

// SubnetGroup is a named set of subnets that replication groups are placed in.
// It is what the API shows; nodes always listen on 127.0.0.1.
type SubnetGroup struct {
	// Name is kept in lower case. Required.
	Name string
	// Description is free text.
	Description string
	// VPCID is the network the subnets belong to. Required.
	VPCID string
	// Subnets are the places for nodes, taken in turn. At least one.
	Subnets []Subnet
}

// Subnet is one subnet of a [SubnetGroup].
type Subnet struct {
	// ID is the subnet's id, for example "subnet-1a2b3c4d".
	ID string
	// AvailabilityZone is for example "us-east-1a".
	AvailabilityZone string
}

// CreateSubnetGroup adds a subnet group. All problems are reported at once.
func (s *Sim) CreateSubnetGroup(g SubnetGroup) error {
	g.Name = strings.ToLower(g.Name)
	g.Subnets = slices.Clone(g.Subnets)
	var problems []error
	if g.Name == "" {
		problems = append(problems, errors.New("simulator: SubnetGroup.Name is empty"))
	}
	if g.VPCID == "" {
		problems = append(problems, errors.New("simulator: SubnetGroup.VPCID is empty"))
	}
	if len(g.Subnets) == 0 {
		problems = append(problems, errors.New("simulator: SubnetGroup.Subnets is empty, want at least one"))
	}
	for i, n := range g.Subnets {
		if n.ID == "" || n.AvailabilityZone == "" {
			problems = append(problems, fmt.Errorf("simulator: SubnetGroup.Subnets[%d] needs ID and AvailabilityZone, got %+v", i, n))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.subnetGroups[g.Name]; taken {
		problems = append(problems, fmt.Errorf("simulator: SubnetGroup.Name %q exists", g.Name))
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	s.subnetGroups[g.Name] = g
	return nil
}

// addDefaultGroups makes what every account has.
func (s *Sim) addDefaultGroups() {
	s.subnetGroups[defaultSubnetGroup] = SubnetGroup{
		Name: defaultSubnetGroup, Description: "Default CacheSubnetGroup", VPCID: "vpc-0c0ffee0000000001",
		Subnets: []Subnet{
			{ID: "subnet-0c0ffee000000000a", AvailabilityZone: s.region + "a"},
			{ID: "subnet-0c0ffee000000000b", AvailabilityZone: s.region + "b"},
			{ID: "subnet-0c0ffee000000000c", AvailabilityZone: s.region + "c"},
		},
	}
	for _, family := range families() {
		s.parameterGroups["default."+family] = parameterGroup{name: "default." + family, family: family}
	}
}
