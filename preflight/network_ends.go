package preflight

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// What to do when the network's facts are absent.
const (
	showNetwork = "let preflight look at the network (preflight/vpc, an EC2 client that may describe it), or check the way from the target's subnets to the source by hand"
	byAddress   = "see network.address"
	byHand      = "check it by hand, or with the VPC Reachability Analyzer"
)

// ends is what is known of the two ends of the way: any node of the target
// connects to the source. The source never connects back (documented).
type ends struct {
	facts   Facts
	net     Network
	target  Target
	sources []netip.Addr
	port    int
	// eni has the source's addresses; nil if it is not known.
	eni *Interface
	// sourceVPC and targetVPC are empty if they are not known.
	sourceVPC, targetVPC string
	// What was computed already, by the index of the table in the facts and
	// by ACL.
	fibs map[int]*fib
	acls map[aclKey]*aclRules
}

// onNetwork makes a check of the way between both ends.
func onNetwork(required string, look func(*ends) verdict) func(Facts) Finding {
	return func(f Facts) Finding {
		e, v, ok := endsOf(f)
		if ok {
			v = look(e)
		}
		return v.finding(f.pairName(), required)
	}
}

// endsOf gathers what all network checks need, or says what is missing.
func endsOf(f Facts) (e *ends, missing verdict, ok bool) {
	sources := f.SourceIPs()
	port, portKnown := f.sourcePort()
	switch {
	case f.Target == nil:
		return nil, unknown(f.why("target"), showTarget), false
	case !f.Target.Exists:
		return nil, unknown("group does not exist", "see target.exists"), false
	case f.Network == nil:
		return nil, unknown("network: "+f.why("network"), showNetwork), false
	case f.eitherVersion():
		return nil, unknown("which address of the source counts depends on the group's network type, "+f.why("target.network_type"), showTarget), false
	case len(sources) == 0 || f.absent("source_address.ips") != "":
		return nil, unknown("address of the source: "+f.why("source_address.ips"), "give the source by an IP address, or by a name that can be resolved here"), false
	case !portKnown:
		return nil, unknown("port of the source: "+f.why("source_probe", "source"), showSource), false
	}
	e = &ends{
		facts: f, net: *f.Network, target: *f.Target, sources: sources, port: port,
		fibs: map[int]*fib{}, acls: map[aclKey]*aclRules{},
	}
	if found := f.interfacesOf(sources); len(found) == 1 && f.absent("network.source_interfaces") == "" && hasAll(found[0], sources) {
		e.eni = &found[0]
		e.sourceVPC = found[0].VPC
		if s, ok := e.subnet(found[0].Subnet); ok {
			e.sourceVPC = cmp.Or(e.sourceVPC, s.VPC)
		}
	}
	if f.absent("target.vpc") != "" {
		return e, verdict{}, true
	}
	e.targetVPC = f.Target.VPC
	for _, t := range f.Target.Subnets {
		if s, ok := e.subnet(t.ID); ok {
			e.targetVPC = cmp.Or(e.targetVPC, s.VPC)
		}
	}
	return e, verdict{}, true
}

func (f Facts) sourcePort() (int, bool) {
	var addresses []string
	if f.Source != nil && f.absent("source.address") == "" {
		addresses = append(addresses, f.Source.Address)
	}
	if f.SourceProbe != nil && f.absent("source_probe.address") == "" {
		addresses = append(addresses, f.SourceProbe.Address)
	}
	for _, a := range addresses {
		port, err := strconv.ParseUint(a[strings.LastIndexByte(a, ':')+1:], 10, 16)
		if err == nil && port > 0 && strings.Contains(a, ":") {
			return int(port), true
		}
	}
	return 0, false
}

// interfacesOf returns the different interfaces that have one of the addresses.
func (f Facts) interfacesOf(addrs []netip.Addr) []Interface {
	var out []Interface
	for _, i := range f.Network.SourceInterfaces {
		known := slices.ContainsFunc(out, func(o Interface) bool { return o.ID == i.ID && o.VPC == i.VPC })
		if !known && slices.ContainsFunc(addrs, func(a netip.Addr) bool { return has(i, a) }) {
			out = append(out, i)
		}
	}
	return out
}

func has(i Interface, want netip.Addr) bool {
	return slices.ContainsFunc(i.IPs, func(s string) bool {
		a, err := netip.ParseAddr(s)
		return err == nil && a.Unmap() == want
	})
}

func hasAll(i Interface, addrs []netip.Addr) bool {
	return !slices.ContainsFunc(addrs, func(a netip.Addr) bool { return !has(i, a) })
}

// unread says why a list of [Network] is not known as a whole; "" if it is.
func (e *ends) unread(list string) string {
	empty := false
	switch list {
	case "subnets":
		empty = e.net.Subnets == nil
	case "route_tables":
		empty = e.net.RouteTables == nil
	case "security_groups":
		empty = e.net.SecurityGroups == nil
	case "acls":
		empty = e.net.ACLs == nil
	case "peerings":
		empty = e.net.Peerings == nil
	case "prefix_lists":
		empty = e.net.PrefixLists == nil
	case "attachments":
		empty = e.net.Attachments == nil
	case "transit_routes":
		empty = e.net.TransitRoutes == nil
	}
	// Of attachments without subnets, the others' subnets count all the same.
	if empty || e.facts.absent("network."+list, "network.attachments.subnets") != "" {
		return list + " " + e.facts.why("network."+list)
	}
	return ""
}

func (e *ends) subnet(id string) (Subnet, bool) {
	i := slices.IndexFunc(e.net.Subnets, func(s Subnet) bool { return s.ID == id && id != "" })
	if i < 0 {
		return Subnet{}, false
	}
	return e.net.Subnets[i], true
}

// prefixList returns the entries of a prefix list, or why they are not known.
func (e *ends) prefixList(id string) (cidrs []string, reason string) {
	for _, l := range e.net.PrefixLists {
		if l.ID == id && l.CIDRs != nil {
			return l.CIDRs, ""
		}
	}
	return nil, fmt.Sprintf("the entries of %s are %s", cmp.Or(id, "a prefix list"), e.facts.why("network.prefix_lists"))
}
