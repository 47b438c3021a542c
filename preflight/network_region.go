package preflight

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// ephemeral ports are those that a node may connect from: what AWS says to
// open for clients of unknown kind (documented for network ACLs).
const (
	firstEphemeral = 1024
	lastEphemeral  = math.MaxUint16
)

// addrSpan and portSpan are ranges with both ends included.
type (
	addrSpan struct{ first, last netip.Addr }
	portSpan struct{ first, last int }
)

// likely returns the ports that Linux connects from unless it is told otherwise;
// that ElastiCache's nodes do so is assumed.
func likely() portSpan { return portSpan{32768, 60999} }

// ephemeral returns all ports that a node may connect from.
func ephemeral() portSpan { return portSpan{firstEphemeral, lastEphemeral} }

func (s portSpan) contains(port int) bool { return s.first <= port && port <= s.last }

func (s portSpan) overlaps(o portSpan) bool { return s.first <= o.last && o.first <= s.last }

// parsePrefix reads a CIDR, or an address that stands for itself alone.
func parsePrefix(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

// spanOf returns the first and last address of a prefix.
func spanOf(p netip.Prefix) addrSpan {
	b := p.Masked().Addr().AsSlice()
	for i := range b {
		if host := p.Bits() - 8*i; host < 8 {
			b[i] |= byte(0xff >> max(host, 0))
		}
	}
	last, _ := netip.AddrFromSlice(b)
	return addrSpan{p.Masked().Addr(), last}
}

// splitAddrs cuts the addresses of a prefix into ranges within which none of
// the other prefixes begins or ends.
func splitAddrs(whole netip.Prefix, at []netip.Prefix) []addrSpan {
	all := spanOf(whole)
	starts := []netip.Addr{all.first}
	for _, p := range at {
		if p.Overlaps(whole) && p.Bits() > whole.Bits() {
			s := spanOf(p)
			starts = append(starts, s.first)
			if s.last != all.last {
				starts = append(starts, s.last.Next())
			}
		}
	}
	slices.SortFunc(starts, netip.Addr.Compare)
	starts = slices.Compact(starts)
	out := make([]addrSpan, len(starts))
	for i, first := range starts {
		out[i] = addrSpan{first, all.last}
		if i > 0 {
			out[i-1].last = first.Prev()
		}
	}
	return out
}

// splitPorts does the same for the ephemeral ports.
func splitPorts(at []portSpan) []portSpan {
	starts := []int{firstEphemeral}
	for _, p := range at {
		for _, first := range []int{p.first, p.last + 1} {
			if firstEphemeral < first && first <= lastEphemeral {
				starts = append(starts, first)
			}
		}
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	out := make([]portSpan, len(starts))
	for i, first := range starts {
		out[i] = portSpan{first, lastEphemeral}
		if i > 0 {
			out[i-1].last = first - 1
		}
	}
	return out
}

// cover is the part of a way that gets through: addresses, each with the
// ports. Parts are added in ascending order, ports within addresses.
type cover []coverPart

type coverPart struct {
	addrs addrSpan
	ports []portSpan
}

func (c cover) add(addrs addrSpan, ports portSpan) cover {
	last := len(c) - 1
	if last < 0 || c[last].addrs != addrs {
		return append(c, coverPart{addrs, []portSpan{ports}})
	}
	if p := c[last].ports; p[len(p)-1].last+1 == ports.first {
		p[len(p)-1].last = ports.last
	} else {
		c[last].ports = append(p, ports)
	}
	return c
}

// String joins neighbours that have the same ports and writes, e.g.,
// "10.0.1.0/28 (ports 1024-32767)".
func (c cover) String() string {
	var joined cover
	for _, part := range c {
		last := len(joined) - 1
		if last >= 0 && joined[last].addrs.last.Next() == part.addrs.first && slices.Equal(joined[last].ports, part.ports) {
			joined[last].addrs.last = part.addrs.last
			continue
		}
		joined = append(joined, part)
	}
	var out []string
	for _, part := range joined {
		out = append(out, describeAddrs(part.addrs)+describePorts(part.ports))
	}
	return shorten(out)
}

func describeAddrs(s addrSpan) string {
	for bits := 0; bits <= s.first.BitLen(); bits++ {
		if p := netip.PrefixFrom(s.first, bits); p.Masked().Addr() == s.first && spanOf(p).last == s.last {
			return p.String()
		}
	}
	return fmt.Sprintf("%s-%s", s.first, s.last)
}

func describePorts(ports []portSpan) string {
	if len(ports) == 1 && ports[0] == ephemeral() {
		return ""
	}
	var out []string
	for _, p := range ports {
		if p.first == p.last {
			out = append(out, strconv.Itoa(p.first))
		} else {
			out = append(out, fmt.Sprintf("%d-%d", p.first, p.last))
		}
	}
	return " (ports " + shorten(out) + ")"
}

// shorten keeps a finding readable when there are many parts.
func shorten(parts []string) string {
	const most = 4
	if len(parts) > most {
		parts = append(slices.Clone(parts[:most]), fmt.Sprintf("%d more", len(parts)-most))
	}
	return strings.Join(parts, ", ")
}
