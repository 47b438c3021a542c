package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// migrate is the command run.
func (a app) migrate(ctx context.Context, j *job) int {
	return a.drive(ctx, j, j.intent(), func(m *migration.Migrator, ctx context.Context) (migration.Result, error) {
		return m.RunUntil(ctx, j.until)
	})
}

// drive asks for consent, stores the plan, has do drive the migration, and reports
// the end.
func (a app) drive(ctx context.Context, j *job, intent string, do func(*migration.Migrator, context.Context) (migration.Result, error)) int {
	if code := a.confirm(j.yes, intent); code != exitDone {
		return code
	}
	created := !j.plan.stored
	if err := j.plan.store(); err != nil {
		a.report(err)
		return exitFailed
	}
	show := a.display(j.output)
	m, err := j.migrator(show)
	if err != nil {
		show.close()
		return a.usage(err)
	}
	told := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		defer close(told)
		fmt.Fprintln(show.lines, "Stopping; paused writes are being resumed. Once more ends the process at once.")
	})
	result, err := do(m, ctx)
	if !unhook() {
		<-told
	}
	show.close()

	if created && nothingBegun(err) { // the next try may be another plan
		if rmErr := j.plan.remove(); rmErr != nil {
			a.report(rmErr)
		}
	}
	return a.ending(ctx, j, result, err)
}

// nothingBegun tells that a run ended before it changed anything.
func nothingBegun(err error) bool {
	var e *migration.Error
	return errors.As(err, &e) && (e.State == progress.StateNew || e.State == progress.StatePreflight)
}

// intent says what run is about to do.
func (j *job) intent() string {
	s := fmt.Sprintf("This migrates %s into %s:\n", j.plan.Source, j.plan.Target)
	if j.plan.stored {
		s += "  - goes on where the migration of " + j.plan.path + " stands\n"
	}
	s += "  - replaces all data in the group by the source's\n"
	if j.until == progress.StateInSync {
		return s + "  - stops when the group is in sync; it goes on following the source\n"
	}
	s += fmt.Sprintf("  - stops writes to the source, for at most %v until completion is requested\n", j.maxWritePause)
	s += j.scheduleIntent()
	s += "  - promotes the group; from then on there is no way back\n"
	if j.switchCommand != "" {
		s += "  - runs: " + j.switchCommand + "\n"
	}
	return s + "  - leaves the source closed to writes\n"
}

// display is what is seen of a run while it lasts.
type display struct {
	progress.Observer
	// lines takes messages between the events.
	lines io.Writer
	close func()
}

func (a app) display(output string) display {
	nothing := func() {}
	switch {
	case output == "json":
		return display{progress.NewJSONLines(a.out), a.err, nothing}
	case a.live:
		return newLive(a.err)
	}
	return display{progress.NewText(a.err), a.err, nothing}
}

// resultJSON is the last line of "run --output json", and of rehearse.
type resultJSON struct {
	Kind     string           `json:"kind"`
	Result   migration.Result `json:"result"`
	Error    string           `json:"error,omitempty"`
	ExitCode int              `json:"exit_code"`
	Resume   string           `json:"resume,omitempty"`
	// EvidenceError is why there is no file of --evidence.
	EvidenceError string `json:"evidence_error,omitempty"`
}
