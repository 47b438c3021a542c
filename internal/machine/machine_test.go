package machine

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/looplab/fsm"

	"github.com/cachelift/cachelift/progress"
)

// builtin is the table without steps of a host.
func builtin() Table { return NewTable(Builtin()) }

func TestEdges(t *testing.T) {
	t.Parallel()
	type key struct {
		trigger progress.Trigger
		from    progress.State
	}
	seen := map[key]bool{}
	used := map[progress.Trigger]bool{}
	for _, e := range builtin().Edges() {
		if seen[key{e.Trigger, e.From}] {
			t.Errorf("two edges leave %s by %s: looplab/fsm would keep one in silence", e.From, e.Trigger)
		}
		seen[key{e.Trigger, e.From}] = true
		used[e.Trigger] = true
		if e.From == e.To {
			t.Errorf("%s leads from %s to itself: looplab/fsm returns an error for that", e.Trigger, e.From)
		}
		if e.From.Terminal() {
			t.Errorf("%s leaves the terminal state %s", e.Trigger, e.From)
		}
		for _, s := range []progress.State{e.From, e.To} {
			if !slices.Contains(progress.States(), s) {
				t.Errorf("edge %+v: state %q is not in progress.States", e, s)
			}
		}
	}
	for _, s := range progress.States() {
		if !s.Terminal() && !seen[key{progress.TriggerFail, s}] {
			t.Errorf("%s cannot fail", s)
		}
		abortable := slices.Contains([]progress.State{
			progress.StateTesting, progress.StateStarting, progress.StateSyncing,
			progress.StateInSync, progress.StatePausing, progress.StateDraining,
		}, s)
		if seen[key{progress.TriggerAbort, s}] != abortable {
			t.Errorf("abort from %s: legal is %t, want %t", s, !abortable, abortable)
		}
		if s.PastNoReturn() && seen[key{progress.TriggerAbort, s}] {
			t.Errorf("%s is past the point of no return and can be aborted", s)
		}
	}
	if len(used) != 16 {
		t.Errorf("%d triggers have an edge, want all 16", len(used))
	}
}

// The table is written once as Go and once more here, as a migration reads.
func TestPaths(t *testing.T) {
	t.Parallel()
	rows := []struct {
		why   string
		from  progress.State
		fire  string
		visit string
	}{
		{"the way to done", progress.StateNew, "begin passed tested started caught_up approved paused drained promoted switched", "preflight testing starting syncing in_sync pausing draining completing switching done"},
		{"falling behind", progress.StateInSync, "fell_behind caught_up", "syncing in_sync"},
		{"starting again", progress.StateSyncing, "start_again started caught_up start_again", "starting syncing in_sync starting"},
		{"back out while pausing", progress.StatePausing, "backed_out", "in_sync"},
		{"back out while draining", progress.StateDraining, "backed_out", "in_sync"},
		{"AWS refused the completion", progress.StateCompleting, "backed_out approved", "in_sync pausing"},
		{"abort while draining", progress.StateDraining, "abort aborted", "aborting aborted"},
		{"failing while aborting", progress.StateAborting, "fail", "failed"},
		{"failing before anything", progress.StateNew, "fail", "failed"},
	}
	for _, r := range rows {
		m, err := New(builtin(), r.from)
		if err != nil {
			t.Fatalf("%s: %v", r.why, err)
		}
		visit := strings.Fields(r.visit)
		for i, trigger := range strings.Fields(r.fire) {
			if !m.Can(progress.Trigger(trigger)) {
				t.Errorf("%s: %s is not legal in %s", r.why, trigger, m.Current())
			}
			got, err := m.Fire(t.Context(), progress.Trigger(trigger))
			if err != nil || string(got) != visit[i] || m.Current() != got {
				t.Errorf("%s: %s led to %s (current %s), %v; want %s", r.why, trigger, got, m.Current(), err, visit[i])
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range append(progress.States(), "", "migrating") {
		live := s != "" && s != "migrating" && !s.Terminal()
		m, err := New(builtin(), s)
		if (err == nil) != live {
			t.Errorf("New(%q): %v", s, err)
		}
		if live && m.Current() != s {
			t.Errorf("New(%q) is in %q", s, m.Current())
		}
		if !live && !strings.Contains(err.Error(), `"`+string(s)+`"`) {
			t.Errorf("the error does not name the state %q: %v", s, err)
		}
	}
}

func TestIllegalTriggerIsExplained(t *testing.T) {
	t.Parallel()
	m, err := New(builtin(), progress.StateDraining)
	if err != nil {
		t.Fatal(err)
	}
	for _, trigger := range []progress.Trigger{progress.TriggerPromoted, "no_such_trigger"} {
		got, err := m.Fire(t.Context(), trigger)
		if err == nil {
			t.Fatalf("%s: no error", trigger)
		}
		want := `trigger "` + string(trigger) + `" is illegal in state "draining", legal are abort, backed_out, drained, fail`
		if got != progress.StateDraining || !strings.Contains(err.Error(), want) {
			t.Errorf("state %s, error %q, want %q", got, err, want)
		}
	}
	if _, err := m.Fire(t.Context(), progress.TriggerFail); err != nil {
		t.Fatal(err)
	}
	_, err = m.Fire(t.Context(), progress.TriggerAbort)
	if err == nil || !strings.Contains(err.Error(), "legal are none") {
		t.Errorf("in a terminal state: %v", err)
	}
	var invalid fsm.InvalidEventError
	if !errors.As(err, &invalid) {
		t.Errorf("the cause is not wrapped: %v", err)
	}
}

func TestCancelledContextDoesNotWedge(t *testing.T) {
	t.Parallel()
	m, err := New(builtin(), progress.StateSyncing)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := m.Fire(ctx, progress.TriggerCaughtUp); err != nil || s != progress.StateInSync {
		t.Fatalf("with a cancelled context: %s, %v", s, err)
	}
	if s, err := m.Fire(t.Context(), progress.TriggerApproved); err != nil || s != progress.StatePausing {
		t.Fatalf("afterwards: %s, %v", s, err)
	}
}

func TestRandomWalkStaysInTheTable(t *testing.T) {
	t.Parallel()
	const seed = 20261120
	rnd := rand.New(rand.NewPCG(seed, 1))
	to := map[Edge]bool{}
	var triggers []progress.Trigger
	for _, e := range builtin().Edges() {
		to[e] = true
		if !slices.Contains(triggers, e.Trigger) {
			triggers = append(triggers, e.Trigger)
		}
	}
	var live []progress.State
	for _, s := range progress.States() {
		if !s.Terminal() {
			live = append(live, s)
		}
	}
	walked := map[Edge]bool{}
	for range 500 {
		m, err := New(builtin(), live[rnd.IntN(len(live))])
		if err != nil {
			t.Fatal(err)
		}
		for range 30 {
			from, trigger := m.Current(), triggers[rnd.IntN(len(triggers))]
			can := m.Can(trigger)
			got, err := m.Fire(t.Context(), trigger)
			e := Edge{trigger, from, got}
			if legal := err == nil; legal != can || (legal && !to[e]) || (!legal && m.Current() != from) {
				t.Fatalf("seed %d: %s in %s: Can said %t, now %s, error %v", seed, trigger, from, can, m.Current(), err)
			}
			if err == nil {
				walked[e] = true
			}
		}
	}
	if len(walked) != len(to) {
		t.Errorf("the walk used %d of %d edges: it proves too little", len(walked), len(to))
	}
}

func TestConcurrentReads(t *testing.T) {
	t.Parallel()
	m, err := New(builtin(), progress.StateSyncing)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if s := m.Current(); s != progress.StateSyncing && s != progress.StateInSync {
					t.Errorf("read the state %s", s)
					return
				}
				m.Can(progress.TriggerFail)
			}
		})
	}
	for i := range 500 {
		trigger := progress.TriggerCaughtUp
		if i%2 == 1 {
			trigger = progress.TriggerFellBehind
		}
		if _, err := m.Fire(t.Context(), trigger); err != nil {
			t.Error(err)
			break
		}
	}
	close(stop)
	wg.Wait()
}
