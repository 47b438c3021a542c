package memory

import (
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/redcon"
)

// serverCommands are about the server as a whole.
func serverCommands() []command {
	list := []command{
		{"info", -1, loadingOK, info},
		{"config", -2, loadingOK | operator, config},
		{"command", -1, loadingOK, commandCommand},
		{"time", 1, loadingOK, clock},
		{"dbsize", 1, 0, func(c *call) any { return redcon.SimpleInt(c.server.data.count(c.db)) }},
		{"flushall", -1, write, flush},
		{"flushdb", -1, write, flush},
		{"psync", -3, denied, notAClient},
		{"sync", 1, denied, notAClient},
		{"lastsave", 1, loadingOK, func(c *call) any { return redcon.SimpleInt(c.server.stats.lastSave.Unix()) }},
	}
	return list
}

func info(c *call) any {
	if len(c.args) > 2 && !c.server.version.atLeast(7, 0) {
		return errSyntax
	}
	return c.server.info(c.args[1:])
}

func config(c *call) any {
	switch sub := strings.ToLower(c.args[1]); {
	case sub == "get" && len(c.args) >= 3 && (len(c.args) == 3 || c.server.version.atLeast(7, 0)):
		return c.server.configGet(c.args[2:])
	case sub == "get":
		return errWrongArity("config|get")
	case sub == "set" && len(c.args) >= 4:
		return c.server.configSet(c.args[2:])
	case sub == "set":
		return errWrongArity("config|set")
	case sub == "resetstat" && len(c.args) == 2:
		s := c.server
		s.stats = stats{dirty: s.stats.dirty, unsaved: s.stats.unsaved, lastSave: s.stats.lastSave, lastSaveTook: s.stats.lastSaveTook}
		return ok
	case sub == "rewrite" && len(c.args) == 2:
		return errorf("ERR The server is running without a config file")
	}
	return c.server.version.unknownSubcommand("config", c.args[1])
}

// commandCommand is COMMAND, COMMAND COUNT, COMMAND LIST without subcommands and
// with the one filter for write commands, and COMMAND INFO, without what is of use
// to cluster clients.
func commandCommand(c *call) any {
	s, sub := c.server, ""
	if len(c.args) > 1 {
		sub = strings.ToLower(c.args[1])
	}
	switch {
	case sub == "":
		return describeAll(s.listed())
	case sub == "count" && len(c.args) == 2:
		return redcon.SimpleInt(len(s.listed()))
	case sub == "list" && len(c.args) == 2 && s.version.atLeast(7, 0):
		out := []any{}
		for _, cmd := range s.listed() {
			out = append(out, cmd.name)
		}
		return out
	case sub == "list" && s.version.atLeast(7, 0) && strings.EqualFold(strings.Join(c.args[2:], " "), "filterby aclcat write"):
		return s.listedWrites()
	case sub == "info":
		asked := make([]*command, len(c.args)-2)
		for i, name := range c.args[2:] {
			asked[i] = s.lookup(name)
		}
		return describeAll(asked)
	}
	return s.version.unknownSubcommand("command", c.args[1])
}

// listed are the commands that the server has under any name, in order.
func (s *Server) listed() []*command {
	var out []*command
	for _, name := range slices.Sorted(maps.Keys(s.world.commands)) {
		if c := s.world.commands[name]; s.has(c) && !s.disabled(name) {
			out = append(out, c)
		}
	}
	return out
}

// listedWrites are those of listed that write; of containers it is the subcommands.
func (s *Server) listedWrites() []any {
	out := []any{}
	for _, cmd := range s.listed() {
		switch {
		case cmd.name == "function":
			for _, sub := range functionsThatWrite() {
				out = append(out, "function|"+sub)
			}
		case cmd.name == "xgroup":
			for _, sub := range []string{"create", "createconsumer", "delconsumer", "destroy", "setid"} {
				out = append(out, "xgroup|"+sub)
			}
		case cmd.has(write):
			out = append(out, cmd.name)
		}
	}
	return out
}

// describeAll are rows of COMMAND, nil for what is not there.
func describeAll(list []*command) []any {
	out := make([]any, len(list))
	for i, c := range list {
		if c != nil {
			out[i] = c.describe()
		}
	}
	return out
}

// describe is a row of COMMAND.
func (c *command) describe() []any {
	flags := []any{}
	if c.has(write) {
		flags = append(flags, redcon.SimpleString("write"))
	}
	if c.has(denyOOM) {
		flags = append(flags, redcon.SimpleString("denyoom"))
	}
	if c.has(loadingOK) {
		flags = append(flags, redcon.SimpleString("loading"))
	}
	return []any{c.name, redcon.SimpleInt(c.arity), flags, redcon.SimpleInt(0), redcon.SimpleInt(0), redcon.SimpleInt(0)}
}

func clock(c *call) any {
	return []any{itoa(c.now.Unix()), itoa(int64(c.now.Nanosecond() / 1000))}
}

// flush empties one database or all of them.
func flush(c *call) any {
	if len(c.args) > 2 || len(c.args) == 2 && !slices.Contains([]string{"async", "sync"}, strings.ToLower(c.args[1])) {
		return errSyntax
	}
	all := strings.EqualFold(c.args[0], "flushall")
	if all || c.db == 0 {
		c.server.data.keys, c.server.data.bytes = 0, 0
	}
	if all {
		c.server.data = newDataset(0, 0)
	} else {
		delete(c.server.data.numbers, c.db)
	}
	c.dirty = true
	return ok
}

// notAClient refuses those that ask for the stream over a connection: servers
// of the model get it otherwise.
func notAClient(c *call) any {
	return errorf("ERR %s over a connection is not modelled", strings.ToUpper(c.args[0]))
}
