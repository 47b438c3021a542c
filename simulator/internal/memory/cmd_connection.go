package memory

import (
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/redcon"
)

// connectionCommands are about a client and its connection.
func connectionCommands() []command {
	return []command{
		{"ping", -1, 0, ping},
		{"echo", 2, 0, func(c *call) any { return c.args[1] }},
		{"auth", -2, noAuth | loadingOK | noMulti, auth},
		{"hello", -1, noAuth | loadingOK | noMulti, hello},
		{"quit", -1, noAuth | loadingOK | noMulti, quit},
		{"reset", 1, noAuth | loadingOK | noMulti, reset},
		{"select", 2, loadingOK, selectDB},
		{"client", -2, loadingOK, clientCommand},
	}
}

func ping(c *call) any {
	switch len(c.args) {
	case 1:
		return redcon.SimpleString("PONG")
	case 2:
		return c.args[1]
	}
	return errWrongArity("ping")
}

// login checks a password for the default user, the only one there is.
func (c *call) login(user, password string) error {
	want := c.server.config["requirepass"]
	if user != "default" || want != "" && password != want {
		return errWrongPass
	}
	c.client.authenticated = true
	return nil
}

func auth(c *call) any {
	user, password := "default", c.args[len(c.args)-1]
	switch {
	case len(c.args) > 3:
		return errSyntax
	case len(c.args) == 3 && !c.server.version.atLeast(6, 0):
		return errWrongArity("auth")
	case len(c.args) == 3:
		user = c.args[1]
	case c.server.config["requirepass"] == "" && c.server.version.atLeast(6, 0):
		return errorf("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	case c.server.config["requirepass"] == "":
		return errorf("ERR Client sent AUTH, but no password is set")
	}
	if err := c.login(user, password); err != nil {
		if !c.server.version.atLeast(6, 0) {
			return errorf("ERR invalid password")
		}
		return err
	}
	return ok
}

// hello speaks version 2 of the protocol alone; clients fall back to it.
func hello(c *call) any {
	rest := c.args[1:]
	if len(rest) > 0 {
		if rest[0] != "2" {
			return errNoProto
		}
		rest = rest[1:]
	}
	for len(rest) > 0 {
		switch option := strings.ToLower(rest[0]); {
		case option == "auth" && len(rest) >= 3:
			if err := c.login(rest[1], rest[2]); err != nil {
				return err
			}
			rest = rest[3:]
		case option == "setname" && len(rest) >= 2:
			c.client.name = rest[1]
			rest = rest[2:]
		default:
			return errorf("ERR Syntax error in HELLO option '%s'", rest[0])
		}
	}
	if !c.client.authenticated {
		return errorf("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
	}
	role := "master"
	if c.server.link != nil {
		role = "replica"
	}
	return []any{
		"server", c.server.spec.Engine, "version", c.server.version.text, "proto", redcon.SimpleInt(2),
		"id", redcon.SimpleInt(c.client.id), "mode", "standalone", "role", role, "modules", []any{},
	}
}

func quit(c *call) any {
	c.client.quit = true
	return ok
}

func reset(c *call) any {
	c.client.db, c.client.queued, c.client.name = 0, nil, ""
	c.client.authenticated = c.server.config["requirepass"] == ""
	return redcon.SimpleString("RESET")
}

func selectDB(c *call) any {
	n, err := strconv.Atoi(c.args[1])
	switch {
	case err != nil && !c.server.version.atLeast(6, 2):
		return errInvalidDB
	case err != nil:
		return errNotInteger
	case c.server.config["cluster-enabled"] == "yes" && n != 0:
		return errClusterDB
	case n < 0 || n >= c.server.databases():
		return errIndex
	}
	c.client.db = n
	return ok
}

func clientCommand(c *call) any {
	v := c.server.version
	switch sub := strings.ToLower(c.args[1]); {
	case sub == "id" && len(c.args) == 2 && v.atLeast(5, 0):
		return redcon.SimpleInt(c.client.id)
	case sub == "getname" && len(c.args) == 2:
		if c.client.name == "" {
			return nil
		}
		return c.client.name
	case sub == "setname" && len(c.args) == 3:
		if strings.ContainsFunc(c.args[2], func(r rune) bool { return r < '!' || r > '~' }) {
			return errorf("ERR Client names cannot contain spaces, newlines or special characters.")
		}
		c.client.name = c.args[2]
		return ok
	case sub == "setinfo" && len(c.args) == 4 && v.atLeast(7, 2):
		return ok
	case sub == "no-evict" && len(c.args) == 3 && v.atLeast(7, 0):
		return ok
	case sub == "pause" && len(c.args) >= 3:
		return pauseClients(c)
	case sub == "unpause" && len(c.args) == 2 && v.atLeast(6, 2):
		c.server.release()
		return ok
	}
	return v.unknownSubcommand("client", c.args[1])
}

// pauseClients is CLIENT PAUSE. Before 6.2 it has one mode, which parks all.
func pauseClients(c *call) any {
	all := true
	if len(c.args) > 3 {
		switch mode := strings.ToLower(c.args[3]); {
		case len(c.args) > 4 || !c.server.version.atLeast(6, 2):
			return c.server.version.unknownSubcommand("client", c.args[1])
		case mode == "write":
			all = false
		case mode != "all":
			return errorf("ERR CLIENT PAUSE mode must be WRITE or ALL")
		}
	}
	ms, err := strconv.ParseInt(c.args[2], 10, 64)
	if err != nil {
		return errorf("ERR timeout is not an integer or out of range")
	}
	if ms < 0 {
		return errorf("ERR timeout is negative")
	}
	c.server.hold(time.Duration(ms)*time.Millisecond, all)
	return ok
}
