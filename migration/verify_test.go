package migration_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/verify"
)

// plants returns a step that makes a key on the source that is not replicated: the
// target has lost it.
func plants(key string) migration.Step {
	const script = `redis.set_repl(redis.REPL_NONE) return redis.call('SET', KEYS[1], ARGV[1])`
	return migration.Step{Name: "plant", Run: func(ctx context.Context, s *migration.Session) error {
		return s.Source().Eval(ctx, script, []string{key}, "planted").Err()
	}}
}

// compareEverywhere is all three comparisons.
func compareEverywhere() migration.Verify {
	return migration.Verify{InSync: &verify.Options{}, InPause: &verify.Options{}, Promoted: &verify.Options{}}
}

// TestVerifyEqual: under writes, in the pause and after the promotion the two ends
// are the same, and the migration comes to its end.
func TestVerifyEqual(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fill(t, w.source.Addr(), 5_000, 100)
	writers := startWriters(t, 2, w.source.Addr())
	rec := &recorder{}
	opts := w.options()
	opts.Observers = []progress.Observer{rec}
	opts.Cutover = migration.NewSourceFence(writers.switchTo)
	opts.Verify = compareEverywhere()
	opts.Verify.InSync.Mode = verify.ModeFull
	res, err := w.migrator(t, w.plan(), opts).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	writers.stop()
	want := []progress.State{
		"preflight", "testing", "starting", "syncing", "in_sync", migration.StepVerifyInSync, "pausing", "draining",
		migration.StepVerifyInPause, "completing", migration.StepVerifyPromoted, "switching", "done",
	}
	if got := rec.path(); !slices.Equal(got, want) {
		t.Errorf("path is %v, want %v", got, want)
	}
	if len(res.Verify) != 3 {
		t.Fatalf("%d comparisons in the result, want 3", len(res.Verify))
	}
	for _, v := range res.Verify {
		if v.Report.Verdict != verify.Equal || v.Report.Mode != verify.ModeFull || v.Report.Source.Keys < 5_000 || !v.Report.Replicating || v.Err != "" {
			t.Errorf("%s: %+v", v.Step, v)
		}
	}
	var md strings.Builder
	if err := res.WriteMarkdown(&md); err != nil || !strings.Contains(md.String(), "## Comparison of both ends: verify-promoted") {
		t.Errorf("%v in\n%s", err, md.String())
	}
}

// TestVerifyDifferent: a difference stops the migration in the way of the place, and
// is told without the key.
func TestVerifyDifferent(t *testing.T) {
	t.Parallel()
	const key = "planted:key"
	for _, c := range []struct {
		why    string
		after  progress.State // where it is planted
		verify migration.Verify
		state  progress.State
		paused bool // for good
		pauses int
	}{
		{"while in sync the run ends before the pause", progress.StateInSync, migration.Verify{InSync: &verify.Options{}}, migration.StepVerifyInSync, false, 0},
		{"in the pause writes are resumed, and not paused again", progress.StateInSync, migration.Verify{InPause: &verify.Options{Values: verify.ValuesShow}}, migration.StepVerifyInPause, false, 1},
		{"past the point of no return writes stay paused", progress.StateInSync, migration.Verify{Promoted: &verify.Options{}}, migration.StepVerifyPromoted, true, 1},
	} {
		t.Run(string(c.state), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			fill(t, w.source.Addr(), 500, 10)
			rec := &recorder{}
			opts := w.options()
			opts.Observers = []progress.Observer{rec}
			opts.Cutover = migration.NewSourceFence(nil)
			opts.Workflow = migration.DefaultWorkflow().After(progress.StateSyncing, plants(key))
			opts.Verify = c.verify
			res, err := w.migrator(t, w.plan(), opts).Run(t.Context())
			var different *migration.VerifyError
			var failed *migration.Error
			if !errors.Is(err, migration.ErrDifferent) || !errors.As(err, &different) || !errors.As(err, &failed) {
				t.Fatalf("%s: the error is %v", c.why, err)
			}
			if different.Report.Counts[verify.ClassMissing] != 1 || failed.State != c.state || errors.Is(err, migration.ErrPastNoReturn) != c.paused {
				t.Errorf("%s: in %s: %v", c.why, failed.State, err)
			}
			if n := countOf(rec.actions(), "pause_writes"); n != c.pauses {
				t.Errorf("%s: writes were paused %d times, want %d", c.why, n, c.pauses)
			}
			if err := plainClient(w.source.Addr()).Set(t.Context(), "after", 1, 0).Err(); (err != nil) != c.paused {
				t.Errorf("%s: a write to the source got %v", c.why, err)
			}
			toldWithoutKeys(t, res, err, rec.all(), key, "planted")
		})
	}
}

func countOf(all []string, what string) int {
	n := 0
	for _, s := range all {
		if s == what {
			n++
		}
	}
	return n
}

// toldWithoutKeys: the result has the difference, and nothing that anybody is told has
// a key or a value.
func toldWithoutKeys(t *testing.T, res migration.Result, err error, events []progress.Event, key, value string) {
	t.Helper()
	if len(res.Verify) != 1 || res.Verify[0].Report.Verdict != verify.Different || len(res.Verify[0].Report.Differences) != 1 ||
		!bytes.HasPrefix(res.Verify[0].Report.Differences[0].Key, []byte("sha256:")) {
		t.Errorf("the result has %+v", res.Verify)
	}
	var all strings.Builder
	if e := res.WriteMarkdown(&all); e != nil {
		t.Error(e)
	}
	if !strings.Contains(all.String(), "sha256:") || !strings.Contains(all.String(), "different") {
		t.Errorf("the Markdown lacks the difference:\n%s", all.String())
	}
	b, e := json.Marshal(res)
	var back migration.Result
	if e != nil || json.Unmarshal(b, &back) != nil || len(back.Verify) != 1 || back.Verify[0].Report.Counts[verify.ClassMissing] != 1 {
		t.Errorf("the JSON does not survive: %v", e)
	}
	fmt.Fprintf(&all, "%s %v %s", b, err, res.Verify[0].Report.Differences[0].Key)
	for _, event := range events {
		if _, ok := event.(progress.StateChanged); !ok {
			fmt.Fprintln(&all, event)
		}
	}
	for _, secret := range []string{key, "=planted", `"` + value + `"`} {
		if strings.Contains(all.String(), secret) {
			t.Errorf("%q is told in:\n%s", secret, all.String())
		}
	}
}

// TestVerifyTooLong: a comparison that does not fit into the pause resumes writes,
// and is not begun again in another pause.
func TestVerifyTooLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fill(t, w.source.Addr(), 10_000, 10)
	rec := &recorder{}
	opts := w.options()
	opts.Observers = []progress.Observer{rec}
	opts.Cutover = migration.NewSourceFence(nil)
	opts.MaxWritePause = 3 * time.Second
	opts.Verify.InPause = &verify.Options{Source: verify.Limits{KeysPerSecond: 100}}
	res, err := w.migrator(t, w.plan(), opts).Run(t.Context())
	if !errors.Is(err, migration.ErrPausedTooLong) || !strings.Contains(err.Error(), "longer than the write pause may last") {
		t.Errorf("the error is %v", err)
	}
	if n := countOf(rec.actions(), "pause_writes"); n != 1 {
		t.Errorf("writes were paused %d times, want once", n)
	}
	if err := plainClient(w.source.Addr()).Set(t.Context(), "after", 1, 0).Err(); err != nil {
		t.Errorf("writes were not resumed: %v", err)
	}
	if len(res.Verify) != 1 || res.Verify[0].Report.Verdict != verify.NotProven || res.Verify[0].Err == "" {
		t.Errorf("the result has %+v", res.Verify)
	}
}

// TestVerifyAccept: a comparison can report and no more, and a step can stand
// wherever the host puts it.
func TestVerifyAccept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fill(t, w.source.Addr(), 100, 10)
	var told atomic.Int64
	step := migration.VerifyStep("look", &verify.Options{OnDifference: func(d verify.Difference) error {
		if string(d.Key) == "planted:key" {
			told.Add(1)
		}
		return nil
	}}, verify.Different)
	opts := w.options()
	opts.Cutover = migration.NewSourceFence(nil)
	opts.Workflow = migration.DefaultWorkflow().After(progress.StateSyncing, plants("planted:key")).Before(progress.StatePausing, step)
	res, err := w.migrator(t, w.plan(), opts).Run(t.Context())
	if err != nil || res.State != progress.StateDone || len(res.Verify) != 1 || res.Verify[0].Report.Verdict != verify.Different || told.Load() != 1 {
		t.Errorf("%s, %v, %d told, %+v", res.State, err, told.Load(), res.Verify)
	}
}

// TestVerifyCallbackPanics: it is an error of the step, and not the end of the program.
func TestVerifyCallbackPanics(t *testing.T) {
	t.Parallel()
	for why, options := range map[string]verify.Options{
		"OnProgress":   {OnProgress: func(verify.Progress) { panic("at the disco") }},
		"OnDifference": {OnDifference: func(verify.Difference) error { panic("at the disco") }},
	} {
		w := newWorld(t)
		opts := w.options()
		opts.Cutover = migration.NewSourceFence(nil)
		opts.Workflow = migration.DefaultWorkflow().After(progress.StateSyncing, plants("planted:key"))
		opts.Verify = migration.Verify{InSync: &options, Accept: []verify.Verdict{verify.Different}}
		_, err := w.migrator(t, w.plan(), opts).Run(t.Context())
		var panicked *migration.PanicError
		if !errors.As(err, &panicked) {
			t.Errorf("%s: the error is %v", why, err)
		}
	}
}

// TestVerifyRehearsed: a rehearsal compares inside the pause too, and resumes writes.
func TestVerifyRehearsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fill(t, w.source.Addr(), 100, 10)
	opts := w.options()
	opts.Cutover = migration.NewSourceFence(nil)
	opts.Verify = compareEverywhere()
	res, err := w.migrator(t, w.plan(), opts).Rehearse(t.Context())
	if err != nil || len(res.Verify) != 2 || res.Verify[1].Step != migration.StepVerifyInPause || res.Verify[1].Report.Verdict != verify.Equal {
		t.Errorf("%v, %+v", err, res.Verify)
	}
	if err := plainClient(w.source.Addr()).Set(t.Context(), "after", 1, 0).Err(); err != nil {
		t.Errorf("writes were not resumed: %v", err)
	}
}
