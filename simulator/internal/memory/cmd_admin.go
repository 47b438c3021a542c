package memory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/redcon"
)

// adminCommands are those by which one learns how a server is set up.
func adminCommands() []command {
	return []command{
		{"acl", -2, loadingOK, aclCommand},
		{"module", -2, 0, moduleCommand},
		{"cluster", -2, 0, clusterCommand},
	}
}

// users are the names of the ACL users, in order.
func (s *Server) users() []string {
	return slices.Sorted(slices.Values(append([]string{"default"}, s.spec.Users...)))
}

// aclCommand knows all users by name; every client is the default one.
func aclCommand(c *call) any {
	s := c.server
	switch sub := strings.ToLower(c.args[1]); {
	case sub == "whoami" && len(c.args) == 2:
		return "default"
	case sub == "users" && len(c.args) == 2:
		out := []any{}
		for _, u := range s.users() {
			out = append(out, u)
		}
		return out
	case sub == "dryrun" && len(c.args) >= 4 && s.version.atLeast(7, 0):
		return s.dryRun(c.args[2], c.args[3:])
	}
	return s.version.unknownSubcommand("acl", c.args[1])
}

// dryRun tells whether a user might do a command.
func (s *Server) dryRun(user string, args []string) any {
	cmd := s.lookup(args[0])
	switch {
	case !slices.Contains(s.users(), user):
		return errorf("ERR User '%s' not found", user)
	case cmd == nil:
		return errorf("ERR Command '%s' not found", args[0])
	case cmd.arity > 0 && len(args) != cmd.arity || len(args) < -cmd.arity:
		return errWrongArity(cmd.name)
	case s.spec.Kind == Member && cmd.has(denied):
		text := strings.TrimPrefix(string(s.version.denied(cmd.name)), "NOPERM ")
		return strings.ToUpper(text[:1]) + text[1:]
	}
	return ok
}

func moduleCommand(c *call) any {
	if !strings.EqualFold(c.args[1], "list") || len(c.args) != 2 {
		return c.server.version.unknownSubcommand("module", c.args[1])
	}
	out := []any{}
	for _, name := range c.server.spec.Modules {
		entry := []any{"name", name, "ver", redcon.SimpleInt(1)}
		if c.server.version.atLeast(7, 0) {
			entry = append(entry, "path", name+".so", "args", []any{})
		}
		out = append(out, entry)
	}
	return out
}

// clusterCommand knows CLUSTER INFO, of a cluster that is well.
func clusterCommand(c *call) any {
	s := c.server
	switch {
	case s.config["cluster-enabled"] != "yes":
		return errorf("ERR This instance has cluster support disabled")
	case !strings.EqualFold(c.args[1], "info") || len(c.args) != 2:
		return s.version.unknownSubcommand("cluster", c.args[1])
	}
	shards := cmp.Or(s.spec.Shards, 1)
	return fmt.Sprintf("cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:16384\r\ncluster_known_nodes:%d\r\ncluster_size:%d\r\n",
		shards, shards)
}
