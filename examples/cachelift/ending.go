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

// ending reports the end of a run and returns its exit code: the result on
// stdout, what to do next on stderr.
func (a app) ending(ctx context.Context, j *job, result migration.Result, err error) int {
	code := exitDone
	var blocked *preflight.FailedError
	switch {
	case errors.As(err, &blocked):
		code = exitBlocked
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
			last.Resume = j.resumeCommand()
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
	resume := "  " + j.resumeCommand()
	switch {
	case err == nil && result.State == progress.StateDone:
		fmt.Fprintf(a.err, "The source %s stays closed to writes. See \"cachelift --help\" for how to open it by hand.\n", result.Plan.Source)
	case err == nil:
		fmt.Fprintf(a.err, "ElastiCache goes on replicating. To go on to the end:\n%s\n", resume)
	case errors.Is(err, migration.ErrLeaseHeld):
		a.report(err)
		fmt.Fprintf(a.err, "Another process drives this migration; see \"cachelift status\". Nothing was changed.\n")
	case errors.Is(err, migration.ErrOutcomeUnknown):
		a.report(err)
		fmt.Fprintf(a.err, "Completion was requested: writes to the source stay stopped until it is known what came of it. Resume now:\n%s\n", resume)
	case errors.As(err, &blocked):
		fmt.Fprintln(a.err, "Preflight blocks: nothing was changed.")
	case errors.Is(err, migration.ErrEnded):
		a.report(err)
		fmt.Fprintf(a.err, "To migrate once more, remove the plan %s and run again.\n", j.plan.path)
	case ctx.Err() != nil:
		fmt.Fprintf(a.err, "Stopped in %s. What ElastiCache has begun goes on. To resume:\n%s\n", result.State, resume)
	default:
		if errors.As(err, &failed) && failed.Diagnosis != nil {
			writeFailure(a.err, failed)
		} else {
			a.report(err)
		}
		fmt.Fprintf(a.err, "To try again, or go on:\n%s\n", resume)
		if j.plan.stored {
			fmt.Fprintf(a.err, "To plan anew instead, remove %s.\n", j.plan.path)
		}
	}
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

// writeResult is the result of "run --output text".
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
	return t.Flush()
}

func round(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
