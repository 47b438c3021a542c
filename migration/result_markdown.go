package migration

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// WriteMarkdown writes the result for a change ticket, in the Markdown of GitHub
// and GitLab: what was migrated where and what came of it, the cut-over or the
// rehearsal with its offsets and times, the comparisons of both ends, the settings that were changed, the
// service's events, and the preflight report. It holds no key, value or secret. It
// returns the error of w, if any.
func (r Result) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Migration %s: %s\n\n", preflight.MarkdownText(r.Plan.ID), cmp.Or(r.State, progress.StateNew))
	t := table{&b}
	t.head("What", "Value")
	t.row("source", r.Plan.Source.String()+engineNote(r.Versions.Source))
	t.row("target", r.Plan.Target.String()+engineNote(r.Versions.Target))
	t.row("plan made", stamp(r.Plan.CreatedAt))
	t.row("run", stamp(r.StartedAt)+" to "+stamp(r.EndedAt))
	t.row("cachelift", cmp.Or(r.Versions.Library, "version not known"))
	if r.Error != "" {
		t.row("ended with", r.Error)
	}
	r.writeTimes(t)
	r.writeCutover(&b)
	r.writeRehearsal(&b)
	r.writeVerify(&b)
	r.writeSettings(&b)
	r.writeEvents(&b)
	if r.Resumed {
		b.WriteString("\nThe run went on with a migration that was under way. The preflight report, and what was waived in it, are in the result of the run that began it.\n")
	}
	if r.Preflight != nil {
		b.WriteString("\n")
		if err := r.Preflight.WriteMarkdown(&b); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// table writes rows of Markdown, escaped.
type table struct{ b *strings.Builder }

func (t table) head(names ...string) {
	t.row(names...)
	t.b.WriteString(strings.Repeat("|---", len(names)) + "|\n")
}

func (t table) row(cells ...string) {
	for _, c := range cells {
		t.b.WriteString("| " + preflight.MarkdownText(c) + " ")
	}
	t.b.WriteString("|\n")
}

// attempts tells how often a pause was tried, and why each before the last was not
// enough.
func (t table) attempts(n int, backedOut []string) {
	t.row("attempts", strconv.Itoa(n))
	for i, why := range backedOut {
		t.row(fmt.Sprintf("backed out, attempt %d", i+1), why)
	}
}

func engineNote(version string) string {
	if version == "" {
		return ""
	}
	return ", " + version
}

// stamp is a time in UTC, to the millisecond.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func rounded(d time.Duration) string {
	if d < time.Second {
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

func (r Result) writeTimes(t table) {
	for _, s := range progress.States() {
		if d := r.TimeIn[s]; d >= time.Millisecond {
			t.row("time in "+string(s), rounded(d))
		}
	}
	if s := r.Sync; s.FullSyncs > 0 {
		t.row("full syncs", strconv.FormatInt(s.FullSyncs, 10))
	}
}

func (r Result) writeCutover(b *strings.Builder) {
	c := r.Cutover
	if c.PausedAt.IsZero() && c.PromotedAt.IsZero() && c.SwitchedAt.IsZero() && (len(r.BackedOut) == 0 || r.Rehearsal != nil) {
		return
	}
	b.WriteString("\n## Cut-over\n\n")
	t := table{b}
	t.head("What", "Value")
	t.attempts(c.Attempts, r.BackedOut)
	t.row("writes paused", stamp(c.PausedAt))
	t.row("replication id", cmp.Or(c.ReplicationID, "-"))
	t.row("source offset, read in the pause", strconv.FormatInt(c.SourceOffset, 10))
	t.row("target offset that reached it", strconv.FormatInt(c.TargetOffset, 10))
	t.row("lag at the pause", fmt.Sprintf("%d bytes", c.LagAtPause))
	t.row("drained after", rounded(c.Drain))
	t.row("completion requested", stamp(c.RequestedAt))
	t.row("promoted", stamp(c.PromotedAt))
	if c.LeftAt > 0 {
		t.row("offset at which the target left the source's history", strconv.FormatInt(c.LeftAt, 10))
	}
	t.row("replication id of the promoted primary", cmp.Or(c.PromotedID, "-"))
	t.row("application switched", stamp(c.SwitchedAt))
	if c.Endpoint != (Endpoint{}) {
		t.row("switched to", c.Endpoint.String())
	}
	t.row("write pause at the most", c.pauseText())
	t.row("confirmed by the service", cmp.Or(c.Confirmed, "no"))
}

// pauseText tells a pause that is not known from none.
func (c CutoverResult) pauseText() string {
	switch {
	case c.SwitchedAt.IsZero():
		return "-"
	case c.Pause == 0:
		return "not known: an earlier run paused writes"
	}
	return rounded(c.Pause)
}

func (r Result) writeRehearsal(b *strings.Builder) {
	c := r.Rehearsal
	if c == nil {
		return
	}
	b.WriteString("\n## Rehearsal\n\n")
	t := table{b}
	t.head("What", "Value")
	t.attempts(c.Attempts, r.BackedOut)
	t.row("writes paused", stamp(c.PausedAt))
	t.row("completion could have been requested after", rounded(c.ToRequest))
	t.row("writes resumed after", rounded(c.Pause))
	t.row("replication id", c.ReplicationID)
	t.row("source offset, read in the pause", strconv.FormatInt(c.SourceOffset, 10))
	t.row("target offset that reached it", strconv.FormatInt(c.TargetOffset, 10))
	t.row("lag at the pause", fmt.Sprintf("%d bytes", c.LagAtPause))
	t.row("drained after", rounded(c.Drain))
}

func (r Result) writeSettings(b *strings.Builder) {
	if len(r.Settings) == 0 {
		return
	}
	b.WriteString("\n## Settings of the source\n\n")
	t := table{b}
	t.head("Setting", "Before", "Changed to", "At", "Put back")
	for _, s := range r.Settings {
		back := "no"
		if !s.PutBackAt.IsZero() {
			back = stamp(s.PutBackAt)
		}
		t.row(s.Name, s.Old, s.New, stamp(s.ChangedAt), back)
	}
}

func (r Result) writeEvents(b *strings.Builder) {
	if len(r.Events) == 0 {
		return
	}
	b.WriteString("\n## Events of ElastiCache\n\n")
	t := table{b}
	t.head("At", "Message")
	for _, e := range r.Events {
		t.row(stamp(e.At), e.Message)
	}
}
