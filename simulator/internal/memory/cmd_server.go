package memory

import (
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
		s.stats = stats{dirty: s.stats.dirty, lastSave: s.stats.lastSave, lastSaveTook: s.stats.lastSaveTook}
		return ok
	case sub == "rewrite" && len(c.args) == 2:
		return errorf("ERR The server is running without a config file")
	}
	return c.server.version.unknownSubcommand("config", c.args[1])
}

// commandCommand is COMMAND, COMMAND COUNT and COMMAND INFO, without what is of
// use to cluster clients.
func commandCommand(c *call) any {
	var names []string
	for name := range c.server.world.commands {
		if c.server.lookup(name) != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(c.args) > 1 {
		switch strings.ToLower(c.args[1]) {
		case "count":
			return redcon.SimpleInt(len(names))
		case "info":
			names = c.args[2:]
		default:
			return c.server.version.unknownSubcommand("command", c.args[1])
		}
	}
	out := make([]any, len(names))
	for i, name := range names {
		if cmd := c.server.lookup(name); cmd != nil {
			out[i] = cmd.describe()
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
