package node_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/simulator"
)

// TestFactsOfMisconfiguredSources: each misconfiguration shows in the facts, and
// what has nothing to do with it is there all the same.
func TestFactsOfMisconfiguredSources(t *testing.T) {
	t.Parallel()
	type row struct {
		why   string
		args  []string
		setup string // commands, one a line
		gaps  []string
		fact  func(preflight.Node) any
		want  string
	}
	missing := func(f preflight.Node) any { return f.Commands.Missing }
	for _, r := range []row{
		{"nothing wrong", nil, "", nil, func(f preflight.Node) any { return f.Commands.Missing == nil && f.Commands.Asked > 100 }, "true"},
		{"protected mode", []string{"--protected-mode", "yes"}, "", nil, func(f preflight.Node) any { return f.Config.ProtectedMode }, "yes"},
		{"bound to loopback", []string{"--bind", "127.0.0.1"}, "", nil, func(f preflight.Node) any { return f.Config.Bind }, "[127.0.0.1]"},
		{"many databases", []string{"--databases", "32"}, "", nil, func(f preflight.Node) any { return f.Databases }, "32"},
		{"SYNC and PSYNC are renamed", []string{"--rename-command", "SYNC", "SYNC2", "--rename-command", "PSYNC", ""}, "", nil, missing, "[sync psync]"},
		{"SET is renamed", []string{"--rename-command", "SET", "MYSET"}, "", nil, missing, "[set]"},
		{"INFO is renamed", []string{"--rename-command", "INFO", ""}, "", infoAlone(), missing, "[info]"},
		{"CONFIG is renamed", []string{"--rename-command", "CONFIG", "CONF"}, "", []string{"config"}, missing, "[config]"},
		{"COMMAND is renamed", []string{"--rename-command", "COMMAND", ""}, "", nil, missing, "[command]"},
		{"cluster mode", []string{"--cluster-enabled", "yes"}, "CLUSTER ADDSLOTS 1", nil, func(f preflight.Node) any { return fmt.Sprint(f.ClusterEnabled, f.Shards) }, "true 1"},
		{"a tiny buffer", []string{"--client-output-buffer-limit", "replica 1mb 2mb 60"}, "", nil, func(f preflight.Node) any { return f.Config.ReplicaBuffer }, "{1048576 2097152 60}"},
		{"a tiny backlog", []string{"--repl-backlog-size", "16kb", "--repl-timeout", "7"}, "", nil, func(f preflight.Node) any { return fmt.Sprint(f.Config.BacklogSize, f.Config.ReplTimeoutSeconds) }, "16384 7"},
		{"scripts", nil, "EVAL return·1 0\nSCRIPT LOAD return·2", nil, func(f preflight.Node) any { return f.CachedScripts }, "2"},
		{"functions", nil, "FUNCTION LOAD #!lua·name=l¶redis.register_function('f',function()·return·1·end)", nil, func(f preflight.Node) any { return f.Libraries }, "1"},
		{"users", nil, "ACL SETUSER app on >secret ~* +@all", nil, func(f preflight.Node) any { return f.Users }, "[app default]"},
		{"few clients", []string{"--maxclients", "50"}, "", nil, func(f preflight.Node) any { return fmt.Sprint(f.MaxClients, f.Clients > 0) }, "50 true"},
		{"eviction", []string{"--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"}, "", nil, func(f preflight.Node) any { return fmt.Sprintf("%d %s", f.MaxMemory, f.MaxMemoryPolicy) }, "67108864 allkeys-lru"},
	} {
		t.Run(strings.ReplaceAll(r.why, " ", "-"), func(t *testing.T) {
			t.Parallel()
			server := startRedis(t, r.args...)
			for line := range strings.Lines(r.setup) {
				command(t, application(t, server.Addr()), line)
			}
			f, gaps, err := open(t, node.Config{Address: server.Addr()}).Facts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got, want := subjects(gaps), slices.Sorted(slices.Values(r.gaps)); !slices.Equal(got, want) {
				t.Errorf("gaps %v, want %v", gaps, want)
			}
			if f.Commands == nil || f.Users == nil || f.Databases == 0 || (f.Config == nil) != slices.Contains(r.gaps, "config") ||
				(f.Version == "") != slices.Contains(r.gaps, "version") {
				t.Fatalf("facts %+v", f)
			}
			if f.Version != "" && (f.OS == "" || f.UsedMemoryRSS == 0 || f.SystemMemory == 0 || f.LastSaveStatus != "ok" || f.LastSaveSeconds != -1) {
				t.Errorf("facts %+v", f)
			}
			if got := fmt.Sprint(r.fact(f)); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
}

// command sends a line; "·" stands for a space and "¶" for a line break in a word.
func command(t *testing.T, c *redis.Client, line string) {
	t.Helper()
	var args []any
	for _, word := range strings.Fields(line) {
		args = append(args, strings.NewReplacer("·", " ", "¶", "\n").Replace(word))
	}
	if err := c.Do(t.Context(), args...).Err(); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
}

func TestFactsBehindAPassword(t *testing.T) {
	t.Parallel()
	addr := startRedis(t, "--requirepass", "sesame").Addr()
	if p := node.Probe(t.Context(), addr, nil, 0); !strings.HasPrefix(p.Reply, "NOAUTH") {
		t.Errorf("probe %+v", p)
	}
	if _, _, err := open(t, node.Config{Address: addr}).Facts(t.Context()); err == nil || !strings.Contains(err.Error(), "NOAUTH") {
		t.Errorf("without the password: %v", err)
	}
	_, _, err := open(t, node.Config{Address: addr, Password: password("wrong-one")}).Facts(t.Context())
	if err == nil || !strings.Contains(err.Error(), "WRONGPASS") || strings.Contains(err.Error(), "wrong-one") {
		t.Errorf("with a wrong password: %v", err)
	}
	f, gaps, err := open(t, node.Config{Address: addr, Password: password("sesame")}).Facts(t.Context())
	if err != nil || len(gaps) != 0 || f.Config == nil {
		t.Errorf("with the password: %+v, %v, %v", f, gaps, err)
	}
}

// TestFactsWithoutPermissions: each part that is refused is a gap, the rest is
// there.
func TestFactsWithoutPermissions(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	addUser(t, server.Addr(), "+@all", "-info", "-acl", "-module")
	f, gaps, err := open(t, node.Config{Address: server.Addr(), Username: "lift", Password: password("sesame")}).Facts(t.Context())
	if want := slices.Sorted(slices.Values(append(infoAlone(), "default_user_denied", "modules", "users"))); err != nil || !slices.Equal(subjects(gaps), want) {
		t.Errorf("gaps %v, want %v, err %v", subjects(gaps), want, err)
	}
	if f.Config == nil || f.Databases != 16 || f.Commands == nil || f.Commands.Asked < 100 || f.Commands.Missing != nil {
		t.Errorf("facts %+v, %+v", f, f.Commands)
	}

	command(t, application(t, server.Addr()), "ACL SETUSER default -@all")
	if p := node.Probe(t.Context(), server.Addr(), nil, 0); !strings.HasPrefix(p.Reply, "NOPERM") {
		t.Errorf("probe %+v", p)
	}
	f, gaps, err = open(t, node.Config{Address: server.Addr()}).Facts(t.Context())
	if want := slices.Sorted(slices.Values(append(infoSubjects(), "commands", "config", "databases", "default_user_denied", "modules", "users"))); err != nil || !slices.Equal(subjects(gaps), want) {
		t.Errorf("gaps %v, want %v, err %v", subjects(gaps), want, err)
	}
	if f.Config != nil || f.Commands != nil || f.Keys != nil {
		t.Errorf("facts %+v", f)
	}
}

// infoAlone are the fields that INFO tells and CONFIG does not.
func infoAlone() []string {
	return slices.DeleteFunc(infoSubjects(), func(s string) bool { return strings.HasPrefix(s, "max") })
}

// TestFactsOfFailingSave: what the snapshot would replace is a folder.
func TestFactsOfFailingSave(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	if err := os.Mkdir(filepath.Join(dir, "dump.rdb"), 0o700); err != nil {
		t.Fatal(err)
	}
	n := open(t, node.Config{Address: server.Addr()})
	command(t, application(t, server.Addr()), "BGSAVE")
	eventually(t, "the save has failed", func() bool {
		f, _, err := n.Facts(t.Context())
		return err == nil && f.LastSaveStatus == "err" && f.LastForkMicroseconds > 0
	})
}

// TestWriteCommandsAreAll holds the table against the server's own.
func TestWriteCommandsAreAll(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	app := application(t, server.Addr())
	info, err := open(t, node.Config{Address: server.Addr()}).Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	version, err := info.Version()
	if err != nil {
		t.Fatal(err)
	}
	list, err := app.Do(t.Context(), "COMMAND", "LIST", "FILTERBY", "ACLCAT", "write").StringSlice()
	if err != nil || len(list) < 100 {
		t.Fatalf("%d write commands, %v", len(list), err)
	}
	want := map[string]bool{}
	for _, name := range list {
		container, _, _ := strings.Cut(name, "|")
		want[container] = true
	}
	for _, c := range tableOf(info.Engine(), version) {
		if c.Writes && !want[c.Name] {
			t.Errorf("%s is no write command of %s", c.Name, version)
		}
		delete(want, c.Name)
	}
	for name := range want {
		t.Errorf("the write command %s of %s is not in the table", name, version)
	}
}
