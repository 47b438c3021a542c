package node_test

import (
	"slices"
	"testing"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/preflight"
)

func TestFacts(t *testing.T) {
	t.Parallel()
	server := startRedis(t, "--databases", "32", "--maxmemory", "64mb")
	app := application(t, server.Addr())
	for _, k := range []string{"a", "b", "c"} {
		if err := app.Set(t.Context(), k, "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := app.Do(t.Context(), "MOVE", "c", 31).Err(); err != nil {
		t.Fatal(err)
	}
	f, gaps, err := open(t, node.Config{Address: server.Addr()}).Facts(t.Context())
	if err != nil || len(gaps) != 0 {
		t.Fatalf("gaps %v, err %v", gaps, err)
	}
	if f.Address != server.Addr() || f.Engine != "redis" || f.Version == "" || f.Role != "master" || f.UpstreamLink != "" ||
		f.ClusterEnabled || f.Databases != 32 || f.UsedMemory == 0 || f.MaxMemory != 64<<20 {
		t.Errorf("facts %+v", f)
	}
	if f.Keys[0] != 2 || f.Keys[31] != 1 || len(f.Keys) != 2 {
		t.Errorf("keys %v", f.Keys)
	}
}

func TestDatabasesWithoutConfig(t *testing.T) {
	t.Parallel()
	for count, text := range map[int]string{1: "1", 16: "16", 100: "100"} {
		server := startRedis(t, "--databases", text, "--rename-command", "CONFIG", "")
		n := open(t, node.Config{Address: server.Addr()})
		f, gaps, err := n.Facts(t.Context())
		if err != nil || !slices.Equal(subjects(gaps), []string{"config"}) || f.Databases != count {
			t.Errorf("%d databases: got %d, gaps %v, err %v", count, f.Databases, gaps, err)
		}
		if err := application(t, server.Addr()).Set(t.Context(), "k", "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		if f, _, err := n.Facts(t.Context()); err != nil || f.Keys[0] != 1 {
			t.Errorf("the search must not leave another database selected: keys %v, %v", f.Keys, err)
		}
	}
}

func TestDatabasesNotToBeTold(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	addUser(t, server.Addr(), "+@all", "-config", "-select")
	f, gaps, err := open(t, node.Config{Address: server.Addr(), Username: "lift", Password: password("sesame")}).Facts(t.Context())
	if err != nil || f.Databases != 0 || !slices.Equal(subjects(gaps), []string{"config", "databases"}) {
		t.Errorf("databases %d, gaps %v, err %v", f.Databases, gaps, err)
	}
}

func TestFactsOfBrokenServer(t *testing.T) {
	t.Parallel()
	addr := serve(t, respond(func(args []string) string {
		if args[0] == "INFO" {
			return bulk("nothing")
		}
		return "-ERR no"
	}))
	f, gaps, err := open(t, node.Config{Address: addr}).Facts(t.Context())
	if err != nil || f.Role != "" || f.Version != "" {
		t.Errorf("facts %+v, err %v", f, err)
	}
	got := subjects(gaps)
	for _, want := range append(infoSubjects(), "config", "databases", "commands", "modules", "users", "default_user_denied") {
		if !slices.Contains(got, want) {
			t.Errorf("no gap for %s in %v", want, gaps)
		}
	}
}

// infoSubjects are the fields that INFO tells of a primary.
func infoSubjects() []string {
	return []string{
		"engine", "version", "os", "role", "cluster_enabled", "used_memory", "used_memory_rss", "maxmemory", "maxmemory_policy",
		"system_memory", "clients", "maxclients", "last_save_status", "last_save_seconds", "last_save_age_seconds", "last_save_copied",
		"last_fork_microseconds", "cached_scripts", "libraries", "upstream_address", "upstream_link", "keys", "shards",
	}
}

// subjects are those of gaps, which all have a reason.
func subjects(gaps []preflight.Gap) []string {
	var out []string
	for _, g := range gaps {
		if g.Reason != "" {
			out = append(out, g.Subject)
		}
	}
	slices.Sort(out)
	return out
}

// TestFactsOfOldServers: what came later is not missed.
func TestFactsOfOldServers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why, info string
		gone, gap []string
	}{
		{"2.8 has no cluster mode", "redis_version:2.8.24", []string{"cluster_enabled", "modules", "users", "libraries"}, []string{"system_memory", "commands"}},
		{"2.8.10 has no COMMAND", "redis_version:2.8.10", []string{"users"}, []string{"commands"}},
		{"5.0 has modules", "redis_version:5.0.14", []string{"users", "libraries", "default_user_denied"}, []string{"modules", "cluster_enabled"}},
		{"6.2 has users", "redis_version:6.2.16", []string{"libraries"}, []string{"modules", "users", "default_user_denied"}},
		{"Valkey 8", "redis_version:7.2.4\nvalkey_version:8.0.1", nil, []string{"modules", "users", "libraries"}},
		{"no keys", "redis_version:7.0.15\n# Keyspace", []string{"keys"}, nil},
		{"not a number", "redis_version:7.0.15\nused_memory:many", nil, []string{"used_memory"}},
	} {
		addr := serve(t, respond(func(args []string) string {
			if args[0] == "INFO" {
				return bulk(row.info)
			}
			return "-ERR no"
		}))
		f, gaps, err := open(t, node.Config{Address: addr}).Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := subjects(gaps)
		if slices.Contains(got, "default_user_denied") != (f.DefaultUserDenied == nil) || slices.Contains(got, "keys") != (f.Keys == nil) {
			t.Errorf("%s: denied %#v, keys %#v, gaps %v", row.why, f.DefaultUserDenied, f.Keys, got)
		}
		for _, subject := range row.gone {
			if slices.Contains(got, subject) {
				t.Errorf("%s: %s is missed", row.why, subject)
			}
		}
		for _, subject := range row.gap {
			if !slices.Contains(got, subject) {
				t.Errorf("%s: %s is not missed", row.why, subject)
			}
		}
	}
}
