package node

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
)

// commands takes the answer to COMMAND INFO.
func (g *gathering) commands(reply any, err error) {
	switch {
	case isReply(err, "ERR unknown command"):
		g.facts.Commands = &preflight.Commands{Asked: 1, Missing: []string{"command"}}
		if g.known && !g.version.AtLeast(redisinfo.Version{Major: 2, Minor: 8, Patch: 13}) {
			g.facts.Commands = nil
			g.gap("commands", "COMMAND came with Redis 2.8.13")
		}
	case err != nil:
		g.gap("commands", err.Error())
	default:
		has, ok := redisinfo.ParseCommands(reply, commandNames())
		if !ok {
			g.gap("commands", "the reply of COMMAND INFO is not one entry for each name")
			return
		}
		g.facts.Commands = g.judge(has)
	}
}

// judge tells which of the version's commands are missing. A server whose version
// is not known has that of the newest command it has, or a newer one.
func (g *gathering) judge(has map[string]bool) *preflight.Commands {
	version, table := g.version, redisinfo.Commands()
	if !g.known {
		for _, c := range table {
			if has[c.Name] && c.Since().AtLeast(version) {
				version = c.Since()
			}
		}
	}
	out := &preflight.Commands{}
	for _, c := range table {
		if !c.In(redisinfo.Engine(g.facts.Engine), version) {
			continue
		}
		out.Asked++
		if has[c.Name] {
			g.present = append(g.present, c.Name)
		} else {
			out.Missing = append(out.Missing, c.Name)
		}
	}
	return out
}

// commandNames are all that are asked for at first: those of later versions come
// for nothing, while asking for the version first would cost a round trip.
func commandNames() []string {
	table := redisinfo.Commands()
	names := make([]string, len(table))
	for i, c := range table {
		names[i] = c.Name
	}
	return names
}

func commandInfo(names []string) []any {
	args := []any{"COMMAND", "INFO"}
	for _, name := range names {
		args = append(args, name)
	}
	return args
}

// disabled finds which of the missing commands the server has under no name: its
// list of commands has one that was renamed by the old name, and not one that was
// disabled (measured on 7.0; the code of 2.8 to 6.2 says the same of COMMAND). It is
// asked only if something is missing. If it is refused, none counts as disabled.
func (g *gathering) disabled(ctx context.Context, n *Node) error {
	c := g.facts.Commands
	if c == nil || len(c.Missing) == 0 || slices.Contains(c.Missing, "command") {
		return nil
	}
	question := []any{"COMMAND", "LIST"}
	if g.before(7, 0) {
		question = []any{"COMMAND"}
	}
	answers, err := n.ask(ctx, question)
	if err != nil || answers[0].err != nil {
		return err
	}
	listed, err := redisinfo.ParseCommandList(answers[0].reply)
	if err != nil || !g.complete(listed, func(redisinfo.Command) bool { return true }) {
		return nil
	}
	for _, name := range c.Missing {
		if !slices.Contains(listed, name) {
			c.Disabled = append(c.Disabled, name)
		}
	}
	return nil
}

// complete reports whether a list has all commands of a kind that the server is
// known to have: else nothing follows from what it does not have.
func (g *gathering) complete(listed []string, kind func(redisinfo.Command) bool) bool {
	for _, c := range redisinfo.Commands() {
		if kind(c) && slices.Contains(g.present, c.Name) && !slices.Contains(listed, c.Name) {
			return false
		}
	}
	return true
}

// defaultUser asks what the default user may do of what a replica sends. An ACL
// came with Redis 6.0 and ACL DRYRUN, which does nothing, with 7.0. A command that
// is renamed is not to be judged: that it is missing is another fact.
func (g *gathering) defaultUser() []question {
	const subject = "default_user_denied"
	var out []question
	for _, command := range [][]any{{"PING"}, {"REPLCONF", "capa", "psync2"}, {"PSYNC", "?", "-1"}, {"SYNC"}} {
		out = append(out, question{append([]any{"ACL", "DRYRUN", "default"}, command...), func(reply any, err error) {
			text, isText := reply.(string)
			if err == nil && !isText {
				err = fmt.Errorf("ACL DRYRUN: reply is %T, not text", reply)
			}
			switch {
			case g.before(6, 0), isReply(err, "ERR Command "):
			case err != nil && !g.missing(subject):
				g.gap(subject, err.Error())
			case err == nil && text != "OK":
				g.facts.DefaultUserDenied = append(g.facts.DefaultUserDenied, strings.ToLower(fmt.Sprint(command[0])))
			}
		}})
	}
	return out
}

// noneDenied notes that all of them may be run, which also holds where there is no
// ACL: nil is for what was not told.
func (g *gathering) noneDenied() {
	if g.facts.DefaultUserDenied == nil && !g.missing("default_user_denied") {
		g.facts.DefaultUserDenied = []string{}
	}
}
