package preflight

import (
	"net/netip"
	"slices"
)

// SourceIPs returns those of SourceAddress.IPs that the target's nodes connect to.
// Of two IP versions these are the IPv6 ones if the group's network type is
// "ipv6", else the IPv4 ones (assumed). What is no IP address or has a zone is left
// out, and IPv4 inside of IPv6 is IPv4. None is there twice.
func (f Facts) SourceIPs() []netip.Addr {
	v4, v6 := f.sourceVersions()
	only6 := f.Target != nil && f.Target.NetworkType == "ipv6"
	if len(v4) == 0 || only6 && len(v6) > 0 {
		return v6
	}
	return v4
}

// eitherVersion tells that the source has addresses of both IP versions, and that
// it was not seen which of them count.
func (f Facts) eitherVersion() bool {
	v4, v6 := f.sourceVersions()
	return len(v4) > 0 && len(v6) > 0 && f.absent("target.network_type") != ""
}

func (f Facts) sourceVersions() (v4, v6 []netip.Addr) {
	if f.SourceAddress == nil {
		return nil, nil
	}
	for _, text := range f.SourceAddress.IPs {
		ip, err := netip.ParseAddr(text)
		ip = ip.Unmap()
		switch {
		case err != nil || ip.Zone() != "":
		case ip.Is4() && !slices.Contains(v4, ip):
			v4 = append(v4, ip)
		case ip.Is6() && !slices.Contains(v6, ip):
			v6 = append(v6, ip)
		}
	}
	return v4, v6
}
