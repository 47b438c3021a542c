package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cachelift/cachelift/migration"
)

func rehearseFlags(c *cobra.Command, _ *flags) {
	c.Long = c.Short + `.

Gets the group in sync if it is not, stops writes to the source, waits until the
group holds every acknowledged write, and resumes them where "run" would request
the completion. Nothing is promoted, and the group goes on following the source.
The result says how long writes were stopped, and what a cut-over adds to that. It
may be done as often as you like; --not-before and --window are for "run" alone.

For the application it is a write pause: writes wait or are refused, and have to be
tried again. Ctrl-C resumes them. A process that is killed in the pause leaves writes
stopped: then "rehearse", "run" or "abort" opens the source again, before all else.`
}

// rehearse is the command of that name.
func (a app) rehearse(ctx context.Context, j *job) int {
	return a.drive(ctx, j, j.rehearseIntent(), (*migration.Migrator).Rehearse)
}

// rehearseIntent says what rehearse is about to do to production.
func (j *job) rehearseIntent() string {
	s := fmt.Sprintf("This rehearses the cut-over of %s to %s:\n", j.plan.Source, j.plan.Target)
	if j.plan.stored {
		s += "  - goes on where the migration of " + j.plan.path + " stands\n"
	}
	return s + "  - replaces all data in the group by the source's, unless it follows the source already\n" +
		fmt.Sprintf("  - stops writes to the source, and resumes them after at most %v; again if that was too short\n", j.maxWritePause) +
		"  - promotes nothing; the group goes on following the source\n"
}

// writeRehearsal adds what was measured to the result of "rehearse --output text".
func writeRehearsal(row func(name, format string, args ...any), r migration.Rehearsal) {
	row("writes were paused", "%v", round(r.Pause))
	row("  lag at its begin", "%d bytes", r.LagAtPause)
	row("  drained", "offset %d of %d after %v", r.TargetOffset, r.SourceOffset, round(r.Drain))
	row("  to the completion", "could have been requested after %v", round(r.ToRequest))
	if r.Attempts > 1 {
		row("  attempts", "%d", r.Attempts)
	}
	row("a real pause", "%v, and then the promotion, which typically completes within minutes (AWS), and the switch", round(r.ToRequest))
}
