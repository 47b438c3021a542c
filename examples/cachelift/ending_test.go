package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

func TestOutlook(t *testing.T) {
	t.Parallel()
	said := func(again, look bool) *progress.Diagnosis {
		return &progress.Diagnosis{Retryable: again, NeedsOperator: look}
	}
	const forward = "; it can only go forward: do not open the source to writes"
	past := fmt.Errorf("%w: the target is promoted", migration.ErrPastNoReturn)
	for _, c := range []struct {
		why  string
		err  migration.Error
		want string
	}{
		{"a passing cause", migration.Error{Diagnosis: said(true, false)}, "running again may help, without a change"},
		{"one that somebody has to look at", migration.Error{Diagnosis: said(true, true)}, "running again may help, but an operator has to look first"},
		{"one that somebody has to put right", migration.Error{Diagnosis: said(false, true)}, "running again does not help until an operator has put that right"},
		{"aborted", migration.Error{Err: migration.ErrAborted}, "running again does not help"},
		{"the switch failed", migration.Error{Diagnosis: said(true, true), Err: past}, "running again may help, but an operator has to look first" + forward},
		{"the outcome is unknown", migration.Error{Diagnosis: said(true, false), Err: migration.ErrOutcomeUnknown}, "running again may help, but an operator has to look first" + forward},
	} {
		if got := outlook(&c.err); got != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
	}
}

// TestStoppedIsNotAllThatIsSaid: after Ctrl-C, writes that could not be resumed are
// not passed over.
func TestStoppedIsNotAllThatIsSaid(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	run, _, err := app{}.root().Find([]string{"run"})
	if err != nil {
		t.Fatal(err)
	}
	j := &job{cmd: run, settings: settings{flags: &flags{output: "text"}, plan: planFile{path: "plan.json", stored: true}}}
	stopped := &migration.Error{State: progress.StateDraining, Op: "stopped", Err: context.Canceled}
	left := &migration.Error{State: progress.StateDraining, Op: "ResumeWrites", Diagnosis: &progress.Diagnosis{NeedsOperator: true}, Err: errors.New("writes may still be paused")}
	past := &migration.Error{State: progress.StateSwitching, Op: "Switch", Diagnosis: &progress.Diagnosis{Retryable: true}, Err: migration.ErrPastNoReturn}
	unknown := &migration.Error{State: progress.StateNew, Op: "observe", Diagnosis: &progress.Diagnosis{}, Err: migration.ErrOutcomeUnknown} // this run requested nothing
	for _, c := range []struct {
		err             error
		present, absent string
	}{
		{unknown, "Completion was or may have been requested: writes to the source stay stopped", "Stopped"},
		{stopped, "Stopped in draining", "error"},
		{left, "ResumeWrites failed in draining: writes may still be paused", "Stopped"},
		{past, "do not open the source", "To plan anew"},
	} {
		var out, errOut buffer
		a := app{out: &out, err: &errOut}
		if code := a.ending(ctx, j, migration.Result{State: progress.StateDraining}, c.err); code != exitFailed {
			t.Errorf("%v: exit code %d", c.err, code)
		}
		contains(t, errOut.String(), c.present, "cachelift run --plan")
		if strings.Contains(errOut.String(), c.absent) {
			t.Errorf("%q in\n%s", c.absent, errOut.String())
		}
	}
}
