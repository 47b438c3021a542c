package migration

import (
	"context"
	"errors"
	"net"
	"strconv"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/progress"
)

var errNoPrimary = errors.New("the group has no primary endpoint")

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
	r.closePrimary()
	r.dest, r.destAt = node.Open(nodeConfig(address, r.opts.TargetRedis, r.opts)), address
	r.Migrator.update(func(s *progress.Snapshot) { s.TargetPrimary = address })
}

func (r *run) closePrimary() {
	r.lookAway()
	if r.dest != nil {
		r.dest.Close()
	}
	r.dest, r.destAt = nil, ""
}

// askPrimary asks the target's primary for its role, and says whom it follows.
//
// The endpoint is a name that moves in a failover, while an open connection
// stays with the old node, which then follows the new one. So a node that
// follows somebody else is believed only on a connection of its own.
func (r *run) askPrimary(ctx context.Context) (redisinfo.Role, link, error) {
	return r.askBy(ctx, func(n *node.Node) (redisinfo.Role, error) { return n.Role(ctx) })
}

// lookPrimary is askPrimary with INFO, in one round trip.
func (r *run) lookPrimary(ctx context.Context) (role redisinfo.Role, info redisinfo.Info, l link, err error) {
	role, l, err = r.askBy(ctx, func(n *node.Node) (role redisinfo.Role, err error) {
		role, info, err = n.RoleInfo(ctx)
		return role, err
	})
	return role, info, l, err
}

func (r *run) askBy(ctx context.Context, ask func(*node.Node) (redisinfo.Role, error)) (redisinfo.Role, link, error) {
	role, l, err := r.askOnce(ctx, ask)
	if l != linkOther {
		return role, l, err
	}
	at := r.destAt
	r.closePrimary()
	r.usePrimary(at)
	return r.askOnce(ctx, ask)
}

func (r *run) askOnce(ctx context.Context, ask func(*node.Node) (redisinfo.Role, error)) (redisinfo.Role, link, error) {
	n := r.primary()
	if n == nil {
		return redisinfo.Role{}, linkUnknown, errNoPrimary
	}
	role, err := ask(n)
	if err != nil {
		return role, linkUnknown, err
	}
	l, err := r.linkOf(ctx, role)
	return role, l, err
}

// linkOf tells whom a server with that role follows; the error is that of looking
// up a name.
func (r *run) linkOf(ctx context.Context, role redisinfo.Role) (link, error) {
	if role.Name != redisinfo.Slave {
		return linkNone, nil
	}
	up := endpointOf(role.Upstream)
	if up.Port != r.plan.Source.Port {
		return r.linkElsewhere(ctx, up)
	}
	switch same, err := r.hosts.same(ctx, up.Address, r.plan.Source.Address); {
	case err != nil:
		return linkUnknown, err
	case same:
		return linkOurs, nil
	}
	return r.linkElsewhere(ctx, up)
}

// errMoved: a failover is going on, or has just been.
var errMoved = errors.New("the group's endpoint leads to a node that follows another member of the group")

// linkElsewhere tells a foreign source from another member of the group: after a
// failover the endpoint may lead to the former primary for a while, which follows the
// new one. Whom the group follows cannot be told then.
func (r *run) linkElsewhere(ctx context.Context, up Endpoint) (link, error) {
	members := r.members
	if r.watch != nil {
		v, _ := r.watch.view()
		members = v.desc.Members
	}
	for _, m := range members {
		e := endpointOf(m.Endpoint)
		if e.Port != up.Port || e.Address == "" {
			continue
		}
		h, ok := r.peers[e.Address]
		if !ok {
			peer := newHosts(r.opts.LookupHost)
			h = &peer
			r.peers[e.Address] = h
		}
		if same, err := h.same(ctx, up.Address, e.Address); same || err != nil {
			return linkUnknown, errMoved
		}
	}
	return linkOther, nil
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
