package main

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// writing counts up on the source until the test ends, and counts what was
// acknowledged.
func writing(t *testing.T, source *redis.Client) *atomic.Int64 {
	t.Helper()
	var acknowledged atomic.Int64
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			if source.Incr(ctx, "counter").Err() == nil {
				acknowledged.Add(1)
				continue
			}
			select { // a closed fence
			case <-ctx.Done():
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return &acknowledged
}

// moves waits until there are more.
func moves(t *testing.T, n *atomic.Int64) {
	t.Helper()
	deadline, begun := time.After(30*time.Second), n.Load()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for n.Load() < begun+10 {
		select {
		case <-deadline:
			t.Fatalf("%d writes, and no more", n.Load())
		case <-tick.C:
		}
	}
}

// TestRehearse: on real servers under writes, twice, and then the cut-over itself.
func TestRehearse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "--min-replicas-to-write", "0")
	source := dial(t, w.source.Addr())
	n := writing(t, source)
	o := mustCall(t, exitUsage, w.first("rehearse")...)
	contains(t, o.errOut, "This rehearses the cut-over of "+w.source.Addr(), "resumes them after at most 30s", "promotes nothing", "--yes is missing")

	file := filepath.Join(t.TempDir(), "rehearsal.md")
	o = mustCall(t, exitDone, w.first("rehearse", "--yes", "--evidence", file)...)
	contains(t, o.out, "in_sync", "writes were paused", "lag at its begin", "drained", "could have been requested after", "a real pause")
	contains(t, o.errOut, "pause_writes", "resume_writes", "To cut over:\n  cachelift run --plan "+w.plan, "To rehearse once more:\n  cachelift rehearse --plan "+w.plan)
	contains(t, readFile(t, file), "## Rehearsal", "min-replicas-to-write")
	moves(t, n)

	o = mustCall(t, exitDone, w.args("rehearse", "--yes", "--output", "json", "--max-write-pause", "20s", "--evidence", file)...)
	last := lastLine(t, o.out)
	if r := last.Result.Rehearsal; r == nil || r.SourceOffset == 0 || r.TargetOffset < r.SourceOffset || r.Pause < r.ToRequest || last.ExitCode != exitDone {
		t.Errorf("the last line is %+v", last)
	}
	if !strings.Contains(last.Resume, "run --plan") || !strings.Contains(last.Resume, "20s") || strings.Contains(last.Resume, file) {
		t.Errorf("it goes on with %q", last.Resume)
	}
	moves(t, n)
	if w.group.Status() != "migrating" {
		t.Errorf("the group is %s", w.group.Status())
	}

	o = mustCall(t, exitDone, w.args("run", "--yes")...)
	contains(t, o.out, "done", w.group.PrimaryEndpoint().String())
	got, err := dial(t, w.group.PrimaryEndpoint().String()).Get(t.Context(), "counter").Int64()
	if want := n.Load(); err != nil || got < want {
		t.Errorf("the group counts %d, %v; %d writes were acknowledged", got, err, want)
	}
	o = mustCall(t, exitFailed, w.args("rehearse", "--yes")...)
	contains(t, o.errOut, "Writes are stopped by a cut-over", "cachelift run --plan")
}

// TestRehearseWithoutAFence: the rehearsal finds out that writes cannot be stopped,
// and leaves all as it was.
func TestRehearseWithoutAFence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source := dial(t, w.source.Addr())
	user := func(rules ...any) {
		t.Helper()
		if err := source.Do(t.Context(), append([]any{"ACL", "SETUSER", "lift"}, rules...)...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	user("on", "nopass", "~*", "&*", "+@all", "-config|set", "-acl|setuser")
	o := mustCall(t, exitBlocked, w.first("rehearse", "--yes", "--source-username", "lift")...)
	contains(t, o.out, "source.fence")
	if exists(w.plan) {
		t.Error("the plan of a rehearsal that was blocked is there")
	}
	user("+@all")
	mustCall(t, exitDone, w.first("run", "--until", "in_sync", "--yes", "--source-username", "lift")...)
	user("-config|set", "-acl|setuser") // somebody takes the rights away
	before := state(t, source)
	var out, errOut buffer
	a := app{in: strings.NewReader(""), out: &out, err: &errOut, tune: func(o *migration.Options) {
		fast(o)
		o.CutoverAttempts = 1
	}}
	file := filepath.Join(t.TempDir(), "failed.json")
	if code := a.execute(t.Context(), w.args("rehearse", "--yes", "--source-username", "lift", "--evidence", file)); code != exitFailed || out.String() != "" {
		t.Errorf("exit code %d, stdout %q", code, out.String())
	}
	contains(t, errOut.String(), "error: PauseWrites failed in pausing", "outlook: ", "To try again, or go on:\n  cachelift rehearse --plan "+w.plan)
	if r := decode[migration.Result](t, readFile(t, file)); r.State != progress.StateFailed || r.Rehearsal != nil {
		t.Errorf("the evidence is %+v", r)
	}
	untouched(t, source, before)
	if w.group.Status() != "migrating" {
		t.Errorf("the group is %s", w.group.Status())
	}
}

// TestInterruptRehearsal: Ctrl-C inside the pause resumes writes.
func TestInterruptRehearsal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source := dial(t, w.source.Addr())
	before := state(t, source)
	closed := make(chan string, 1)
	hangs := func(o *migration.Options) {
		fast(o)
		o.Workflow = migration.DefaultWorkflow().After(progress.StateDraining, migration.Step{Name: "hangs", Run: func(ctx context.Context, s *migration.Session) error {
			got, err := source.ConfigGet(ctx, "min-replicas-to-write").Result()
			if err != nil {
				return err
			}
			closed <- got["min-replicas-to-write"]
			s.Note("it hangs now")
			<-ctx.Done()
			return context.Cause(ctx)
		}})
	}
	o := interrupted(t, "it hangs now", hangs, w.first("rehearse", "--yes")...)
	if o.code != exitFailed || o.out != "" {
		t.Errorf("exit code %d, stdout %q", o.code, o.out)
	}
	contains(t, o.errOut, "paused writes are being resumed", "Stopped in in_sync", "cachelift rehearse --plan")
	select {
	case got := <-closed:
		if got != "2000000" {
			t.Errorf("min-replicas-to-write was %s: writes were not paused", got)
		}
	default:
		t.Error("it was not in the pause")
	}
	untouched(t, source, before)
	contains(t, resumed(t, o.errOut).out, "writes were paused") // which is a rehearsal again
	untouched(t, source, before)
}

// TestRehearseAfterACutoverWasKilled: it says what there is to do.
func TestRehearseAfterACutoverWasKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mustCall(t, exitDone, w.first("run", "--until", "in_sync", "--yes")...)
	source := dial(t, w.source.Addr())
	if err := source.ConfigSet(t.Context(), "min-replicas-to-write", "1000000").Err(); err != nil { // what it leaves
		t.Fatal(err)
	}
	o := mustCall(t, exitFailed, w.args("rehearse", "--yes")...)
	contains(t, o.errOut, "a cut-over that is half done", "cachelift run --plan", `"cachelift abort" opens the source again`)
	if err := source.Set(t.Context(), "a", "b", 0).Err(); err == nil {
		t.Error("the source takes writes")
	}
	mustCall(t, exitDone, w.args("abort", "--yes")...)
	if err := source.Set(t.Context(), "a", "b", 0).Err(); err != nil {
		t.Errorf("after the abort: %v", err)
	}
}

// TestRehearsalThatWasKilled: whatever comes next opens the source first.
func TestRehearsalThatWasKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mustCall(t, exitDone, w.first("run", "--until", "in_sync", "--yes")...)
	source := dial(t, w.source.Addr())
	for _, next := range [][]string{{"rehearse"}, {"run", "--until", "in_sync"}, {"abort"}} {
		if err := source.ConfigSet(t.Context(), "min-replicas-to-write", "2000000").Err(); err != nil { // what it leaves
			t.Fatal(err)
		}
		mustCall(t, exitDone, w.args(next[0], append(next[1:], "--yes")...)...)
		if err := source.Set(t.Context(), "a", "b", 0).Err(); err != nil {
			t.Errorf("after %s: %v", next, err)
		}
	}
}
