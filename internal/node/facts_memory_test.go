package node_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/simulator"
)

// TestFactsOfServersInMemory: what is gathered of the simulator's servers in
// memory is what is gathered of real ones that are set up alike.
func TestFactsOfServersInMemory(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		config  map[string]string
		renamed map[string]string
		do      []string
		alone   []string // for the real one
	}{
		{name: "plain"},
		{name: "databases", config: map[string]string{"databases": "32"}},
		{name: "limits", config: map[string]string{"maxmemory": "64mb", "maxmemory-policy": "allkeys-lru", "repl-timeout": "7", "repl-backlog-size": "16kb"}},
		{name: "disk", config: map[string]string{"repl-diskless-sync": "no"}},
		{name: "buffer", do: []string{"CONFIG SET client-output-buffer-limit normal·0·0·0·slave·1048576·2097152·60·pubsub·33554432·8388608·60"}},
		{name: "cluster", config: map[string]string{"cluster-enabled": "yes"}, alone: []string{"CLUSTER ADDSLOTSRANGE 0 16383"}},
		{name: "function", do: []string{"FUNCTION LOAD #!lua·name=l1¶redis.register_function('f',function(keys,args)·return·1·end)"}},
		{name: "keys", do: []string{"SET k v", "SET j v"}},
		{name: "renamed", renamed: map[string]string{"SET": "MYSET", "DEL": "", "SYNC": "", "REPLCONF": "R"}},
		{name: "dead upstream", do: []string{"REPLICAOF 127.0.0.1 1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var args []string
			for _, name := range slices.Sorted(maps.Keys(row.config)) {
				args = append(args, "--"+name, row.config[name])
			}
			for _, name := range slices.Sorted(maps.Keys(row.renamed)) {
				args = append(args, "--rename-command", name, row.renamed[name])
			}
			server := startRedis(t, append(args, "--repl-diskless-sync-delay", "5")...)
			app := application(t, server.Addr())
			info, err := open(t, node.Config{Address: server.Addr()}).Info(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if engine, version := info.Engine(), info.VersionText(); engine != "redis" || !strings.HasPrefix(version, "7.0.") {
				t.Skipf("it is %s %s, and the comparison is made for Redis 7.0", engine, version)
			}
			for _, line := range append(row.alone, row.do...) {
				command(t, app, line)
			}
			want := written(t, node.Config{Address: server.Addr()}, server.Endpoint().Port)
			var got string
			synctest.Test(t, func(t *testing.T) {
				sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory})
				if err != nil {
					t.Fatal(err)
				}
				defer sim.Close()
				m, err := sim.StartMemory(simulator.MemoryOptions{Version: info.VersionText(), Config: row.config, Renamed: row.renamed})
				if err != nil {
					t.Fatal(err)
				}
				cfg := node.Config{Address: m.Addr(), Dial: sim.DialContext}
				c := node.NewClient(cfg)
				defer c.Close()
				for _, line := range row.do {
					command(t, c, line)
				}
				got = written(t, cfg, m.Endpoint().Port)
			})
			if got != want {
				t.Errorf("\nreal   %s\nmemory %s", want, got)
			}
		})
	}
}

// written are the facts of a server, as source and as target, without what is
// measured and where it is.
func written(t *testing.T, cfg node.Config, port int) string {
	t.Helper()
	n := node.Open(cfg)
	defer n.Close()
	var out strings.Builder
	note := func(what string, f preflight.Node, gaps []preflight.Gap, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if f.Config != nil {
			c := *f.Config
			if c.Port != port {
				t.Errorf("port %d, want %d", c.Port, port)
			}
			c.Bind, c.Port = nil, 0
			fmt.Fprintf(&out, "config: %+v\n", c)
		}
		for _, measured := range []*int64{&f.UsedMemory, &f.UsedMemoryRSS, &f.SystemMemory, &f.Clients, &f.MaxClients} {
			*measured = min(*measured, 1)
		}
		if f.Commands != nil {
			fmt.Fprintf(&out, "commands: %+v\n", *f.Commands)
		}
		f.Address, f.OS, f.Commands, f.Config = "", "", nil, nil
		fmt.Fprintf(&out, "%s: %+v, gaps %v\n", what, f, subjects(gaps))
	}
	f, gaps, err := n.Facts(t.Context())
	note("source", f, gaps, err)
	f, gaps, err = n.TargetFacts(t.Context())
	note("target", f, gaps, err)
	fence, err := n.FenceFacts(t.Context())
	fmt.Fprintf(&out, "fence: %+v, %v\n", fence, err)
	return out.String()
}
