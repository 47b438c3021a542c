package preflight

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

func judgeSourceAddress(f Facts) Finding {
	const required = "a private address of a self-hosted server"
	name, _ := splitAddress(f.sourceName())
	if a := f.SourceAddress; a != nil {
		name = cmp.Or(a.Host, name)
	}
	return sourceAddress(f, name).finding(name, required)
}

func sourceAddress(f Facts, name string) verdict {
	const own = "online migration is for self-hosted sources; move data between ElastiCache groups by a snapshot: aws elasticache create-snapshot, then aws elasticache create-replication-group --snapshot-name"
	if host := strings.TrimSuffix(strings.ToLower(name), "."); strings.HasSuffix(host, ".cache.amazonaws.com") || strings.HasSuffix(host, ".cache.amazonaws.com.cn") {
		return failed("the name is an ElastiCache endpoint", own)
	}
	if f.Source != nil && strings.Contains(strings.ToLower(f.Source.OS), "elasticache") {
		return failed("the server says that it runs on "+f.Source.OS, own)
	}
	if f.SourceAddress == nil || len(f.SourceAddress.IPs) == 0 || f.absent("source_address.ips") != "" || f.absent("source_address.host") != "" {
		return unknown("what it resolves to was "+f.why("source_address.ips", "source_address.host"), "give the source's private IP address instead of a name; a name has to resolve in the target's VPC (private hosted zone), not only here")
	}
	if f.eitherVersion() {
		return unknown("which of its addresses count depends on the group's network type, "+f.why("target.network_type"), showTarget)
	}
	v := verdict{outcome: Pass}
	if reason := f.absent("source.os"); reason != "" && f.Source != nil {
		v = unknown("whether the server is ElastiCache's own, which its os would tell, was not seen: "+reason, showSource)
	}
	for _, text := range f.usedIPs() {
		one := f.judgeIP(text)
		switch {
		case one.outcome == Fail:
			return one
		case v.outcome == Pass && one.outcome == Unknown:
			v = one
		case v.outcome == Pass:
			v.observed = strings.TrimPrefix(v.observed+", "+one.observed, ", ")
		}
	}
	return v
}

// usedIPs are the source's addresses as they are written, as far as the target
// connects to them ([Facts.SourceIPs]). What is no IP address is among them.
func (f Facts) usedIPs() []string {
	if f.SourceAddress == nil {
		return nil
	}
	used := f.SourceIPs()
	var out []string
	for _, text := range f.SourceAddress.IPs {
		ip, ok := parseIP(text)
		if !ok || len(used) == 0 || slices.Contains(used, ip) {
			out = append(out, text)
		}
	}
	return out
}

// judgeIP judges one address that the source's name stands for.
func (f Facts) judgeIP(text string) verdict {
	const remedy = "give the private IP address of the source, one that the target's subnets can reach"
	ip, ok := parseIP(text)
	if !ok {
		return unknown("resolves to "+strconv.Quote(text)+", which is not an IP address", remedy)
	}
	switch {
	case ip.IsLoopback():
		return f.judgeLoopback(text, remedy)
	case ip.IsUnspecified():
		return failed(text+" stands for no particular machine", remedy)
	case ip.IsMulticast():
		return failed(text+" is a multicast address", remedy)
	case ip.IsLinkLocalUnicast():
		return failed(text+" is a link-local address: no route leads to it", remedy)
	case ip.IsPrivate() || shared(ip):
		return passed(text + " is private")
	}
	if id := f.interfaceOf(ip); id != "" {
		return passed(text + " belongs to " + id + " in the VPC")
	}
	if ip.Is6() {
		return unknown(text+" is a global IPv6 address, and no network interface that was seen has it: it may be of a VPC or of the internet",
			remedy+"; let preflight/vpc read the network interfaces of the VPC (ec2:DescribeNetworkInterfaces), or waive this check")
	}
	return failed(text+" is a public address", remedy+
		"; if the VPC itself uses this range, let preflight/vpc read its network interfaces (ec2:DescribeNetworkInterfaces), or waive this check")
}

func (f Facts) judgeLoopback(text, remedy string) verdict {
	if f.Target == nil || f.Target.Primary == "" || f.absent("target.primary") != "" {
		return unknown(text+" is a loopback address, and where the target is was not seen", "see target.exists; "+remedy)
	}
	host, _ := splitAddress(f.Target.Primary)
	if ip, ok := parseIP(host); strings.EqualFold(host, "localhost") || ok && ip.IsLoopback() {
		return passed(text + " is a loopback address, and so is the target's: both are on one machine")
	}
	return failed(text+" is a loopback address: to the target's nodes it means themselves", remedy)
}

// interfaceOf returns the network interface that has the address.
func (f Facts) interfaceOf(ip netip.Addr) string {
	if f.Network == nil {
		return ""
	}
	for _, i := range f.Network.SourceInterfaces {
		for _, text := range i.IPs {
			if own, ok := parseIP(text); ok && own == ip {
				return cmp.Or(i.ID, "a network interface")
			}
		}
	}
	return ""
}

// parseIP drops zones and reads IPv4 inside of IPv6 as what it is.
func parseIP(text string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(text)
	return ip.Unmap().WithZone(""), err == nil
}

// shared tells whether the address is of 100.64.0.0/10 (RFC 6598), which VPCs
// use as a private range too.
func shared(ip netip.Addr) bool {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10).Contains(ip)
}
