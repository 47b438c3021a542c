package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/examples/customworkflow/lab"
	"github.com/cachelift/cachelift/migration"
)

// start makes the world: real redis-server processes, real DNS, real HTTP.
func start(t *testing.T, verdict string) *lab.Lab {
	t.Helper()
	l, err := lab.Start(t.Context(), "prod-cache", verdict, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func TestEndToEnd(t *testing.T) {
	t.Parallel()
	l := start(t, "approved")
	source := redis.NewClient(&redis.Options{Addr: l.Source.Addr()})
	defer source.Close()
	if err := source.Set(t.Context(), "order:1", "paid", 0).Err(); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := run(t.Context(), l, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	inOrder(t, out.String(), "completing --> step_functions: promoted",
		"step announce: run done", "step approval: run done", "draining -> completing",
		"step functions: run done", "step smoke-test: run done", "switch done", "step all-clear: run done",
		"DNS says   "+l.Group.PrimaryEndpoint().String(), "maintenance is over")

	target := redis.NewClient(&redis.Options{Addr: l.Group.PrimaryEndpoint().String()})
	defer target.Close()
	if got, err := target.FCallRo(t.Context(), "orders_release", nil).Text(); got != "2" || err != nil {
		t.Errorf("the function of the release returns %q, %v", got, err)
	}
	if keys, err := target.Keys(t.Context(), "*").Result(); err != nil || len(keys) != 1 || keys[0] != "order:1" {
		t.Errorf("the target has the keys %v, %v; want order:1 and nothing of the smoke test", keys, err)
	}
	if n := l.NameServer.Updates(); n != 2 {
		t.Errorf("%d updates of the zone, want the first one and the switch", n)
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	l := start(t, "denied")
	var out strings.Builder
	if err := run(t.Context(), l, &out); !errors.Is(err, errDenied) {
		t.Fatalf("got %v, want a denial\n%s", err, &out)
	}
	inOrder(t, out.String(), "step announce: run done", "was denied", "step announce: undo done", "DNS says   "+l.Source.Addr())
	if n := l.Office.Notices(); len(n) != 0 {
		t.Errorf("the status page still says %v", n)
	}
	source := redis.NewClient(&redis.Options{Addr: l.Source.Addr()})
	defer source.Close()
	if err := source.Set(t.Context(), "order:1", "paid", 0).Err(); err != nil {
		t.Errorf("the source takes no writes: %v", err)
	}
}

// TestClientsTwice calls each client of the house twice: a step is called again.
func TestClientsTwice(t *testing.T) {
	t.Parallel()
	l := start(t, "approved")
	house := houseOf(l)
	node := redis.NewClient(&redis.Options{Addr: l.Source.Addr()})
	defer node.Close()
	to := migration.Endpoint{Address: "master.prod-cache.abc123.use1.cache.amazonaws.com", Port: 6379}
	if err := house.library.Check(t.Context(), node); err == nil {
		t.Error("a library that was never loaded is found")
	}
	if _, err := house.zone.Lookup(t.Context()); !errors.Is(err, errNoRecord) {
		t.Errorf("got %v, want errNoRecord", err)
	}
	if _, err := house.tickets.Decision(t.Context(), "none"); err == nil {
		t.Error("a ticket that was never opened is decided")
	}
	for range 2 {
		for what, call := range map[string]func() error{
			"Post":  func() error { return house.notices.Post(t.Context(), "a/b", "text") },
			"Open":  func() error { return house.tickets.Open(t.Context(), "a/b", "title") },
			"Load":  func() error { return house.library.Load(t.Context(), node) },
			"point": func() error { return point(t.Context(), house.zone, to) },
		} {
			if err := call(); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if n := l.NameServer.Updates(); n != 1 {
		t.Errorf("%d updates of the zone, want 1: it pointed there already", n)
	}
	if err := house.library.Check(t.Context(), node); err != nil {
		t.Error(err)
	}
	if d, err := house.tickets.Decision(t.Context(), "a/b"); d != approved || err != nil {
		t.Errorf("the ticket is %q, %v", d, err)
	}
	for range 2 {
		if err := house.notices.Withdraw(t.Context(), "a/b"); err != nil {
			t.Error(err)
		}
	}
}

func TestWrongFlags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]int{"-unknown": 2, "-decide-after soon": 2, "-help": 0} {
		var stderr strings.Builder
		if code := execute(t.Context(), strings.Fields(args), &stderr, &stderr); code != want || stderr.Len() == 0 {
			t.Errorf("%s: exit code %d, want %d\n%s", args, code, want, &stderr)
		}
	}
}

// inOrder asserts that the texts stand in s one after the other.
func inOrder(t *testing.T, s string, texts ...string) {
	t.Helper()
	rest := s
	for _, text := range texts {
		i := strings.Index(rest, text)
		if i < 0 {
			t.Fatalf("%q is missing, or not in its place, in:\n%s", text, s)
		}
		rest = rest[i+len(text):]
	}
}
