package preflight

import (
	"cmp"
	"net/netip"
	"strings"
)

func judgeBind(f Facts, n Node, c NodeConfig) verdict {
	if len(c.Bind) == 0 {
		return passed("no bind: all addresses")
	}
	observed := "bind " + strings.Join(c.Bind, " ")
	var ips []netip.Addr
	host := ""
	if f.SourceAddress != nil && f.absent("source_address.host") == "" {
		host = f.SourceAddress.Host
	}
	if f.absent("source_address.ips") == "" && !f.eitherVersion() {
		ips = f.SourceIPs()
	}
	loopback := 0
	for _, entry := range c.Bind {
		b := parseBind(entry)
		if b.admits(host, ips) {
			return passed(observed)
		}
		if b.loopback {
			loopback++
		}
	}
	value := `"` + cmp.Or(firstIP(ips), "<private address>") + ` 127.0.0.1"`
	remedy := "on the source, redis.conf: bind " + strings.Trim(value, `"`) + " (" + n.atOnce(settable(), "bind "+value) + ")"
	switch {
	case len(ips) == 0 && anyAddress(c.Bind):
		return passed(observed)
	case len(ips) == 0:
		return unknown(observed+"; the source's address was "+f.why("source_address"), "see source.address")
	case loopback == len(c.Bind) && !anyLoopback(ips):
		return failed(observed+": only loopback", remedy+"; if a proxy or a sidecar listens on "+ipList(ips)+" and passes connections on to the server, waive source.bind")
	default:
		return unknown(observed+" does not name "+ipList(ips), "if "+ipList(ips)+" is translated to one of these addresses (NAT, load balancer, container), waive this check; else, "+remedy)
	}
}

// binding is one address of the setting bind.
type binding struct {
	text     string
	ip       netip.Addr
	v4, v6   bool // a wildcard of that family
	loopback bool
}

// parseBind reads an entry. One with a minus is left out by the server if the
// machine does not have it; that it answers at all was seen elsewhere.
func parseBind(entry string) binding {
	b := binding{text: strings.TrimPrefix(entry, "-")}
	b.ip, _ = parseIP(b.text)
	b.v4 = b.text == "*" || b.text == "0.0.0.0"
	b.v6 = b.text == "::*" || b.ip == netip.IPv6Unspecified()
	b.loopback = b.ip.IsLoopback() || strings.EqualFold(b.text, "localhost")
	return b
}

func (b binding) admits(host string, ips []netip.Addr) bool {
	if host != "" && strings.EqualFold(b.text, host) {
		return true
	}
	for _, ip := range ips {
		if ip == b.ip || ip.Is4() && b.v4 || ip.Is6() && b.v6 {
			return true
		}
	}
	return false
}

// anyAddress tells whether bind has a wildcard of IPv4, which stands for the
// source's address even if that was not seen.
func anyAddress(bind []string) bool {
	for _, entry := range bind {
		if parseBind(entry).v4 {
			return true
		}
	}
	return false
}

func anyLoopback(ips []netip.Addr) bool {
	for _, ip := range ips {
		if ip.IsLoopback() {
			return true
		}
	}
	return false
}

func firstIP(ips []netip.Addr) string {
	if len(ips) == 0 {
		return ""
	}
	return ips[0].String()
}

func ipList(ips []netip.Addr) string {
	texts := make([]string, len(ips))
	for i, ip := range ips {
		texts[i] = ip.String()
	}
	return strings.Join(texts, ", ")
}
