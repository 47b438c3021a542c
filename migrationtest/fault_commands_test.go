package migrationtest

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

// inMemory is a client of a server in memory that knows everything.
func inMemory(t *testing.T) *redis.Client {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	server, err := sim.StartMemory(simulator.MemoryOptions{Version: "7.4.0"})
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(&redis.Options{
		Addr: server.Addr(), Protocol: 2, DisableIdentity: true, MaxRetries: -1,
		Dialer: func(ctx context.Context, network, address string) (net.Conn, error) {
			return sim.DialContext(ctx, network, address)
		},
	})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// The names of faults are those that the servers know, except those that they
// know by name alone.
func TestCommandsAreThoseOfTheServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := inMemory(t)
		rows, err := c.Do(t.Context(), "COMMAND").Slice()
		if err != nil {
			t.Fatal(err)
		}
		var known []string
		have := commands()
		for _, row := range rows {
			columns, ok := row.([]any)
			if !ok {
				t.Fatalf("a row of COMMAND is %v", row)
			}
			name, ok := columns[0].(string)
			if !ok {
				t.Fatalf("a name in COMMAND is %v", columns[0])
			}
			if name = strings.ToUpper(name); subcommands()[name] == nil && (slices.Contains(have, name) || modelled(t, c, columns)) {
				known = append(known, name)
			}
		}
		slices.Sort(known)
		slices.Sort(have)
		if !slices.Equal(have, known) {
			t.Errorf("the commands are\n%q, those of the servers\n%q", have, known)
		}
	})
}

// modelled reports whether a server can do a command of a row of COMMAND.
func modelled(t *testing.T, c *redis.Client, row []any) bool {
	arity, ok := row[1].(int64)
	if !ok {
		t.Fatalf("a row of COMMAND is %v", row)
	}
	args := []any{row[0]}
	for range max(arity, -arity) - 1 {
		args = append(args, "x")
	}
	err := c.Do(t.Context(), args...).Err()
	return err == nil || !strings.HasSuffix(err.Error(), " is not modelled")
}

// Each subcommand of Redis is either known to the servers and to faults or to
// none of them.
func TestSubcommandsAreThoseOfTheServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := inMemory(t)
		for container, calls := range map[string][]string{
			"CLIENT": {
				"CACHING YES", "GETNAME", "GETREDIR", "ID", "INFO", "KILL ID 1", "LIST", "NO-EVICT ON", "NO-TOUCH ON", "PAUSE 0",
				"REPLY ON", "SETINFO LIB-NAME x", "SETNAME x", "TRACKING OFF", "TRACKINGINFO", "UNBLOCK 1", "UNPAUSE",
			},
			"ACL":      {"DRYRUN default GET k", "LIST", "USERS", "WHOAMI"},
			"CLUSTER":  {"INFO"},
			"MODULE":   {"LIST", "LOAD x"},
			"CONFIG":   {"GET maxmemory", "SET maxmemory 0", "RESETSTAT", "REWRITE"},
			"FUNCTION": {"DELETE x", "DUMP", "FLUSH", "KILL", "LIST", "LOAD x", "RESTORE x", "STATS"},
		} {
			for _, call := range calls {
				args := []any{container}
				for _, word := range strings.Fields(call) {
					args = append(args, word)
				}
				sub, _, _ := strings.Cut(call, " ")
				err := c.Do(t.Context(), args...).Err()
				served := err == nil || err == redis.Nil || !strings.Contains(strings.ToLower(err.Error()), "unknown subcommand")
				if accepted := Refuse(Source, container+" "+sub, "ERR x").validate() == nil; accepted != served {
					t.Errorf("%s %s: accepted %t, served %t (%v)", container, sub, accepted, served, err)
				}
			}
			for _, sub := range subcommands()[container] {
				if !slices.ContainsFunc(calls, func(call string) bool { return call == sub || strings.HasPrefix(call, sub+" ") }) {
					t.Errorf("%s %s is not tried", container, sub)
				}
			}
		}
	})
}
