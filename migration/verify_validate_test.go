package migration_test

import (
	"strings"
	"testing"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/verify"
)

// TestVerifyPlaces: where a comparison says nothing it is refused, with all else that
// is wrong.
func TestVerifyPlaces(t *testing.T) {
	t.Parallel()
	step := func(opts *verify.Options) migration.Step { return migration.VerifyStep("look", opts) }
	base := migration.DefaultWorkflow()
	kept := &verify.Options{Checkpoint: verify.FileCheckpoint("unused")}
	for _, c := range []struct {
		why  string
		opts migration.Options
		want []string // nothing: it is right
	}{
		{"nothing is compared unless asked for", migration.Options{}, nil},
		{"all places", migration.Options{Verify: compareEverywhere()}, nil},
		{"behind in_sync", migration.Options{Workflow: base.After(progress.StateInSync, step(kept))}, nil},
		{"in the pause before the drain", migration.Options{Workflow: base.After(progress.StatePausing, step(nil))}, nil},
		{"before there is a target", migration.Options{Workflow: base.Before(progress.StateStarting, step(nil))}, []string{`step "look"`, "want it behind in_sync"}},
		{"while it syncs", migration.Options{Workflow: base.Before(progress.StateInSync, step(nil))}, []string{"want it behind in_sync"}},
		{"when the application is on the target", migration.Options{Workflow: base.After(progress.StateSwitching, step(nil))}, []string{"want it before switching"}},
		{"a checkpoint in the pause", migration.Options{Verify: migration.Verify{InPause: kept}}, []string{"verify-in-pause", "Checkpoint"}},
		{
			"all at once",
			migration.Options{Verify: migration.Verify{InSync: &verify.Options{Mode: "some", Parallel: -1}, Accept: []verify.Verdict{"maybe"}}},
			[]string{"verify-in-sync", "Options.Mode", "Options.Parallel", `accepts the verdict "maybe"`},
		},
		{
			"a name that is taken",
			migration.Options{Verify: migration.Verify{InSync: &verify.Options{}}, Workflow: base.After(progress.StateInSync, noop("verify-in-sync"))},
			[]string{"Name is taken"},
		},
	} {
		w := migration.NewPlan("test", migration.Source{Address: "10.0.0.5", Port: 6379}, migration.ReplicationGroup("g"))
		m, err := migration.New(w, unusedAPI{}, &c.opts)
		if len(c.want) == 0 {
			if err != nil || m == nil {
				t.Errorf("%s: %v", c.why, err)
			}
			continue
		}
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is missing in %v", c.why, want, err)
			}
		}
	}
}

// TestVerifyDoesNotChangeTheCallersWorkflow: options can be used again.
func TestVerifyDoesNotChangeTheCallersWorkflow(t *testing.T) {
	t.Parallel()
	opts := migration.Options{Verify: compareEverywhere(), Workflow: migration.DefaultWorkflow()}
	plan := migration.NewPlan("test", migration.Source{Address: "10.0.0.5", Port: 6379}, migration.ReplicationGroup("g"))
	for range 2 {
		if _, err := migration.New(plan, unusedAPI{}, &opts); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := order(opts.Workflow), order(migration.DefaultWorkflow()); got != want || opts.Verify.InSync.Mode != "" {
		t.Errorf("the options became %s, %+v", got, opts.Verify.InSync)
	}
}

// unusedAPI is never called.
type unusedAPI struct{ migration.ElastiCacheAPI }
