package simulator

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// The commands that ElastiCache takes from every user (documented, the full
// list of the 2023 guide). Removed ones are renamed to a name only the
// simulator knows, so that a node answers like one that lacks them: "ERR
// unknown command" (assumed to be the service's reply). PSYNC and SYNC keep
// their names, because the replicas of the group use them, and subcommands
// cannot be renamed: those are refused by ACL with NOPERM.

func removedCommands() []string {
	return []string{
		"BGREWRITEAOF", "BGSAVE", "CONFIG", "DEBUG", "MIGRATE",
		"REPLICAOF", "SAVE", "SHUTDOWN", "SLAVEOF",
	}
}

func deniedCommands() []string {
	return []string{
		"psync", "sync",
		"acl|setuser", "acl|load", "acl|save", "acl|deluser",
		"cluster|addslots", "cluster|addslotsrange", "cluster|bumpepoch", "cluster|delslots",
		"cluster|delslotsrange", "cluster|failover", "cluster|flushslots", "cluster|forget",
		"cluster|links", "cluster|meet", "cluster|setslot",
	}
}

// Users that exist on every node beside the default user.
const (
	controlUser     = "simulator-control"
	replicationUser = "simulator-replication"
)

// secrets are what only the simulator knows of its nodes.
type secrets struct {
	prefix      string // in front of the removed commands' names
	control     string // password of the user that steers the nodes
	replication string // password of the user the group's replicas log in as
}

func newSecrets() secrets {
	return secrets{prefix: "x" + rand.Text() + "-", control: rand.Text(), replication: rand.Text()}
}

// name returns the name under which the simulator calls a removed command.
func (s secrets) name(command string) string { return s.prefix + command }

// config returns the configuration that makes a server a node. authToken is
// the default user's password, empty for none.
func (s secrets) config(authToken string) string {
	var b strings.Builder
	rules := make([]string, 0, len(removedCommands())+len(deniedCommands()))
	for _, c := range removedCommands() {
		fmt.Fprintf(&b, "rename-command %s %s\n", c, s.name(c))
		rules = append(rules, "-"+strings.ToLower(c)) // of no use even to one who learns the name
	}
	for _, c := range deniedCommands() {
		rules = append(rules, "-"+c)
	}
	password := "nopass"
	if authToken != "" {
		password = ">" + authToken
	}
	fmt.Fprintf(&b, "user default on %s ~* &* +@all %s\n", password, strings.Join(rules, " "))
	fmt.Fprintf(&b, "user %s on >%s ~* +@all\n", controlUser, s.control)
	fmt.Fprintf(&b, "user %s on >%s -@all +psync +replconf +ping\n", replicationUser, s.replication)
	return b.String()
}
