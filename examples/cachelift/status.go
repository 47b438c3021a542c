package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// lookWithin bounds status: a look that takes longer is of no use.
const lookWithin = 30 * time.Second

func (a app) status(ctx context.Context, j *job) int {
	if !j.plan.stored {
		fmt.Fprintf(a.err, "note: there is no plan %s; events of a migration that is over are not taken into account\n", j.plan.path)
	}
	m, err := j.migrator(nil)
	if err != nil {
		return a.usage(err)
	}
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	s, err := m.Status(ctx)
	if err != nil {
		a.report(err)
		return exitFailed
	}
	if j.output == "json" {
		err = writeJSON(a.out, s)
	} else {
		err = writeStatus(a.out, s)
		fmt.Fprintln(a.err, j.advice(s))
	}
	if err != nil {
		a.report(err)
		return exitFailed
	}
	return exitDone
}

// writeStatus is the result of "status --output text".
func writeStatus(w io.Writer, s progress.Snapshot) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(t, "%s\t%s\n", name, value)
		}
	}
	row("migration", s.MigrationID)
	row("state", string(s.State))
	row("source", s.Source)
	row("target", s.Target)
	row("  status", cmp.Or(s.TargetStatus, "not seen: check that there is such a group in this region and account"))
	row("  primary", s.TargetPrimary)
	row("  role", s.TargetRole)
	row("  replicates from", s.ReplicatesFrom)
	row("writes to source", writes(s))
	if s.ReplicatesFrom != "" && !s.Sample.At.IsZero() {
		row("replication", s.Sample.String())
	}
	if s.Trouble != nil {
		row("trouble", s.Trouble.String())
	}
	for _, e := range s.Events {
		row("event", e.At.UTC().Format(time.RFC3339)+"  "+e.Message)
	}
	for _, gap := range s.Gaps {
		row("not seen", gap)
	}
	return t.Flush()
}

// writes says whether the source takes writes, if that is known.
func writes(s progress.Snapshot) string {
	switch s.Writes {
	case progress.WritesPaused:
		return "stopped"
	case progress.WritesUnknown:
		return "not known"
	}
	return "open"
}

// advice is what to do in the state that was seen.
func (j *job) advice(s progress.Snapshot) string {
	if unclear(s) {
		return j.unclearAdvice()
	}
	run := "\n  " + j.resumeCommand()
	switch s.State {
	case progress.StateNew:
		return "Nothing is under way. To migrate:" + run
	case progress.StateSwitching:
		return "The group is promoted and the source is closed to writes. If the run ended as done, nothing is left to do; " +
			"else the switch may be missing, and can be repeated:" + run
	case progress.StateDraining, progress.StateCompleting:
		return "A cut-over is under way. If no process drives it, resume it now, since writes to the source are stopped:" + run
	default:
		return "A migration is under way. If no process drives it, go on:" + run
	}
}

// unclear tells that no run can be advised: where the migration stands is a
// gap, or nothing is seen of it and not all could be seen.
func unclear(s progress.Snapshot) bool {
	return s.State == progress.StateNew && len(s.Gaps) > 0 ||
		slices.ContainsFunc(s.Gaps, func(gap string) bool { return strings.HasPrefix(gap, "state:") })
}

// unclearAdvice is where to look, and how to begin anew after that.
func (j *job) unclearAdvice() string {
	words := []string{
		"aws", "elasticache", "describe-events", "--duration", "20160", // minutes; all that AWS keeps
		"--source-type", "replication-group", "--source-identifier", quote(j.plan.Target.ReplicationGroupID()),
	}
	if j.region != "" {
		words = append(words, "--region", quote(j.region))
	}
	if j.endpointURL != "" {
		words = append(words, "--endpoint-url", quote(j.endpointURL))
	}
	advice := "Nothing that this plan could go on with was seen. Look at what was not seen, and at the events of the group:\n  " +
		strings.Join(words, " ")
	if j.plan.stored {
		advice += "\nTo migrate anew, remove the plan " + j.plan.path + " first."
	}
	return advice
}
