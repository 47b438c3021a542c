package migration_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// ownGate is a host's gate that notes what it is asked, and what the source says then.
type ownGate struct {
	closed bool
	calls  []string
	source func() string
	fails  error
}

func (g *ownGate) Close(context.Context) error {
	g.calls = append(g.calls, "close, source "+g.source())
	g.closed = true
	return g.fails
}

func (g *ownGate) Open(context.Context) error {
	g.calls = append(g.calls, "open, source "+g.source())
	g.closed = false
	return nil
}

func (g *ownGate) Closed(context.Context) (bool, error) { return g.closed, nil }

func newGate(t *testing.T, w *world) *ownGate {
	return &ownGate{source: func() string {
		if open(t, w.source.Addr()) {
			return "open"
		}
		return "closed"
	}}
}

// The gate is closed before the fence and opened after it; after a migration both
// stay closed.
func TestGateWithFence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := newGate(t, w)
	opts := w.options()
	fence := migration.NewSourceFenceWith(nil, migration.FenceOptions{Gate: g})
	opts.Cutover = fence
	m := w.migrator(t, w.plan(), opts)
	report, err := m.Preflight(t.Context())
	if err != nil || report.Err() != nil || !strings.Contains(fenceFinding(report), "the host's gate, and on top CLIENT PAUSE WRITE") {
		t.Errorf("%v, %v:\n%s", err, report.Err(), fenceFinding(report))
	}
	paused := func(want bool) {
		t.Helper()
		if got, err := fence.WritesPaused(t.Context()); err != nil || got != want {
			t.Errorf("paused %t, %v, want %t", got, err, want)
		}
	}
	if err := fence.PauseWrites(t.Context()); err != nil {
		t.Fatal(err)
	}
	paused(true)
	g.closed = false
	paused(false)
	g.closed = true
	if err := fence.ResumeWrites(t.Context()); err != nil {
		t.Fatal(err)
	}
	paused(false)
	if want := []string{"close, source open", "open, source open"}; !slices.Equal(g.calls, want) {
		t.Errorf("calls are %v, want %v", g.calls, want)
	}
	g.fails = errors.New("the flags are read-only")
	if err := fence.PauseWrites(t.Context()); !errors.Is(err, g.fails) || !open(t, w.source.Addr()) {
		t.Errorf("PauseWrites = %v, and the fence must not be closed", err)
	}
	g.fails, g.closed = nil, false
	if _, err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !g.closed || open(t, w.source.Addr()) {
		t.Errorf("after the migration the gate is closed: %t, and the source must be", g.closed)
	}
}

// A gate alone is believed as long as the source executes no write.
func TestGateAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "--rename-command", "CONFIG", "", "--rename-command", "ACL", "")
	g := newGate(t, w)
	g.source = func() string { return "unasked" }
	opts := w.options()
	fence := migration.NewSourceFenceWith(nil, migration.FenceOptions{Gate: g, QuietFor: 100 * time.Millisecond})
	opts.Cutover = fence
	report, err := w.migrator(t, w.plan(), opts).Preflight(t.Context())
	if err != nil || !strings.Contains(fenceFinding(report), "the host's gate alone; weaker: nothing on the source refuses a write") {
		t.Errorf("%v:\n%s", err, fenceFinding(report))
	}

	writers := startWriters(t, 1, w.source.Addr()) // past the gate
	until(t, "it writes", func() bool { return writers.acknowledgedBy(w.source.Addr()) > 10 })
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := fence.PauseWrites(ctx); err == nil || !strings.Contains(err.Error(), "the source still executes writes: set +") {
		t.Errorf("PauseWrites beside a writer = %v", err)
	}
	writers.stop()
	if err := fence.PauseWrites(t.Context()); err != nil {
		t.Fatal(err)
	}
	if paused, err := fence.WritesPaused(t.Context()); err != nil || !paused {
		t.Errorf("paused %t, %v", paused, err)
	}
	open(t, w.source.Addr())
	if paused, err := fence.WritesPaused(t.Context()); err != nil || paused {
		t.Errorf("paused %t, %v after a write past the gate", paused, err)
	}

	none := w.options()
	none.Cutover = migration.NewSourceFence(nil)
	report, err = w.migrator(t, w.plan(), none).Preflight(t.Context())
	if err != nil || !strings.Contains(fenceFinding(report), "gate: the host gives none") {
		t.Errorf("%v, want a clear refusal:\n%s", err, fenceFinding(report))
	}
}

// A process died between the gate and the fence: nobody would open the gate again.
func TestGateLeftClosedIsOpened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, find := range map[string]func(*migration.Migrator) error{
		"run":   func(m *migration.Migrator) error { _, err := m.RunUntil(t.Context(), progress.StateInSync); return err },
		"abort": func(m *migration.Migrator) error { return m.Abort(t.Context(), "test") },
	} {
		g := newGate(t, w)
		g.closed = true
		opts := w.options()
		opts.Cutover = migration.NewSourceFenceWith(nil, migration.FenceOptions{Gate: g})
		if err := find(w.migrator(t, w.plan(), opts)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if g.closed {
			t.Errorf("%s: the gate is still closed: %v", name, g.calls)
		}
	}
}

func TestFenceOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	opts := w.options()
	opts.Cutover = migration.NewSourceFenceWith(nil, migration.FenceOptions{QuietFor: -1, OldClients: "kill", AfterSwitch: "reopen"})
	_, err := migration.New(w.plan(), w.api, opts)
	for _, want := range []string{"QuietFor is -1ns, want 0 or more", `OldClients is "kill", want "keep" or "disconnect"`, `AfterSwitch is "reopen", want "fenced" or "open"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

// fenceFinding is what a report says about the fence.
func fenceFinding(r preflight.Report) string {
	for _, f := range r.Findings {
		if f.CheckID == "source.fence" {
			return string(f.Outcome) + ": " + f.Observed
		}
	}
	return "nothing"
}
