package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/progress"
)

// small is quick and still has all types, big keys and both databases.
var small = []string{"--keys", "2000", "--value-size", "100", "--writes-per-second", "400", "--seed", "7"}

func TestQuickstart(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), append(slices.Clone(small), "--json"), &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d\n%s\n%s", code, &stdout, &stderr)
	}
	var s summary
	dec := json.NewDecoder(&stdout)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil || dec.More() {
		t.Fatalf("standard output is not one summary: %v", err)
	}
	if !s.OK || s.Total != 0 || s.Writes.Lost != 0 || s.Writes.Late != 0 || s.Sample.Mismatches != 0 {
		t.Errorf("%+v", s)
	}
	if w := s.Writes; w.Acknowledged < 500 || w.AfterSwitch < 100 || w.Refused < 20 {
		t.Errorf("writes %+v: too few to prove anything; the stubborn writer alone is refused for a second", w)
	}
	if s.Sample.Size != 2000 || s.Sample.Big != bigKeys || s.Sample.WithTTL < 200 {
		t.Errorf("sample %+v, want all keys", s.Sample)
	}
	total := 0
	for _, c := range s.Counts {
		if c.Source != c.Target || c.Source == 0 {
			t.Errorf("counts %+v, want some of each type on both ends", c)
		}
		total += c.Source
	}
	if total < 2000 || len(s.Counts) != databases*len(kinds()) {
		t.Errorf("%d keys in %d rows", total, len(s.Counts))
	}
	if s.Sync.Bytes < 5*bigBytes || s.Sync.FullSyncs != 1 || s.Sync.BytesPerSecond <= 0 {
		t.Errorf("sync %+v, want the big keys at least", s.Sync)
	}
	if p := s.Pause; p.Library <= 0 || p.Application <= 0 || p.WorstWriter < p.Application {
		t.Errorf("pause %+v", p)
	}
	if !slices.ContainsFunc(s.TimeIn, func(x stateTime) bool { return x.State == progress.StateInSync && x.Seconds >= 1 }) {
		t.Errorf("time in states: %+v", s.TimeIn)
	}
	for _, want := range []string{"pass     target.multi-az", "checks: ", "0 failed", "nothing blocks", "test_migration done", "in_sync", "switch done"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("standard error has no %q", want)
		}
	}
}

func TestInterruptEndsAll(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	// The first line is told when the servers run.
	onLine := writerFunc(func(p []byte) (int, error) {
		if bytes.HasPrefix(p, []byte("writers")) {
			cancel()
		}
		return stdout.Write(p)
	})
	if code := run(ctx, small, onLine, &stderr); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("standard error: %s", &stderr)
	}
	_, after, _ := strings.Cut(stdout.String(), "source     127.0.0.1:")
	port, _, _ := strings.Cut(after, "\n")
	c := connect("127.0.0.1:"+port, 0, 1)
	defer c.Close()
	if err := c.Ping(t.Context()).Err(); port == "" || err == nil {
		t.Errorf("the source on port %q still answers", port)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
