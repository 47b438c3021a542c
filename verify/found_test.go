package verify_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
	"github.com/cachelift/cachelift/verify/internal/dataset"
)

// foundServer starts a server that ends with the test.
func foundServer(t *testing.T, opts simulator.RedisOptions) *simulator.Redis {
	t.Helper()
	opts.Args = append([]string{"--repl-diskless-sync-delay", "0"}, opts.Args...)
	r, err := simulator.StartRedis(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// foundClient is a client as a host would make it.
func foundClient(t *testing.T, r *simulator.Redis, db int) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{
		Addr: r.Addr(), DB: db, Protocol: 2, MaxRetries: -1, ReadTimeout: time.Minute,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// fill writes a set to a server.
func fill(t *testing.T, set dataset.Set, r *simulator.Redis) {
	t.Helper()
	if err := set.Write(t.Context(), r.Addr()); err != nil {
		t.Fatal(err)
	}
}

// replicate makes one server a replica of the other and waits until it has
// all of its data.
func replicate(t *testing.T, source, target *simulator.Redis) {
	t.Helper()
	c := foundClient(t, target, 0)
	e := source.Endpoint()
	if err := c.Do(t.Context(), "REPLICAOF", e.Address, e.Port).Err(); err != nil {
		t.Fatal(err)
	}
	foundEventually(t, "the replica is in sync", func() bool {
		text, err := c.Info(t.Context(), "replication").Result()
		return err == nil && strings.Contains(text, "master_link_status:up")
	})
}

// foundEventually polls until the condition holds.
func foundEventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(5 * time.Minute) // a million keys on a busy machine
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within five minutes: %s", what)
		}
	}
}

// comparison compares two servers and returns all differences with the report.
func comparison(t *testing.T, source, target *simulator.Redis, opts verify.Options) (verify.Report, []verify.Difference) {
	t.Helper()
	var all []verify.Difference
	opts.OnDifference = func(d verify.Difference) error {
		d.Key = bytes.Clone(d.Key)
		all = append(all, d)
		return nil
	}
	report, err := verify.Compare(t.Context(), foundClient(t, source, 0), foundClient(t, target, 0), &opts)
	if err != nil {
		t.Fatal(err)
	}
	return report, all
}

// wantEqual compares two servers and wants nothing to be found.
func wantEqual(t *testing.T, source, target *simulator.Redis, opts verify.Options) verify.Report {
	t.Helper()
	report, found := comparison(t, source, target, opts)
	for i, d := range found {
		if i == 10 {
			t.Errorf("and %d more", len(found)-i)
			break
		}
		t.Errorf("found %s %s %q in database %d: %q, %q against %q %s", d.Class, d.Type, d.Key, d.DB, d.Fields, d.Source, d.Target, d.Reason)
	}
	if report.Verdict != verify.Equal || len(report.Weaker) > 0 {
		t.Errorf("%s, weaker %q, want equal", report.Verdict, report.Weaker)
	}
	return report
}

// wantManifest holds what was found against what was spoilt: all of it, and
// nothing else.
func wantManifest(t *testing.T, manifest []dataset.Difference, found []verify.Difference) {
	t.Helper()
	type place struct {
		db   int
		kind string // a library may have the name of a key
		key  string
	}
	at := func(db int, kind, key string) place {
		if kind != verify.TypeFunction {
			kind = "key"
		}
		return place{db, kind, key}
	}
	got := map[place]verify.Difference{}
	for _, d := range found {
		p := at(d.DB, d.Type, string(d.Key))
		if _, twice := got[p]; twice {
			t.Errorf("%q in database %d was reported twice", d.Key, d.DB)
		}
		got[p] = d
	}
	for _, m := range manifest {
		p := at(m.DB, m.Type, m.Key)
		d, ok := got[p]
		delete(got, p)
		switch {
		case !ok:
			t.Errorf("%s: %q in database %d was not found", m.How, m.Key, m.DB)
		case string(d.Class) != m.Class || d.Type != m.Type:
			t.Errorf("%s: %q in database %d is %s %s, want %s %s", m.How, m.Key, m.DB, d.Class, d.Type, m.Class, m.Type)
		case len(m.Elements) > 0:
			if problem := elements(m, d); problem != "" {
				t.Errorf("%s: %q in database %d: %s", m.How, m.Key, m.DB, problem)
			}
		}
	}
	for p, d := range got {
		t.Errorf("%s %s %q in database %d was found, and is no difference: %q, %q against %q",
			d.Class, d.Type, p.key, p.db, d.Fields, d.Source, d.Target)
	}
}

// elements says what is wrong with the fields of a difference.
func elements(m dataset.Difference, d verify.Difference) string {
	if d.FieldCount != int64(len(m.Elements)) {
		return fmt.Sprintf("%d fields differ, want %d: %q, want %q", d.FieldCount, len(m.Elements), d.Fields, m.Elements)
	}
	for _, e := range m.Elements {
		if !slices.Contains(d.Fields, e) {
			return fmt.Sprintf("fields %q, want %q", d.Fields, m.Elements)
		}
	}
	return ""
}
