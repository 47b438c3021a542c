package simulator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/simulator"
)

func TestRestrictedCommands(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sim := newSim(t, fast())
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg"})
	for _, n := range g.Nodes() {
		c := connect(t, n.Endpoint.String())
		for _, tc := range []struct{ command, answer string }{
			{"bgrewriteaof", "ERR unknown command"},
			{"bgsave", "ERR unknown command"},
			{"config get maxmemory", "ERR unknown command"},
			{"debug sleep 0", "ERR unknown command"},
			{"migrate 127.0.0.1 1 k 0 10", "ERR unknown command"},
			{"replicaof no one", "ERR unknown command"},
			{"slaveof no one", "ERR unknown command"},
			{"save", "ERR unknown command"},
			{"shutdown nosave", "ERR unknown command"},
			{"psync ? -1", "NOPERM"},
			{"sync", "NOPERM"},
			{"acl setuser me on", "NOPERM"},
			{"acl deluser default", "NOPERM"},
			{"acl load", "NOPERM"},
			{"acl save", "NOPERM"},
			{"cluster addslots 1", "NOPERM"},
			{"cluster addslotsrange 1 2", "NOPERM"},
			{"cluster bumpepoch", "NOPERM"},
			{"cluster delslots 1", "NOPERM"},
			{"cluster delslotsrange 1 2", "NOPERM"},
			{"cluster failover", "NOPERM"},
			{"cluster flushslots", "NOPERM"},
			{"cluster forget me", "NOPERM"},
			{"cluster links", "NOPERM"},
			{"cluster meet 127.0.0.1 1", "NOPERM"},
			{"cluster setslot 1 stable", "NOPERM"},
		} {
			err := c.Do(ctx, words(tc.command)...).Err()
			if err == nil || !strings.HasPrefix(err.Error(), tc.answer) {
				t.Errorf("%s: %s answers %v, want %s", n.Role, tc.command, err, tc.answer)
			}
		}
		for _, allowed := range []string{"ping", "info", "role", "acl whoami", "client list", "dbsize", "scan 0", "slowlog get", "memory stats", "wait 0 1"} {
			if n.Role == "replica" && strings.HasPrefix(allowed, "wait") {
				continue // refused by every replica
			}
			if err := c.Do(ctx, words(allowed)...).Err(); err != nil {
				t.Errorf("%s: %s: %v", n.Role, allowed, err)
			}
		}
		if err := c.Set(ctx, "k", 1, 0).Err(); (err == nil) != (n.Role == "primary") {
			t.Errorf("%s: a write: %v", n.Role, err)
		}
	}
}

func words(command string) []any {
	var out []any
	for _, w := range strings.Fields(command) {
		out = append(out, w)
	}
	return out
}

// A server from outside cannot replicate from a node.
func TestNoReplicationFromOutside(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sim := newSim(t, fast())
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg", MultiAZ: simulator.Disabled})
	if err := connect(t, g.PrimaryEndpoint().String()).Set(ctx, "k", 1, 0).Err(); err != nil {
		t.Fatal(err)
	}
	outside := newSource(t, "--replicaof", fmt.Sprintf("127.0.0.1 %d", g.PrimaryEndpoint().Port))
	eventually(t, "the node's refusal in the outsider's log", func() bool {
		log, err := outside.Log()
		return err == nil && strings.Contains(log, "NOPERM")
	})
	if n := connect(t, outside.Addr()).DBSize(ctx).Val(); n != 0 {
		t.Errorf("the outsider holds %d keys", n)
	}
}

func TestNodeConfiguration(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sim := newSim(t, fast())
	if err := sim.CreateParameterGroup(simulator.ParameterGroup{Name: "Mine", Values: map[string]string{
		"databases": "4", "maxmemory-policy": "noeviction", "reserved-memory-percent": "50", "notify-keyspace-events": "KEA",
	}}); err != nil {
		t.Fatal(err)
	}
	const token = "correct-horse-battery"
	g := newGroup(t, sim, simulator.ReplicationGroup{
		ID: "rg", ParameterGroup: "mine", NodeType: "cache.t3.micro", AuthToken: token, TransitEncryption: simulator.TransitEncryptionRequired,
	})
	c := connect(t, g.ReaderEndpoint().String())
	if err := c.Ping(ctx).Err(); err == nil || !strings.HasPrefix(err.Error(), "NOAUTH") {
		t.Errorf("PING without the token: %v, want NOAUTH", err)
	}
	pipe := c.Pipeline()
	pipe.Do(ctx, "AUTH", token)
	memory := pipe.Info(ctx, "memory")
	last, beyond := pipe.Do(ctx, "SELECT", 3), pipe.Do(ctx, "SELECT", 4)
	_, _ = pipe.Exec(ctx) // each reply is judged below
	for _, want := range []string{fmt.Sprintf("maxmemory:%d\r\n", 536870912/100*50), "maxmemory_policy:noeviction\r\n"} {
		if !strings.Contains(memory.Val(), want) {
			t.Errorf("INFO memory lacks %q:\n%s", want, memory.Val())
		}
	}
	if last.Err() != nil || beyond.Err() == nil {
		t.Errorf("SELECT 3: %v, SELECT 4: %v, want 4 databases", last.Err(), beyond.Err())
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	sim := newSim(t, fast())
	newGroup(t, sim, simulator.ReplicationGroup{ID: "taken", MultiAZ: simulator.Disabled})
	_, err := sim.CreateReplicationGroup(t.Context(), simulator.ReplicationGroup{
		ID: "-x", Engine: "memcached", Replicas: 9, Databases: -1, MaxMemory: -1, NodeType: "huge", MultiAZ: "perhaps",
		TransitEncryption: "maybe", AuthToken: "short", SubnetGroup: "none", ParameterGroup: "none",
	})
	for _, field := range []string{"ID", "Engine", "Replicas", "Databases", "MaxMemory", "NodeType", "MultiAZ", "TransitEncryption", "AuthToken", "SubnetGroup", "ParameterGroup"} {
		if err == nil || !strings.Contains(err.Error(), "ReplicationGroup."+field) {
			t.Errorf("the error does not name %s: %v", field, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "short") {
		t.Errorf("the error gives the token away: %v", err)
	}
	for want, spec := range map[string]simulator.ReplicationGroup{
		`ReplicationGroup.ID "taken" exists`:                                    {ID: "Taken"},
		`parameter group "default.redis7" says 16`:                              {ID: "x", Databases: 5, ParameterGroup: "default.redis7"},
		`ReplicationGroup.MultiAZ is "yes", want "enabled" or "disabled"`:       {ID: "y", MultiAZ: "yes"},
		`ReplicationGroup.NodeType "cache.m99.nano" is not in the table; set M`: {ID: "z", NodeType: "cache.m99.nano"},
	} {
		if _, err := sim.CreateReplicationGroup(t.Context(), spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", spec, err, want)
		}
	}
	for name, g := range map[string]simulator.ParameterGroup{
		"no parameter":    {Name: "a", Values: map[string]string{"colour": "red"}},
		"cannot be modif": {Name: "a", Values: map[string]string{"repl-timeout": "30"}},
		`is "zero"`:       {Name: "a", Values: map[string]string{"databases": "zero"}},
		"Family":          {Name: "a", Family: "redis1"},
		"Name":            {},
		`"default.`:       {Name: "default.mine"},
	} {
		if err := sim.CreateParameterGroup(g); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: %v, want an error about %s", g, err, name)
		}
	}
	if err := sim.CreateSubnetGroup(simulator.SubnetGroup{Subnets: []simulator.Subnet{{}}}); err == nil ||
		!strings.Contains(err.Error(), "Name") || !strings.Contains(err.Error(), "VPCID") || !strings.Contains(err.Error(), "Subnets[0]") {
		t.Errorf("an empty subnet group: %v", err)
	}
}
