package node

import (
	"context"
	"slices"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
)

// Facts gathers what the preflight checks need to know of a source, with one
// round trip, another one each if commands are missing and if it has write commands
// that are not known here, and a few more on a connection of its own if CONFIG is
// refused. It changes nothing: it asks INFO, CONFIG GET, COMMAND INFO, COMMAND LIST,
// MODULE LIST, ACL USERS (names alone), ACL DRYRUN and CLUSTER INFO, perhaps COMMAND
// before Redis 7.0, and SELECTs to count databases.
// [FactsRules] are the permissions that this takes.
//
// The error is that the server could not be talked to: it was not reached, AUTH
// failed or is missing, or it is too busy to answer. Each part that it refuses is a
// gap whose subject is the field's name in JSON, e.g. "config" or "used_memory":
// the caller knows which part of the facts this is.
func (n *Node) Facts(ctx context.Context) (preflight.Node, []preflight.Gap, error) {
	g := n.gathering()
	c := &settings{}
	list := []question{{[]any{"INFO"}, g.info}}
	for _, name := range settingNames() {
		list = append(list, question{[]any{"CONFIG", "GET", name}, c.add})
	}
	list = append(list,
		question{commandInfo(commandNames()), g.commands},
		question{listWrites(), g.writes},
		question{[]any{"MODULE", "LIST"}, g.modules},
		question{[]any{"ACL", "USERS"}, g.users},
		question{[]any{"CLUSTER", "INFO"}, g.cluster},
	)
	list = append(list, g.defaultUser()...)
	if err := g.ask(ctx, n, list); err != nil {
		return preflight.Node{}, nil, err
	}
	g.config(c)
	g.noneDenied()
	if err := g.beyond(ctx, n); err != nil {
		return preflight.Node{}, nil, err
	}
	if err := g.disabled(ctx, n); err != nil {
		return preflight.Node{}, nil, err
	}
	g.unasked()
	if g.facts.Databases == 0 {
		own := Open(n.cfg)
		defer own.Close()
		count, err := countDatabases(ctx, own)
		g.databases(count, err)
	}
	return g.facts, g.gaps, nil
}

// TargetFacts is [Node.Facts] for a node of ElastiCache, which refuses CONFIG and
// whose parameters the API tells: what INFO and CLUSTER INFO say, and the number
// of databases, found by SELECT.
func (n *Node) TargetFacts(ctx context.Context) (preflight.Node, []preflight.Gap, error) {
	// On a connection of its own, so that none is left with another database
	// selected.
	own := Open(n.cfg)
	defer own.Close()
	g := n.gathering()
	err := g.ask(ctx, own, []question{{[]any{"INFO"}, g.info}, {[]any{"CLUSTER", "INFO"}, g.cluster}})
	if err != nil {
		return preflight.Node{}, nil, err
	}
	count, err := countDatabases(ctx, own)
	g.databases(count, err)
	return g.facts, g.gaps, nil
}

// question is a command, and who takes the answer.
type question struct {
	args []any
	take func(reply any, err error)
}

// gathering is facts in the making.
type gathering struct {
	facts   preflight.Node
	gaps    []preflight.Gap
	version redisinfo.Version
	known   bool     // version is
	present []string // commands of the table that the server has under their names
	// listed are the write commands that the server has under any name; unlisted
	// is why they are not known.
	listed   []string
	unlisted error
}

func (n *Node) gathering() *gathering {
	return &gathering{facts: preflight.Node{Address: n.cfg.Address}}
}

// ask asks all at once. The answers are taken in order, that of INFO first.
func (g *gathering) ask(ctx context.Context, n *Node, list []question) error {
	commands := make([][]any, len(list))
	for i, q := range list {
		commands[i] = q.args
	}
	answers, err := n.ask(ctx, commands...)
	if err != nil {
		return err
	}
	// A server that wants a password first, or has no time, answers nothing.
	if i := slices.IndexFunc(answers, func(a answer) bool { return isReply(a.err, "NOAUTH") || isReply(a.err, "DENIED") }); i >= 0 {
		return answers[i].err
	}
	if err := answers[0].err; isReply(err, "BUSY") || isReply(err, "ERR max number of clients") {
		return err
	}
	for i, q := range list {
		q.take(answers[i].reply, answers[i].err)
	}
	return nil
}

// gap notes that a field is absent.
func (g *gathering) gap(subject, reason string) {
	g.gaps = append(g.gaps, preflight.Gap{Subject: subject, Reason: reason})
}

// missing tells that a field has a gap.
func (g *gathering) missing(subject string) bool { return g.reason(subject) != "" }

// reason is why a field is absent, "" if it is not.
func (g *gathering) reason(subject string) string {
	return preflight.Facts{Gaps: g.gaps}.Reason(subject)
}

// before reports whether the server is known to be older than a version.
func (g *gathering) before(major, minor int) bool {
	return g.known && !g.version.AtLeast(redisinfo.Version{Major: major, Minor: minor})
}

// modules takes the answer to MODULE LIST.
func (g *gathering) modules(reply any, err error) {
	if g.before(4, 0) { // there are none
		return
	}
	if err == nil {
		g.facts.Modules, err = redisinfo.ParseModules(reply)
	}
	if err != nil {
		g.gap("modules", err.Error())
	}
}

// users takes the answer to ACL USERS.
func (g *gathering) users(reply any, err error) {
	if g.before(6, 0) { // there are none
		return
	}
	if err == nil {
		g.facts.Users, err = redisinfo.ParseNames(reply)
	}
	if err != nil {
		g.gap("users", err.Error())
	}
}

// cluster takes the answer to CLUSTER INFO, an error unless cluster mode is on.
func (g *gathering) cluster(reply any, err error) {
	text, _ := reply.(string)
	info := redisinfo.ParseInfo(text)
	switch {
	case g.missing("cluster_enabled"):
		g.gap("shards", "it is not known whether cluster mode is on")
	case !g.facts.ClusterEnabled:
	case err != nil:
		g.gap("shards", err.Error())
	case !info.Has("cluster_size"):
		g.gap("shards", "CLUSTER INFO has no field cluster_size")
	default:
		g.facts.Shards = int(info.Int("cluster_size"))
	}
}

// databases notes what counting brought.
func (g *gathering) databases(count int, err error) {
	g.facts.Databases = count
	if err != nil {
		g.gap("databases", err.Error())
	}
}
