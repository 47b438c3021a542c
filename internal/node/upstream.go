package node

import (
	"context"
	"fmt"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
)

// longestChain bounds how far [Upstream] goes.
const longestChain = 8

// Upstream follows the chain of primaries above first, the nearest first, and
// returns what INFO says of each: who it is, its role and its own link. It is
// empty for a primary. cfg has the dialer and the credentials; its address is not
// used.
//
// Which hosts these are is told by the servers, not by the caller. So each is asked
// without credentials first, and gets them only if it wants some (NOAUTH), or lets
// the default user do too little (NOPERM).
//
// A gap "upstream" says where and why the chain could not be followed to its
// end; what was seen up to there is returned.
func Upstream(ctx context.Context, cfg Config, first preflight.Node) ([]preflight.Node, []preflight.Gap) {
	var chain []preflight.Node
	ends := func(format string, args ...any) ([]preflight.Node, []preflight.Gap) {
		return chain, []preflight.Gap{{Subject: "upstream", Reason: fmt.Sprintf(format, args...)}}
	}
	seen := map[string]bool{first.Address: true}
	for at := first; at.Role != string(redisinfo.Master); at = chain[len(chain)-1] {
		next := at.UpstreamAddress
		switch {
		case at.Role == "":
			return ends("the role of %s is not known", at.Address)
		case next == "":
			return ends("%s does not tell which server it follows", at.Address)
		case seen[next]:
			return ends("%s follows %s, which is below it in the chain", at.Address, next)
		case len(chain) == longestChain:
			return ends("the chain goes on above %s after %d servers", at.Address, longestChain)
		}
		seen[next] = true
		n, err := glance(ctx, cfg, next)
		if err != nil {
			return ends("%v", err)
		}
		chain = append(chain, n)
	}
	return chain, nil
}

// glance takes what INFO says of one server of the chain, with credentials only
// if it does not go without.
func glance(ctx context.Context, cfg Config, address string) (preflight.Node, error) {
	cfg.Address = address
	open := cfg
	open.Username, open.Password = "", nil
	f, err := identity(ctx, open)
	if cfg.Password != nil && (isReply(err, "NOAUTH") || isReply(err, "NOPERM")) {
		return identity(ctx, cfg)
	}
	return f, err
}

// identity asks a server who it is and whom it follows.
func identity(ctx context.Context, cfg Config) (preflight.Node, error) {
	n := Open(cfg)
	defer n.Close()
	g := n.gathering()
	var refused error
	info := func(reply any, err error) {
		refused = err
		g.info(reply, err)
	}
	if err := g.ask(ctx, n, []question{{[]any{"INFO"}, info}}); err != nil {
		return preflight.Node{}, err
	}
	f := g.facts
	switch {
	case refused != nil:
		return preflight.Node{}, refused
	case f.Role == "":
		return preflight.Node{}, fmt.Errorf("%s: %s", n, g.reason("role"))
	}
	return preflight.Node{
		Address: f.Address, Engine: f.Engine, Version: f.Version, OS: f.OS, Role: f.Role,
		UpstreamAddress: f.UpstreamAddress, UpstreamLink: f.UpstreamLink,
	}, nil
}
