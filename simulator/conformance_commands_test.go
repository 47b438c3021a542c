package simulator_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/simulator/internal/memory"
)

// renaming is a server of which some commands are renamed, and what it is asked.
type renaming struct {
	name    string
	renamed map[string]string
	asks    []string
}

func renamings() []renaming {
	return []renaming{
		{"nothing", nil, []string{"SET k v", "DEL k", "COMMAND COUNT"}},
		{"writes", map[string]string{"SET": "MYSET", "DEL": ""}, []string{"SET k v", "MYSET k v", "myset", "DEL k", "GET k", "COMMAND COUNT", "ACL DRYRUN default DEL k"}},
		{"by case", map[string]string{"set": "MySet", "get": "GET"}, []string{"mySET k v", "GET k"}},
		{"replication", map[string]string{"SYNC": "", "PSYNC": "", "REPLCONF": "RC", "PING": "PONG"}, []string{"PING", "PONG"}},
		{"INFO", map[string]string{"INFO": "INF"}, []string{"INFO"}},
		{"CONFIG", map[string]string{"CONFIG": ""}, []string{"CONFIG GET port", "CONFIG SET databases 2"}},
		{"COMMAND", map[string]string{"COMMAND": ""}, []string{"COMMAND INFO set"}},
		{"the rest", map[string]string{"ACL": "", "MODULE": "M", "CLUSTER": "", "ZADD": ""}, []string{"ACL USERS", "MODULE LIST", "M LIST", "CLUSTER INFO", "ZADD"}},
	}
}

// TestConformanceOfRenamedCommands compares what is known and what is answered
// when commands are renamed.
func TestConformanceOfRenamedCommands(t *testing.T) {
	t.Parallel()
	e := installed(t)
	if !e.strict() {
		t.Skipf("it is %s %s, and the comparison is made for Redis 7.0", e.name, e.version)
	}
	for _, r := range renamings() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			var args []string
			for _, name := range slices.Sorted(maps.Keys(r.renamed)) {
				args = append(args, "--rename-command", name, r.renamed[name])
			}
			server, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Args: args})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = server.Close() })
			want := replies(t, connect(t, server.Addr()), r.asks)
			var got []string
			synctest.Test(t, func(t *testing.T) {
				w := memory.NewWorld(memory.Figures{RoundTrip: time.Microsecond, Transfer: 1, Load: 1, Apply: 1})
				defer w.Close()
				if _, err := w.Start(memory.Spec{
					Kind: memory.SelfHosted, Host: "10.0.0.1", Port: 6379, Engine: e.name, Version: e.version, Renamed: r.renamed,
				}); err != nil {
					t.Fatal(err)
				}
				c := redis.NewClient(&redis.Options{Addr: "10.0.0.1:6379", Dialer: w.Dial, Protocol: 2, MaxRetries: -1})
				defer c.Close()
				got = replies(t, c, r.asks)
			})
			if !slices.Equal(got, want) {
				t.Errorf("\nreal   %q\nmemory %q", want, got)
			}
		})
	}
}

// replies are those to some commands, and which commands are known by COMMAND INFO.
func replies(t *testing.T, c *redis.Client, asks []string) []string {
	t.Helper()
	var out []string
	for _, line := range asks {
		var args []any
		for _, word := range strings.Fields(line) {
			args = append(args, word)
		}
		reply, err := c.Do(t.Context(), args...).Result()
		if text := fmt.Sprint(reply); strings.HasPrefix(text, "# Server") || strings.HasPrefix(text, "[[") {
			reply = "some"
		}
		out = append(out, fmt.Sprintf("%s: %v, %v", line, reply, err))
	}
	names := []any{"ping", "sync", "psync", "replconf", "info", "config", "command", "cluster", "set", "myset", "del", "zadd", "nothing"}
	known, err := c.Do(t.Context(), append([]any{"COMMAND", "INFO"}, names...)...).Slice()
	for i := range known {
		out = append(out, fmt.Sprintf("%s is known: %t", names[i], known[i] != nil))
	}
	out = append(out, fmt.Sprint(err))
	listed, err := c.Do(t.Context(), "COMMAND", "LIST").StringSlice()
	for _, name := range names {
		out = append(out, fmt.Sprintf("%s is listed: %t", name, slices.Contains(listed, fmt.Sprint(name))))
	}
	out = append(out, fmt.Sprint(err))
	writes, err := c.Do(t.Context(), "COMMAND", "LIST", "FILTERBY", "ACLCAT", "write").StringSlice()
	slices.Sort(writes)
	return append(out, fmt.Sprintf("write commands: %q, %v", writes, err))
}

// TestConformanceOfCalls: INFO commandstats counts calls alike, by the old names
// of what was renamed, and is no part of plain INFO.
func TestConformanceOfCalls(t *testing.T) {
	t.Parallel()
	e := installed(t)
	if !e.strict() {
		t.Skipf("it is %s %s, and the comparison is made for Redis 7.0", e.name, e.version)
	}
	asks := []string{
		"MYSET k v", "MYSET k w", "GET k", "EVAL return·1 0", "CONFIG GET port", "MULTI", "MYSET k x", "EXEC", "CONFIG RESETSTAT",
		"MYSET k v", "GET k", "GET k", "EVAL return·1 0", "EVAL return·1 0", "CONFIG GET port", "MULTI", "MYSET k x", "EXEC", "ACL WHOAMI",
	}
	server, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Args: []string{"--rename-command", "SET", "MYSET"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	want := calls(t, connect(t, server.Addr()), asks)
	var got []string
	synctest.Test(t, func(t *testing.T) {
		sim := newMemorySim(t, fast())
		m := newMemory(t, sim, simulator.MemoryOptions{Engine: e.name, Version: e.version, Renamed: map[string]string{"SET": "MYSET"}})
		got = calls(t, dial(t, sim, m.Addr()), asks)
	})
	if len(want) < 7 || !slices.Equal(got, want) {
		t.Errorf("\nreal   %q\nmemory %q", want, got)
	}
}

// calls are those that INFO commandstats counts after some commands. What the
// client sends on its own does not count.
func calls(t *testing.T, c *redis.Client, asks []string) []string {
	t.Helper()
	for _, line := range asks {
		var args []any
		for _, word := range strings.Fields(line) {
			args = append(args, strings.ReplaceAll(word, "·", " "))
		}
		_ = c.Do(t.Context(), args...).Err() // scripts are not modelled, but counted
	}
	if strings.Contains(c.Info(t.Context()).Val(), "cmdstat_") {
		t.Error("plain INFO has calls")
	}
	var out []string
	for name, value := range fieldsOf(c.Info(t.Context(), "commandstats").Val()) {
		count, _, _ := strings.Cut(value, ",")
		if name != "cmdstat_hello" && name != "cmdstat_client|setinfo" {
			out = append(out, name+" "+count)
		}
	}
	slices.Sort(out)
	return out
}

// TestConformanceOfCommands: the model has every command of the real server, by
// its name, its number of arguments and whether it writes; and no others.
func TestConformanceOfCommands(t *testing.T) {
	t.Parallel()
	e := installed(t)
	if !e.strict() {
		t.Skipf("it is %s %s, and the comparison is made for Redis 7.0", e.name, e.version)
	}
	r, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	want := commandRows(t, connect(t, r.Addr()))
	var got map[string]string
	synctest.Test(t, func(t *testing.T) {
		sim := newMemorySim(t, fast())
		m := newMemory(t, sim, simulator.MemoryOptions{Engine: e.name, Version: e.version})
		got = commandRows(t, dial(t, sim, m.Addr()))
	})
	if len(want) < 200 {
		t.Fatalf("the real server has %d commands only", len(want))
	}
	for name, row := range want {
		if got[name] != row {
			t.Errorf("%s: real %s, memory %q", name, row, got[name])
		}
	}
	for name := range got {
		if want[name] == "" {
			t.Errorf("%s: no real server has it", name)
		}
	}
}

// commandRows are the answers to COMMAND.
func commandRows(t *testing.T, c *redis.Client) map[string]string {
	t.Helper()
	list, err := c.Do(t.Context(), "COMMAND").Slice()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, entry := range list {
		row, ok := entry.([]any)
		if !ok || len(row) < 3 {
			t.Fatalf("a row of COMMAND is %v", entry)
		}
		out[fmt.Sprint(row[0])] = fmt.Sprintf("%v arguments, writes %t", row[1], strings.Contains(fmt.Sprint(row[2]), "write"))
	}
	return out
}
