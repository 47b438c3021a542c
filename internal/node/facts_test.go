package node_test

import (
	"testing"

	"github.com/cachelift/cachelift/internal/node"
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
		if err != nil || len(gaps) != 0 || f.Databases != count {
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
	if err != nil || f.Databases != 0 || len(gaps) != 1 || gaps[0].Subject != "databases" || gaps[0].Reason == "" {
		t.Errorf("databases %d, gaps %v, err %v", f.Databases, gaps, err)
	}
}

func TestFactsOfClusterNode(t *testing.T) {
	t.Parallel()
	server := startRedis(t, "--cluster-enabled", "yes")
	f, _, err := open(t, node.Config{Address: server.Addr()}).Facts(t.Context())
	if err != nil || !f.ClusterEnabled {
		t.Errorf("facts %+v, err %v", f, err)
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
	got := map[string]bool{}
	for _, g := range gaps {
		got[g.Subject] = true
	}
	for _, want := range []string{"role", "version", "cluster_enabled", "used_memory", "maxmemory", "databases"} {
		if !got[want] {
			t.Errorf("no gap for %s in %v", want, gaps)
		}
	}
}
