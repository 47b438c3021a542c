package simulator

import "net/netip"

// What a fresh simulator names in its default subnet group and as the default of
// [ReplicationGroup].SecurityGroupIDs.
const (
	defaultVPC           = "vpc-0c0ffee0000000001"
	defaultSecurityGroup = "sg-0c0ffee0000000001"
	defaultSubnetPrefix  = "subnet-0c0ffee000000000"
)

// addDefaultVPC makes the network of the default subnet group.
func (e *EC2) addDefaultVPC() {
	v := e.addVPC(defaultVPC, "10.0.0.0/16")
	v.addSubnet(defaultSubnetPrefix+"a", e.region+"a", "10.0.0.0/18")
	v.addSubnet(defaultSubnetPrefix+"b", e.region+"b", "10.0.64.0/18")
	v.addSubnet(defaultSubnetPrefix+"c", e.region+"c", "10.0.128.0/17")
	v.securityGroup(defaultSecurityGroup).add(ingress, AllTraffic(), defaultSecurityGroup)
}

// DefaultVPC returns the network that a fresh simulator has, which is where its
// default subnet group is: "vpc-0c0ffee0000000001", 10.0.0.0/16, with the subnets
// "subnet-0c0ffee000000000a", b and c in the region's first three zones. Its
// security group "sg-0c0ffee0000000001", the default of replication groups, is
// like the default group of a VPC: it allows everything among its members and
// everything out (documented).
func (e *EC2) DefaultVPC() *VPC {
	e.mu.Lock()
	defer e.mu.Unlock()
	return find(e.vpcs, defaultVPC)
}

// DefaultSubnet returns a subnet of [EC2.DefaultVPC] by the last letter of its
// zone: "a", "b" or "c". It is nil for other letters.
func (e *EC2) DefaultSubnet(zone string) *VPCSubnet {
	e.mu.Lock()
	defer e.mu.Unlock()
	return find(e.subnets, defaultSubnetPrefix+zone)
}

// Place puts a source at an address of [EC2.DefaultVPC]: the interface
// "eni-source", in the subnet that has the address, with the default security
// group. Then everything that the network requires is there between it and a
// replication group with the default subnet and security group.
//
// A loopback address, at which a real redis-server is reached, gets a subnet
// that no VPC of AWS could have: "subnet-0c0ffee00loopback", 127.0.0.0/24, in the
// zone of the first one.
func (e *EC2) Place(address string) *Interface {
	e.mu.Lock()
	defer e.mu.Unlock()
	v := find(e.vpcs, defaultVPC)
	a, err := netip.ParseAddr(address)
	if err == nil && netip.MustParsePrefix("127.0.0.0/24").Contains(a) && find(e.subnets, loopbackSubnet) == nil {
		v.addCIDR("127.0.0.0/24")
		v.addSubnet(loopbackSubnet, e.region+"a", "127.0.0.0/24")
	}
	for _, s := range e.subnets {
		if s.vpc == v && err == nil && s.cidr.Contains(a) {
			return e.addInterface("eni-source", s, address, []string{defaultSecurityGroup})
		}
	}
	e.problem("Place: %q is not an address of a subnet of %q", address, v.id)
	return &Interface{net: e, id: "eni-source"}
}

const loopbackSubnet = "subnet-0c0ffee00loopback"
