package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/cachelift/cachelift/migration"
)

// abortJSON is the document of "abort --output json".
type abortJSON struct {
	Plan    migration.Plan `json:"plan"`
	Aborted bool           `json:"aborted"`
	Error   string         `json:"error,omitempty"`
}

func (a app) abort(ctx context.Context, j *job) int {
	intent := fmt.Sprintf("This aborts the migration of %s into %s:\n  - resumes writes to the source, if they are paused\n"+
		"  - the group stops following the source and keeps its copy of the data\n", j.plan.Source, j.plan.Target)
	if code := a.confirm(j.yes, intent); code != exitDone {
		return code
	}
	show := a.display("text")
	m, err := j.migrator(show)
	if err != nil {
		show.close()
		return a.usage(err)
	}
	err = m.Abort(ctx, j.reason)
	show.close()
	if err == nil {
		err = j.plan.remove()
	}
	doc := abortJSON{Plan: j.plan.Plan, Aborted: err == nil}
	code := exitDone
	if err != nil {
		doc.Error, code = err.Error(), exitFailed
	}
	if j.output == "json" {
		if err := writeJSON(a.out, doc); err != nil {
			a.report(err)
			return exitFailed
		}
	} else if err == nil {
		fmt.Fprintf(a.out, "aborted: %s serves the application, %s follows it no more\n", j.plan.Source, j.plan.Target)
	}
	a.abortNext(j, err)
	return code
}

// abortNext says what to do after an abort that failed.
func (a app) abortNext(j *job, err error) {
	var failed *migration.Error
	switch {
	case err == nil:
		return
	case errors.Is(err, migration.ErrPastNoReturn):
		fmt.Fprintf(a.err, "error: completion has been requested, so that nothing can be aborted any more. It can only go forward:\n  %s\n", j.resumeCommand())
		return
	case errors.As(err, &failed) && failed.Diagnosis != nil:
		writeFailure(a.err, failed)
	default:
		a.report(err)
	}
	fmt.Fprintln(a.err, "Once the cause is gone, abort again: it looks at what is left and finishes it.")
}
