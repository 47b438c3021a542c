package memory

import (
	"path"
	"slices"
	"strings"
)

// library is a library of functions. It is kept and replicated, not run.
type library struct{ name, code string }

func librariesSize(list []library) int64 {
	n := 0
	for _, l := range list {
		n += len(l.code) + 10
	}
	return int64(n)
}

func functionCommands() []command {
	// LIST reads, LOAD and DELETE write: they are told apart when they run.
	return []command{
		{"function", -2, 0, function},
	}
}

func function(c *call) any {
	switch sub := strings.ToLower(c.args[1]); {
	case sub == "load" && len(c.args) >= 3:
		return functionLoad(c)
	case sub == "list":
		return functionList(c)
	case sub == "delete" && len(c.args) == 3:
		return functionDelete(c)
	case sub == "flush" && len(c.args) <= 3:
		c.server.libraries, c.dirty = nil, true
		return ok
	}
	return c.server.version.unknownSubcommand("function", c.args[1])
}

// functionWrites reports whether the arguments of FUNCTION change libraries.
func functionWrites(args []string) bool {
	return len(args) > 1 && slices.Contains(functionsThatWrite(), strings.ToLower(args[1]))
}

// functionsThatWrite are the subcommands of FUNCTION that change libraries.
func functionsThatWrite() []string { return []string{"load", "delete", "flush", "restore"} }

func functionLoad(c *call) any {
	code, replace := c.args[len(c.args)-1], false
	for _, option := range c.args[2 : len(c.args)-1] {
		if !strings.EqualFold(option, "replace") {
			return errorf("ERR Unknown option given: %s", option)
		}
		replace = true
	}
	first, _, found := strings.Cut(code, "\n")
	engine, rest, _ := strings.Cut(first, " ")
	name, named := strings.CutPrefix(strings.TrimSpace(rest), "name=")
	switch {
	case !found || !strings.HasPrefix(first, "#!"):
		return errorf("ERR Missing library metadata")
	case !strings.EqualFold(engine, "#!lua"):
		return errorf("ERR Engine '%s' not found", strings.TrimPrefix(engine, "#!"))
	case !named || name == "":
		return errorf("ERR Library name was not given")
	}
	at := slices.IndexFunc(c.server.libraries, func(l library) bool { return l.name == name })
	switch {
	case at >= 0 && !replace:
		return errorf("ERR Library '%s' already exists", name)
	case at >= 0:
		c.server.libraries[at].code = code
	default:
		c.server.libraries = append(c.server.libraries, library{name, code})
	}
	c.dirty = true
	return name
}

func functionList(c *call) any {
	pattern, withCode := "*", false
	for i := 2; i < len(c.args); i++ {
		switch option := strings.ToLower(c.args[i]); {
		case option == "withcode":
			withCode = true
		case option == "libraryname" && i+1 < len(c.args):
			i++
			pattern = c.args[i]
		default:
			return errorf("ERR Unknown argument %s", c.args[i])
		}
	}
	out := []any{}
	for _, l := range c.server.libraries {
		if ok, err := path.Match(pattern, l.name); err != nil || !ok {
			continue
		}
		entry := []any{"library_name", l.name, "engine", "LUA", "functions", l.functions()}
		if withCode {
			entry = append(entry, "library_code", l.code)
		}
		out = append(out, entry)
	}
	return out
}

// functions lists the names that the code registers, as far as they can be
// read without running it.
func (l library) functions() []any {
	out := []any{}
	for _, part := range strings.Split(l.code, "register_function")[1:] {
		_, rest, opened := strings.Cut(part, "'")
		name, _, closed := strings.Cut(rest, "'")
		if opened && closed {
			out = append(out, []any{"name", name, "description", nil, "flags", []any{}})
		}
	}
	return out
}

func functionDelete(c *call) any {
	before := len(c.server.libraries)
	c.server.libraries = slices.DeleteFunc(c.server.libraries, func(l library) bool { return l.name == c.args[2] })
	if len(c.server.libraries) == before {
		return errorf("ERR Library not found")
	}
	c.dirty = true
	return ok
}
