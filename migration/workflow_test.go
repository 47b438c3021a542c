package migration_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// noop is a step that does nothing.
func noop(name string) migration.Step {
	return migration.Step{Name: name, Run: func(context.Context, *migration.Session) error { return nil }}
}

// order is the states of a workflow in one line, without the ends.
func order(w migration.Workflow) string {
	var out []string
	for _, s := range w.Steps() {
		out = append(out, string(s.State))
	}
	return strings.Join(out[1:len(out)-1], " ")
}

func TestWorkflowOrder(t *testing.T) {
	t.Parallel()
	base := migration.DefaultWorkflow()
	rows := []struct {
		why  string
		wf   migration.Workflow
		want string
	}{
		{"the built-in way", base, "preflight testing starting syncing in_sync pausing draining completing switching"},
		{"the zero value is the same", migration.Workflow{}, order(base)},
		{"after", base.After(progress.StateInSync, noop("a"), noop("b")), "preflight testing starting syncing in_sync a b pausing draining completing switching"},
		{"after twice: directly after", base.After(progress.StateInSync, noop("a")).After(progress.StateInSync, noop("b")), "preflight testing starting syncing in_sync b a pausing draining completing switching"},
		{"before twice: directly before", base.Before(progress.StatePausing, noop("a")).Before(progress.StatePausing, noop("b")), "preflight testing starting syncing in_sync a b pausing draining completing switching"},
		{"beside a step", base.After(progress.StateInSync, noop("a")).Before("a", noop("b")), "preflight testing starting syncing in_sync b a pausing draining completing switching"},
		{"first and last", base.After(progress.StateNew, noop("a")).Before(progress.StateDone, noop("z")), "a preflight testing starting syncing in_sync pausing draining completing switching z"},
		{"without testing", base.Without(progress.StateTesting), "preflight starting syncing in_sync pausing draining completing switching"},
		{"without a step again", base.After(progress.StateInSync, noop("a")).Without("a"), order(base)},
		{"replaced", base.Replace(progress.StateTesting, noop("own-test")), "preflight own-test starting syncing in_sync pausing draining completing switching"},
		{"replaced under its name", base.Replace(progress.StateTesting, noop("")), order(base)},
		{"on the zero value", migration.Workflow{}.Without(progress.StateTesting), "preflight starting syncing in_sync pausing draining completing switching"},
	}
	for _, r := range rows {
		if err := r.wf.Validate(); err != nil {
			t.Errorf("%s: %v", r.why, err)
		}
		if got := order(r.wf); got != r.want {
			t.Errorf("%s:\n got %s\nwant %s", r.why, got, r.want)
		}
	}
	if got := order(base); got != rows[0].want {
		t.Errorf("a method changed its receiver: %s", got)
	}
}

// Copies that were made from one workflow do not see each other's steps.
func TestWorkflowIsAValue(t *testing.T) {
	t.Parallel()
	common := migration.DefaultWorkflow().After(progress.StateInSync, noop("common"))
	one, two := common.After("common", noop("one")), common.After("common", noop("two"))
	broken := common.Without(progress.StateDraining)
	if strings.Contains(order(one), "two") || strings.Contains(order(two), "one") || strings.Contains(order(common), "one") {
		t.Errorf("they share their states: %q, %q, %q", order(common), order(one), order(two))
	}
	if broken.Validate() == nil || common.Validate() != nil {
		t.Errorf("they share their problems: %v", common.Validate())
	}
}

func TestWorkflowProblemsAreAllTold(t *testing.T) {
	t.Parallel()
	wf := migration.DefaultWorkflow().
		Without(progress.StateDraining).
		Replace(progress.StatePausing, noop("own-pause")).
		After(progress.StateDone, noop("too-late"), noop("much-too-late")).
		Before(progress.StateNew, noop("too-early")).
		After(progress.StateAborting, noop("elsewhere")).
		Before("nowhere", noop("lost")).
		Without("nothing").
		After(progress.StateInSync, noop("twice"), noop("twice"), noop("in_sync"), noop("in-sync"), noop("failed"), noop("Bad Name"), noop("")).
		After(progress.StateInSync, migration.Step{Name: "idle"}).
		After(progress.StateInSync, migration.Step{Name: "hasty", Run: noop("").Run, Timeout: -1, Retry: migration.Retry{Tries: -1}}).
		Before(progress.StatePausing, migration.Step{Name: "eager", Run: noop("").Run, NeedsPause: true}).
		After(progress.StateSwitching, migration.Step{Name: "late", Run: noop("").Run, NeedsPause: true})
	err := wf.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`Without("draining"): the safety of the migration rests on it`,
		`Replace("pausing"): the safety`,
		`After("done"): the migration ends there, so "too-late", "much-too-late" would be unreachable`,
		`Before("new"): the migration begins there, so "too-early" would be unreachable`,
		`After("aborting"): it is not on the way of a migration, want one of [new preflight`,
		`Before("nowhere"): there is no such state`,
		`Without("nothing"): there is no such state`,
		`step "twice": Name is taken`,
		`step "in_sync": Name is taken`,
		`step "in-sync": Name is taken`,
		`step "failed": Name is taken`,
		`step "Bad Name": Name is not allowed`,
		`step "": Name is not allowed`,
		`step "idle": Run is nil`,
		`step "hasty": Timeout is -1ns, want 0 or more`,
		`step "hasty": Retry has`,
		`step "eager": NeedsPause is set and it stands outside the write pause`,
		`step "late": NeedsPause is set`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %s:\n%v", want, err)
		}
	}
	if n := len(strings.Split(err.Error(), "\n")); n != 18 {
		t.Errorf("%d problems, want 18:\n%v", n, err)
	}
	plan := migration.NewPlan("orders", migration.Source{Address: "10.0.0.1", Port: 6379}, migration.ReplicationGroup("prod"))
	if _, err := migration.New(plan, nil, &migration.Options{Workflow: wf}); err == nil || !strings.Contains(err.Error(), `step "idle"`) {
		t.Errorf("New does not refuse it: %v", err)
	}
}

func TestStepsInThePauseHaveToFit(t *testing.T) {
	t.Parallel()
	long := noop("smoke-test")
	long.Timeout = time.Minute
	validate := func(wf migration.Workflow, pause time.Duration) string {
		plan := migration.NewPlan("orders", migration.Source{Address: "10.0.0.1", Port: 6379}, migration.ReplicationGroup("prod"))
		_, err := migration.New(plan, nil, &migration.Options{Workflow: wf, MaxWritePause: pause})
		return err.Error() // api is nil, at least
	}
	const want = `step "smoke-test": Timeout is 1m0s inside the write pause, want at most Options.MaxWritePause, 30s`
	inside := migration.DefaultWorkflow().After(progress.StateCompleting, long)
	if got := validate(inside, 0); !strings.Contains(got, want) {
		t.Errorf("with the default: %s\nwant %s", got, want)
	}
	if got := validate(inside, time.Minute); strings.Contains(got, "smoke-test") {
		t.Errorf("a timeout as long as the pause is refused: %s", got)
	}
	if got := validate(migration.DefaultWorkflow().Before(progress.StatePausing, long), 0); strings.Contains(got, "smoke-test") {
		t.Errorf("outside the pause it is refused: %s", got)
	}
}

func TestStepInfo(t *testing.T) {
	t.Parallel()
	smoke := noop("smoke-test")
	smoke.Timeout, smoke.Undo = time.Second, smoke.Run
	wf := migration.DefaultWorkflow().
		After(progress.StateInSync, noop("approval")).After(progress.StatePausing, smoke).
		After(progress.StateCompleting, noop("check")).After(progress.StateSwitching, noop("tell"))
	got := map[progress.State]migration.StepInfo{}
	for _, s := range wf.Steps() {
		got[s.State] = s
	}
	for _, want := range []migration.StepInfo{
		{State: progress.StateTesting, Removable: true},
		{State: progress.StateInSync},
		{State: "approval", Host: true, Removable: true},
		{State: progress.StatePausing, InPause: true},
		{State: "smoke-test", Host: true, InPause: true, Removable: true, Timeout: time.Second, Undo: true},
		{State: progress.StateCompleting, InPause: true, PastNoReturn: true},
		{State: "check", Host: true, InPause: true, PastNoReturn: true, Removable: true},
		{State: progress.StateSwitching, InPause: true, PastNoReturn: true},
		{State: "tell", Host: true, PastNoReturn: true, Removable: true},
	} {
		if got[want.State] != want {
			t.Errorf("got %+v\nwant %+v", got[want.State], want)
		}
	}
	b, err := json.Marshal(got["smoke-test"])
	if want := `{"state":"smoke-test","host":true,"in_pause":true,"past_no_return":false,"removable":true,"timeout_ns":1000000000,"undo":true}`; err != nil || string(b) != want {
		t.Errorf("JSON %s (%v), want %s", b, err, want)
	}
}

func TestWorkflowDiagramShowsSteps(t *testing.T) {
	t.Parallel()
	got := strings.Split(migration.DefaultWorkflow().Before(progress.StatePausing, noop("approval")).Mermaid(), "\n")
	for _, want := range []string{
		`    state "approval" as step_approval`,
		`    in_sync --> step_approval: approved`,
		`    step_approval --> pausing: step_done`,
		`    step_approval --> syncing: fell_behind`,
		`    step_approval --> aborting: abort`,
	} {
		if !slices.Contains(got, want) {
			t.Errorf("the diagram lacks %q:\n%s", want, strings.Join(got, "\n"))
		}
	}
}
