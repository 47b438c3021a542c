package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/internal/redisinfo"
)

// listWrites asks for the names of all write commands, which a server can tell from
// Redis 7.0 on. One that was renamed is listed by its old name, one that was disabled
// is not, and of a container such as XGROUP the subcommands are (measured on 7.0).
func listWrites() []any { return []any{"COMMAND", "LIST", "FILTERBY", "ACLCAT", "write"} }

// writes takes the answer to it, after that to COMMAND INFO.
func (g *gathering) writes(reply any, err error) {
	var listed []string
	if err == nil {
		listed, err = redisinfo.ParseCommandList(reply)
	}
	for i, name := range listed {
		listed[i], _, _ = strings.Cut(name, "|")
	}
	if err == nil && !g.complete(listed, func(c redisinfo.Command) bool { return c.Writes }) {
		err = errors.New("COMMAND LIST FILTERBY ACLCAT write: the list is not whole")
	}
	if err != nil {
		g.unlisted = err
		return
	}
	slices.Sort(listed)
	g.listed = slices.Compact(listed)
}

// beyond looks for the write commands that the server lists and that the table does
// not have: those of a later version, or of modules. It costs a round trip where there are
// any.
func (g *gathering) beyond(ctx context.Context, n *Node) error {
	c := g.facts.Commands
	if c == nil {
		return nil
	}
	names := slices.DeleteFunc(g.listed, func(name string) bool {
		return slices.Contains(g.present, name) || slices.Contains(c.Missing, name)
	})
	if len(names) == 0 {
		return nil
	}
	answers, err := n.ask(ctx, commandInfo(names))
	if err != nil {
		return err
	}
	has, ok := redisinfo.ParseCommands(answers[0].reply, names)
	if !ok {
		g.unlisted = errors.Join(errors.New("the reply of COMMAND INFO is not one entry for each name"), answers[0].err)
		return nil
	}
	c.Asked += len(names)
	for _, name := range names {
		if !has[name] {
			c.Missing = append(c.Missing, name)
		}
	}
	return nil
}

// unasked notes that the server may have write commands that nobody asked for. It
// does not where one is known to be renamed: what else may be then adds nothing.
func (g *gathering) unasked() {
	c := g.facts.Commands
	switch {
	case c == nil || g.unlisted == nil || len(c.Missing) > len(c.Disabled):
	case !g.known && !isReply(g.unlisted, "ERR Unknown subcommand"): // the words of before 7.0
		g.gap("commands", fmt.Sprintf("the server's version is not known, and so not its write commands: %v", g.unlisted))
	case g.known && !redisinfo.Covers(redisinfo.Engine(g.facts.Engine), g.version):
		g.gap("commands", fmt.Sprintf("version %s is newer than the commands that are known here, its own write commands were not looked for: %v", g.facts.Version, g.unlisted))
	}
}
