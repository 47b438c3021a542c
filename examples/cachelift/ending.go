package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// ending reports the end of a run or a rehearsal and returns its exit code: the
// result on stdout, what to do next on stderr. That there is no file of --evidence
// does not change how the migration stands, and so neither the exit code.
func (a app) ending(ctx context.Context, j *job, result migration.Result, err error) int {
	evidenceErr := j.storeEvidence(result, err)
	if evidenceErr != nil {
		defer func() { a.report(evidenceErr) }()
	}
	code := exitDone
	var blocked *preflight.FailedError
	switch {
	case errors.As(err, &blocked):
		code = exitBlocked
	case errors.Is(err, migration.ErrDifferent):
		code = exitDifferent
	case err != nil:
		code = exitFailed
	}
	switch {
	case j.output == "json":
		last := resultJSON{Kind: "result", Result: result, ExitCode: code}
		if err != nil {
			last.Error = err.Error()
		}
		if result.State != progress.StateDone {
			last.Resume = j.resumeAfter(err)
		}
		if evidenceErr != nil {
			last.EvidenceError = evidenceErr.Error()
		}
		b, jsonErr := json.Marshal(last)
		if jsonErr != nil {
			a.report(jsonErr)
			return exitFailed
		}
		fmt.Fprintf(a.out, "%s\n", b)
	case code == exitBlocked:
		if err := blocked.Report.WriteText(a.out); err != nil {
			a.report(err)
			return exitFailed
		}
	case code == exitDone:
		if err := writeResult(a.out, result); err != nil {
			a.report(err)
			return exitFailed
		}
	}
	a.next(ctx, j, result, err)
	return code
}

// next says what a person should do now.
func (a app) next(ctx context.Context, j *job, result migration.Result, err error) {
	var failed *migration.Error
	var blocked *preflight.FailedError
	diagnosed := errors.As(err, &failed) && failed.Diagnosis != nil
	resume := "  " + j.resumeAfter(err)
	switch {
	case err == nil && result.Rehearsal != nil:
		fmt.Fprintf(a.err, "Writes go on, and ElastiCache goes on replicating. To cut over:\n%s\nTo rehearse once more:\n  %s\n", resume, j.commandLine("rehearse"))
	case err == nil && result.State == progress.StateDone:
		fmt.Fprintf(a.err, "The source %s stays closed to writes. See \"cachelift --help\" for how to open it by hand.\n", result.Plan.Source)
	case err == nil:
		fmt.Fprintf(a.err, "ElastiCache goes on replicating. To go on to the end:\n%s\n", resume)
	case errors.Is(err, migration.ErrLeaseHeld):
		a.report(err)
		fmt.Fprintf(a.err, "Another process drives this migration; see \"cachelift status\". Nothing was changed.\n")
	case errors.Is(err, migration.ErrSourceOpen):
		a.report(err)
		fmt.Fprintf(a.err, "\"cachelift verify --source %s\", with the group's primary as --target, shows what the source has and the group lacks.\n", result.Plan.Source)
	case errors.Is(err, migration.ErrOutcomeUnknown):
		a.report(err)
		fmt.Fprintf(a.err, "Completion was or may have been requested: writes to the source stay stopped until it is known what came of it. Resume now:\n%s\n", resume)
	case errors.As(err, &blocked):
		fmt.Fprintln(a.err, "Preflight blocks: nothing was changed.")
	case errors.Is(err, migration.ErrEnded):
		a.report(err)
		fmt.Fprintf(a.err, "To migrate once more, remove the plan %s and run again.\n", j.plan.path)
	case ctx.Err() != nil && !diagnosed: // else it is more than that it was stopped
		fmt.Fprintf(a.err, "Stopped in %s. What ElastiCache has begun goes on. To resume:\n%s\n", result.State, j.againCommand(err))
	case diagnosed && errors.Is(err, migration.ErrScheduleMissed): // there is nothing to find out
		a.report(failed.Err)
		fmt.Fprintf(a.err, "Writes were not stopped, and ElastiCache goes on replicating. To cut over without --not-after, or with a later one:\n%s\n", resume)
	case j.rehearses() && errors.Is(err, migration.ErrPastNoReturn):
		a.report(err)
		fmt.Fprintf(a.err, "Writes are stopped by a cut-over that is half done: it cannot be rehearsed. To go on with it:\n%s\n"+
			"If completion was not requested, \"cachelift abort\" opens the source again, and ends the replication.\n", resume)
	default:
		if diagnosed {
			writeFailure(a.err, failed)
			fmt.Fprintf(a.err, "  outlook:  %s\n", outlook(failed))
		} else {
			a.report(err)
		}
		fmt.Fprintf(a.err, "To try again, or go on:\n%s\n", j.againCommand(err))
		if j.plan.stored && (failed == nil || !failed.PastNoReturn()) {
			fmt.Fprintf(a.err, "To plan anew instead, remove %s.\n", j.plan.path)
		}
	}
}

// rehearses tells that the command goes no further than the point of no return.
func (j *job) rehearses() bool { return j.cmd.Name() == "rehearse" }

// againCommand is what to do once more: a rehearsal that was not to become a
// cut-over is one again.
func (j *job) againCommand(err error) string {
	if j.rehearses() {
		return "  " + j.commandLine("rehearse")
	}
	return "  " + j.resumeAfter(err)
}

// resumeAfter is the command line that goes on to the end after a run that ended in
// that way: not with a time that has passed.
func (j *job) resumeAfter(err error) string {
	switch {
	case errors.Is(err, migration.ErrScheduleMissed):
		return j.commandLine("run", "not-after")
	case j.rehearses(): // whose evidence is kept
		return j.commandLine("run", "evidence")
	}
	return j.resumeCommand()
}

// outlook says in one line what follows from an error.
func outlook(e *migration.Error) string {
	var s string
	switch again, look := e.Retryable(), e.NeedsOperator(); {
	case again && look:
		s = "running again may help, but an operator has to look first"
	case again:
		s = "running again may help, without a change"
	case look:
		s = "running again does not help until an operator has put that right"
	default:
		s = "running again does not help"
	}
	if e.PastNoReturn() {
		s += "; it can only go forward: do not open the source to writes"
	}
	return s
}

func writeFailure(w io.Writer, e *migration.Error) {
	d := e.Diagnosis
	fmt.Fprintf(w, "error: %s failed in %s: %v\n", e.Op, e.State, e.Err)
	fmt.Fprintf(w, "  why:      %s (%s)\n", d.Summary, d.Cause)
	for _, line := range d.Evidence {
		fmt.Fprintf(w, "  evidence: %s\n", line)
	}
	if d.Remedy != "" {
		fmt.Fprintf(w, "  remedy:   %s\n", d.Remedy)
	}
	if d.DocURL != "" {
		fmt.Fprintf(w, "  see:      %s\n", d.DocURL)
	}
}

// writeResult is the result of "run --output text", and of rehearse.
func writeResult(w io.Writer, r migration.Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, name+"\t"+format+"\n", args...) }
	row("migration", "%s", r.Plan.ID)
	row("state", "%s", r.State)
	row("source", "%s", r.Plan.Source)
	row("target", "%s", r.Plan.Target)
	row("took", "%v", round(r.EndedAt.Sub(r.StartedAt)))
	for _, s := range progress.States() {
		if d := round(r.TimeIn[s]); d > 0 {
			row("  in "+string(s), "%v", d)
		}
	}
	if r.Rehearsal != nil {
		writeRehearsal(row, *r.Rehearsal)
	}
	if c := r.Cutover; r.State == progress.StateDone {
		row("endpoint", "%s", c.Endpoint)
		if c.Pause > 0 { // zero when this run attached after the pause had begun
			row("write pause", "%v", round(c.Pause))
			row("  lag at its begin", "%d bytes", c.LagAtPause)
			row("  drained", "offset %d of %d after %v", c.TargetOffset, c.SourceOffset, round(c.Drain))
		}
		if c.Confirmed != "" {
			row("confirmed by", "%s", c.Confirmed)
		}
	}
	writeVerify(row, r)
	return t.Flush()
}

func round(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
