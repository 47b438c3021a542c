package migration

import (
	"context"
	"net"
	"strconv"
	"strings"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/redisinfo"
)

func sourceConfig(p Plan, o Options) node.Config {
	return nodeConfig(p.Source.String(), o.SourceRedis, o)
}

func nodeConfig(address string, ro RedisOptions, o Options) node.Config {
	return node.Config{Address: address, Username: ro.Username, Password: ro.Password, TLS: ro.TLS, Dial: o.DialContext}
}

// primary returns the connection to the group's primary endpoint, a new one if
// the endpoint has changed. It returns nil while the endpoint is not known.
func (r *run) primary() *node.Node {
	if r.watch != nil {
		v, _ := r.watch.view()
		r.usePrimary(v.desc.Primary)
	}
	return r.dest
}

func (r *run) usePrimary(address string) {
	if address == "" || address == r.destAt {
		return
	}
	if r.dest != nil {
		r.dest.Close()
	}
	r.dest, r.destAt = node.Open(nodeConfig(address, r.opts.TargetRedis, r.opts)), address
}

// linkOf tells whom a server with that role follows.
func linkOf(ctx context.Context, role redisinfo.Role, source Source) link {
	if role.Name != redisinfo.Slave {
		return linkNone
	}
	up := endpointOf(role.Upstream)
	if up.Port == source.Port && sameHost(ctx, up.Address, source.Address) {
		return linkOurs
	}
	return linkOther
}

// sameHost reports whether the host that a replica names is the plan's. The
// service may have been given a name and use its address, so names are looked
// up.
func sameHost(ctx context.Context, seen, planned string) bool {
	if strings.EqualFold(seen, planned) {
		return true
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, planned)
	if err != nil {
		return false
	}
	for _, a := range addresses {
		if a == seen {
			return true
		}
	}
	return false
}

// endpointOf splits "host:port".
func endpointOf(address string) Endpoint {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return Endpoint{Address: address}
	}
	n, _ := strconv.Atoi(port)
	return Endpoint{Address: host, Port: n}
}
