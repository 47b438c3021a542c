package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// TestStatusAfterSomebodyElseCompleted: a run would fail, so none is advised.
func TestStatusAfterSomebodyElseCompleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mustCall(t, exitDone, w.first("run", "--until", "in_sync", "--yes")...)
	w.becomes(t, "migrating") // in sync can be seen on the servers before
	api := elasticache.NewFromConfig(w.sim.Config())
	if _, err := api.CompleteMigration(t.Context(), &elasticache.CompleteMigrationInput{ReplicationGroupId: aws.String("test-cluster")}); err != nil {
		t.Fatal(err)
	}
	w.becomes(t, "available")

	o := mustCall(t, exitDone, w.args("status")...)
	contains(t, o.out, "state: ", "has ended")
	contains(t, o.errOut, "describe-events", "--source-identifier test-cluster --endpoint-url "+w.url, "remove the plan "+w.plan)
	if strings.Contains(o.errOut, "cachelift run") {
		t.Errorf("a run is advised:\n%s", o.errOut)
	}
	mustCall(t, exitFailed, w.args("run", "--yes")...)
	if err := os.Remove(w.plan); err != nil {
		t.Fatal(err)
	}
	mustCall(t, exitDone, w.first("run", "--until", "in_sync", "--yes")...)
}

// becomes waits until the group has the status.
func (w *world) becomes(t *testing.T, status string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for w.group.Status() != status {
		select {
		case <-ctx.Done():
			t.Fatalf("the group is %s, want %s", w.group.Status(), status)
		case <-tick.C:
		}
	}
}

func TestAdvice(t *testing.T) {
	t.Parallel()
	plan := filepath.Join(t.TempDir(), "plan.json")
	const run, remove = "cachelift run --plan", "remove the plan"
	for _, c := range []struct {
		why    string
		state  progress.State
		gaps   []string
		stored bool
		want   string
		never  string
	}{
		{"all was seen and nothing is there", progress.StateNew, nil, true, run, remove},
		{"the state is a gap", progress.StateNew, []string{"state: has ended"}, true, remove, run},
		{"the state is a gap in a later state too", progress.StateSyncing, []string{"source: refused", "state: busy"}, true, remove, run},
		{"an end was not seen", progress.StateNew, []string{"source: refused"}, true, remove, run},
		{"there is no plan to remove", progress.StateNew, []string{"source: refused"}, false, "describe-events", remove},
		{"a gap beside a known state", progress.StateSyncing, []string{"target_node: refused"}, true, run, remove},
		{"in sync", progress.StateInSync, nil, true, run, remove},
	} {
		all, _, err := app{}.root().Find([]string{"status"})
		if err != nil {
			t.Fatal(err)
		}
		j := &job{cmd: all, settings: settings{flags: &flags{}, plan: planFile{Plan: migration.Plan{Target: migration.ReplicationGroup("g")}, path: plan, stored: c.stored}}}
		got := j.advice(progress.Snapshot{State: c.state, Gaps: c.gaps})
		if !strings.Contains(got, c.want) || strings.Contains(got, c.never) {
			t.Errorf("%s: got %q, want %q and not %q", c.why, got, c.want, c.never)
		}
	}
}
