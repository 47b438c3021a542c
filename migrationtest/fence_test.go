package migrationtest_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/simulator"
)

// fenced is a SourceFence before a real server, which can be closed in one way only.
type fenced struct {
	rung  preflight.FenceRung
	args  []string // of the server
	rules []any    // of the library's user
	gate  bool
}

func fences() []fenced {
	noConfig := []string{"--rename-command", "CONFIG", ""}
	return []fenced{
		{preflight.FencePause, nil, []any{"+@all"}, false},
		{preflight.FencePause, nil, []any{"+@all"}, true},
		{preflight.FenceMinReplicas, nil, []any{"+@all", "-client|pause"}, false},
		{preflight.FenceACL, noConfig, []any{"+@all"}, false},
		{preflight.FenceACL, noConfig, []any{"+@all"}, true},
		{preflight.FenceGate, append(noConfig, "--rename-command", "ACL", "secret-acl"), []any{"+@all"}, true},
	}
}

// The library's own Cutover holds to the contract, before a real server, on every
// rung of its ladder that such a server has.
func TestCheckCutoverOfSourceFence(t *testing.T) {
	t.Parallel()
	for _, f := range fences() {
		t.Run(fmt.Sprintf("%s,gate=%t", string(f.rung), f.gate), func(t *testing.T) {
			t.Parallel()
			checkFence(t, f)
		})
	}
}

func checkFence(t *testing.T, f fenced) {
	server, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Args: f.args})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1, ContextTimeoutEnabled: true, Protocol: 2})
	t.Cleanup(func() { _ = client.Close() })
	acl := "ACL"
	if f.rung == preflight.FenceGate {
		acl = "secret-acl"
	}
	if err := client.Do(t.Context(), append([]any{acl, "SETUSER", "lift", "on", ">sesame", "~*", "&*"}, f.rules...)...).Err(); err != nil {
		t.Fatal(err)
	}
	gate := &flag{}
	opts := migration.FenceOptions{QuietFor: 20 * time.Millisecond}
	if f.gate {
		opts.Gate = gate
	}
	fence := migration.NewSourceFenceWith(nil, opts)
	m := fenceMigrator(t, server.Endpoint(), &migration.Options{
		Cutover: fence, Ledger: migration.NewFileLedger(filepath.Join(t.TempDir(), "ledger")),
		SourceRedis: migration.RedisOptions{Username: "lift", Password: func(context.Context) (string, error) { return "sesame", nil }},
	})
	facts, err := m.Facts(t.Context())
	if err != nil || facts.Source == nil || facts.Fence == nil || facts.Fence.Choose(facts.Source.Version).Rung != f.rung {
		t.Fatalf("the facts are %+v, %v, want the fence %s", facts.Fence, err, f.rung)
	}
	set := func(ctx context.Context) error { return client.Set(ctx, "key", "value", 0).Err() }
	inTransaction := func(ctx context.Context) error {
		_, err := client.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Incr(ctx, "counter").Err() })
		return err
	}
	script := func(ctx context.Context) error {
		return client.Eval(ctx, "return redis.call('INCR', KEYS[1])", []string{"counter"}).Err()
	}
	writes := []migrationtest.Write{set, inTransaction, script}
	if f.rung == preflight.FenceGate {
		for i, w := range writes {
			writes[i] = gate.before(w)
		}
	}
	if err := migrationtest.CheckCutover(t.Context(), fence, writes...); err != nil {
		t.Error(err)
	}
	if err := set(t.Context()); err != nil {
		t.Errorf("after the check: %v", err)
	}
}

func fenceMigrator(t *testing.T, from simulator.Endpoint, opts *migration.Options) *migration.Migrator {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Timing: simulator.FastTiming()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	plan := migration.NewPlan("fence", migration.Source{Address: from.Address, Port: from.Port}, migration.ReplicationGroup("none"))
	m, err := migration.New(plan, elasticache.NewFromConfig(sim.Config()), opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// flag is a host's gate: a feature flag at which writers look before each write.
type flag struct {
	mu     sync.RWMutex // held for reading by a write under way
	closed bool
}

func (f *flag) Close(ctx context.Context) error { return f.set(ctx, true) }
func (f *flag) Open(ctx context.Context) error  { return f.set(ctx, false) }
func (f *flag) Closed(ctx context.Context) (bool, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.closed, ctx.Err()
}

func (f *flag) set(ctx context.Context, closed bool) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = closed
	return nil
}

func (f *flag) before(w migrationtest.Write) migrationtest.Write {
	return func(ctx context.Context) error {
		f.mu.RLock()
		defer f.mu.RUnlock()
		if f.closed {
			return errors.New("the flag says no writes")
		}
		return w(ctx)
	}
}

// So it does before servers in memory of other versions than the one at hand.
func TestCheckCutoverOfSourceFenceInMemory(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		engine, version string
		want            preflight.FenceRung
	}{
		{"valkey", "8.0.1", preflight.FencePause},
		{"redis", "7.0.15", preflight.FencePause},
		{"redis", "6.2.16", preflight.FencePause},
		{"redis", "6.0.20", preflight.FenceMinReplicas},
		{"redis", "5.0.14", preflight.FenceUnscripted},
		{"redis", "3.2.13", preflight.FenceUnscripted},
	} {
		t.Run(row.engine+" "+row.version, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				s := migrationtest.NewScenario(t).Source(simulator.MemoryOptions{Engine: row.engine, Version: row.version})
				fence := migration.NewSourceFenceWith(nil, migration.FenceOptions{DangerNoScripts: true})
				facts, err := s.Migrator(&migration.Options{Cutover: fence}).Facts(t.Context())
				if err != nil || facts.Fence.Choose(facts.Source.Version).Rung != row.want {
					t.Fatalf("the facts are %+v, %v, want the fence %s", facts.Fence, err, row.want)
				}
				client := s.SourceClient()
				set := func(ctx context.Context) error { return client.Set(ctx, "key", "value", 0).Err() }
				if err := migrationtest.CheckCutover(t.Context(), fence, set); err != nil {
					t.Errorf("after %v: %v", time.Since(begun), err)
				}
				s.AssertWritesOpen()
			})
		})
	}
}
