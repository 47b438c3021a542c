package migration_test

import (
	"context"
	"net"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/simulator"
)

// sourceRow is one misconfiguration of a real source.
type sourceRow struct {
	name    string
	args    []string                                     // of redis-server
	prepare func(*testing.T, *redis.Client)              // on the source, before the look
	options func(*testing.T, *world, *migration.Options) // how the library looks
	source  func(*world) migration.Source                // nil: the world's
	fails   []string                                     // all checks that fail
	unknown []string                                     // patterns of those that may be unknown
}

// TestSourceMisconfigurations: on a real redis-server each of them alone is
// found, named, and the only thing that is found.
func TestSourceMisconfigurations(t *testing.T) {
	t.Parallel()
	for _, row := range slices.Concat(accessRows(), commandRows(), settingRows(), dataRows()) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.check(t)
		})
	}
}

func (row sourceRow) check(t *testing.T) {
	w := newWorld(t, append([]string{"--maxmemory-policy", "volatile-lru"}, row.args...)...)
	if row.prepare != nil {
		row.prepare(t, adminClient(t, w.source.Addr(), passwordIn(row.args)))
	}
	opts, plan := w.options(), w.plan()
	opts.Cutover = migration.NewSourceFence(nil)
	opts.SourceRedis.Password = secret(passwordIn(row.args))
	if row.options != nil {
		row.options(t, w, opts)
	}
	if row.source != nil {
		plan.Source = row.source(w)
	}
	report, err := w.migrator(t, plan, opts).Preflight(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	judged(t, report, row.fails, append(row.unknown, "network.*"))
	if password := passwordIn(row.args); password != "" && strings.Contains(report.String(), password) {
		t.Error("the password is in the report")
	}
}

// judged fails the test unless exactly the checks of fails failed, and none is
// unknown but those that match one of the patterns.
func judged(t *testing.T, report preflight.Report, fails, unknown []string) {
	t.Helper()
	var failed []string
	for _, f := range report.Findings {
		excused := slices.ContainsFunc(unknown, func(p string) bool { ok, _ := path.Match(p, f.CheckID); return ok })
		switch {
		case f.Outcome == preflight.Fail:
			failed = append(failed, f.CheckID)
		case f.Outcome == preflight.Unknown && !excused:
			t.Errorf("%s is unknown: %s", f.CheckID, f.Observed)
		}
		if f.Outcome != preflight.Pass && (f.Observed == "" || f.Required == "" || f.Remedy == "" || f.Subject == "") {
			t.Errorf("%s has no evidence or no remedy: %+v", f.CheckID, f)
		}
	}
	slices.Sort(failed)
	slices.Sort(fails)
	if !slices.Equal(failed, fails) {
		t.Errorf("%v fail, want %v:\n%s", failed, fails, report)
	}
}

func adminClient(t *testing.T, addr, password string) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: addr, Password: password, MaxRetries: -1, Protocol: 2, DisableIdentity: true})
	t.Cleanup(func() { c.Close() })
	return c
}

func passwordIn(args []string) string {
	if i := slices.Index(args, "--requirepass"); i >= 0 {
		return args[i+1]
	}
	return ""
}

func secret(password string) func(context.Context) (string, error) {
	if password == "" {
		return nil
	}
	return func(context.Context) (string, error) { return password, nil }
}

// doing is a preparation by commands.
func doing(commands ...[]any) func(*testing.T, *redis.Client) {
	return func(t *testing.T, c *redis.Client) {
		for _, command := range commands {
			if err := c.Do(t.Context(), command...).Err(); err != nil {
				t.Fatalf("%v: %v", command, err)
			}
		}
	}
}

func accessRows() []sourceRow {
	return []sourceRow{
		{name: "nothing is wrong"},
		{name: "AUTH", args: []string{"--requirepass", "s3cret-passw0rd"}, fails: []string{"source.auth"}},
		{
			name: "ACL default user", prepare: doing([]any{"ACL", "SETUSER", "default", "-ping"}),
			fails: []string{"source.auth"},
		},
		{name: "protected mode", args: []string{"--protected-mode", "yes"}, fails: []string{"source.protected-mode"}},
		{
			// Only a tunnel to the source's own machine gets through.
			name:  "bind",
			fails: []string{"source.bind"},
			source: func(w *world) migration.Source {
				return migration.Source{Address: "10.9.8.7", Port: w.source.Endpoint().Port}
			},
			options: func(_ *testing.T, w *world, o *migration.Options) {
				o.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, network, strings.Replace(address, "10.9.8.7", "127.0.0.1", 1))
				}
			},
		},
		{
			name: "closed port", fails: []string{"source.reachable"}, unknown: []string{"source.*", "pair.*", "target.windows"},
			source: func(w *world) migration.Source {
				w.source.Stop()
				return w.plan().Source
			},
		},
		{
			name: "a public address", args: []string{"--bind", "127.0.0.1", "-198.51.100.7"}, fails: []string{"source.address"},
			source: func(w *world) migration.Source {
				return migration.Source{Address: "redis.example.org", Port: w.source.Endpoint().Port}
			},
			options: func(_ *testing.T, w *world, o *migration.Options) {
				o.LookupHost = func(context.Context, string) ([]string, error) { return []string{"198.51.100.7"}, nil }
				o.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, network, strings.Replace(address, "redis.example.org", "127.0.0.1", 1))
				}
			},
		},
	}
}

// A module is loaded, if one is installed; Debian has one as redis-redisearch.
func TestSourceWithAModule(t *testing.T) {
	t.Parallel()
	const module = "/usr/lib/redis/modules/redisearch.so"
	if _, err := os.Stat(module); err != nil {
		t.Skipf("no module is installed: %v", err)
	}
	row := sourceRow{args: []string{"--loadmodule", module}, fails: []string{"source.modules"}}
	row.check(t)
}

func commandRows() []sourceRow {
	renamed := func(name string, unknown ...string) sourceRow {
		return sourceRow{
			name: "renamed " + name, args: []string{"--rename-command", name, "hidden-" + name},
			fails: []string{"source.renamed-commands"}, unknown: unknown,
		}
	}
	return []sourceRow{
		renamed("SYNC"), renamed("PSYNC"), renamed("SET"), renamed("HSET"), renamed("COMMAND"),
		renamed("INFO", "source.*", "pair.*", "target.windows"),
		renamed("CONFIG", "source.protected-mode", "source.bind", "source.output-buffer", "source.backlog", "source.repl-timeout", "source.connections", "source.fence", "source.persistence"),
	}
}

func settingRows() []sourceRow {
	return []sourceRow{
		{name: "more databases", args: []string{"--databases", "32"}, fails: []string{"pair.databases"}},
		{
			name: "keys in a database that the target lacks", args: []string{"--databases", "32"},
			prepare: doing([]any{"SET", "low", "1"}, []any{"MOVE", "low", "20"}),
			fails:   []string{"pair.databases", "pair.databases-in-use"},
		},
		{
			name: "cluster mode", args: []string{"--cluster-enabled", "yes"}, fails: []string{"source.cluster-mode"}, unknown: []string{"pair.databases", "source.fence"},
		},
		{
			name: "tiny output buffer", args: []string{"--client-output-buffer-limit", "replica", "1mb", "1mb", "60"},
			fails: []string{"source.output-buffer"},
		},
		{name: "few connections", args: []string{"--maxclients", "6"}, fails: []string{"source.connections"}},
		{name: "eviction policy", args: []string{"--maxmemory-policy", "allkeys-lfu"}, fails: []string{"pair.eviction-policy"}},
		{
			name: "an ACL user", prepare: doing([]any{"ACL", "SETUSER", "orders", "on", ">pw", "~*", "+@all"}),
			fails: []string{"source.functions-acl"},
		},
		{name: "a script", prepare: doing([]any{"EVAL", "return 1", "0"}), fails: []string{"source.functions-acl"},
			unknown: []string{"source.output-buffer", "source.backlog"}, // a script may write more than it is sent
		},
	}
}

func dataRows() []sourceRow {
	return []sourceRow{
		{
			name: "a save that fails", fails: []string{"source.persistence"},
			prepare: failSave,
		},
		{
			name: "replica", fails: []string{"source.fence"},
			prepare: func(t *testing.T, c *redis.Client) { follow(t, c, startSource(t)) },
		},
		{
			name: "replica whose primary is dead", fails: []string{"source.role"}, unknown: []string{"source.fence"},
			prepare: func(t *testing.T, c *redis.Client) {
				primary := startSource(t)
				follow(t, c, primary)
				primary.Kill()
				until(t, "the link to be down", func() bool {
					return strings.Contains(c.Info(t.Context(), "replication").Val(), "master_link_status:down")
				})
			},
		},
	}
}

// follow makes the server a replica and waits until it follows.
func follow(t *testing.T, c *redis.Client, primary *simulator.Redis) {
	t.Helper()
	host, port, _ := net.SplitHostPort(primary.Addr())
	doing([]any{"REPLICAOF", host, port})(t, c)
	until(t, "the link to be up", func() bool {
		return strings.Contains(c.Info(t.Context(), "replication").Val(), "master_link_status:up")
	})
}

// failSave makes BGSAVE fail: the file cannot be renamed onto a folder.
func failSave(t *testing.T, c *redis.Client) {
	t.Helper()
	dir := c.ConfigGet(t.Context(), "dir").Val()["dir"]
	if err := os.Mkdir(filepath.Join(dir, "dump.rdb"), 0o700); err != nil {
		t.Fatal(err)
	}
	doing([]any{"BGSAVE"})(t, c)
	until(t, "the save to fail", func() bool {
		return strings.Contains(c.Info(t.Context(), "persistence").Val(), "rdb_last_bgsave_status:err")
	})
}
