package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/simulator"
)

// startLab starts a server with a key in it and a simulated ElastiCache, and
// points the AWS configuration to it, for which a test must not be parallel.
func startLab(t *testing.T) (*simulator.Redis, *simulator.Group) {
	t.Helper()
	source, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Args: []string{"--repl-diskless-sync-delay", "0"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = source.Close() })
	sim, err := simulator.New(simulator.Options{Timing: simulator.FastTiming()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	group, err := sim.CreateReplicationGroup(t.Context(), simulator.ReplicationGroup{ID: "prod-cache"})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- sim.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	none := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_ELASTICACHE": "http://" + l.Addr().String(),
		"AWS_ACCESS_KEY_ID":            "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "us-east-1",
		"AWS_PROFILE": "", "AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none,
	} {
		t.Setenv(name, value)
	}
	return source, group
}

func TestEmbed(t *testing.T) {
	source, group := startLab(t)
	at := redis.NewClient(&redis.Options{Addr: source.Addr()})
	defer at.Close()
	if err := at.Set(t.Context(), "order:1", "paid", 0).Err(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	plan, endpoint := filepath.Join(dir, "plan.json"), filepath.Join(dir, "endpoint")
	args := []string{"-source", source.Addr(), "-group", "prod-cache", "-plan", plan, "-endpoint", endpoint}

	// Ctrl-C before anything is begun leaves the plan, and the next start goes on
	// with it.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stderr strings.Builder
	if code := execute(ctx, args, &stderr); code != 1 {
		t.Errorf("interrupted: exit code %d, want 1\n%s", code, &stderr)
	}
	var stored migration.Plan
	if err := json.Unmarshal(read(t, plan), &stored); err != nil || stored.CreatedAt.IsZero() {
		t.Fatalf("the plan %+v is not stored: %v", stored, err)
	}
	stderr.Reset()
	if code := execute(t.Context(), args, &stderr); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &stderr)
	}
	for _, want := range []string{"in_sync", "completing -> switching", "-> done"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &stderr)
		}
	}
	var to migration.Endpoint
	if err := json.Unmarshal(read(t, endpoint), &to); err != nil || to.String() != group.PrimaryEndpoint().String() {
		t.Errorf("the application is sent to %v, %v; want %v", to, err, group.PrimaryEndpoint())
	}
	target := redis.NewClient(&redis.Options{Addr: to.String()})
	defer target.Close()
	if got, err := target.Get(t.Context(), "order:1").Result(); got != "paid" || err != nil {
		t.Errorf("the target has %q, %v", got, err)
	}
	if err := at.Set(t.Context(), "order:1", "late", 0).Err(); err == nil {
		t.Error("the source takes writes that nobody will see")
	}

	var again migration.Plan
	if err := json.Unmarshal(read(t, plan), &again); err != nil || again != stored {
		t.Errorf("the plan has become %+v, %v; it was %+v", again, err, stored)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWrongArguments(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "plan.json")
	plan, err := planOf(file, "10.0.0.241:6379", "prod-cache")
	if err == nil {
		err = replaceFile(file, plan)
	}
	if err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]struct {
		code int
		text string
	}{
		"-unknown":                       {2, "-unknown"},
		"-source 10.0.0.241":             {1, "-source"},
		"-source 10.0.0.241:redis":       {1, "-source"},
		"-source 10.0.0.9:6379 -group g": {1, "10.0.0.241:6379"},
	} {
		var stderr strings.Builder
		code := execute(t.Context(), append(strings.Fields(args), "-plan", file), &stderr)
		if code != want.code || !strings.Contains(stderr.String(), want.text) {
			t.Errorf("%s: exit code %d, want %d, and %q in:\n%s", args, code, want.code, want.text, &stderr)
		}
	}
}

// TestBadPlanIsNotStored: the next start is not held to it.
func TestBadPlanIsNotStored(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "plan.json")
	var stderr strings.Builder
	code := execute(t.Context(), []string{"-source", "10.0.0.241:6379", "-group", "prod cache", "-plan", file}, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "prod cache") {
		t.Errorf("exit code %d\n%s", code, &stderr)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the plan is stored: %v", err)
	}
}
