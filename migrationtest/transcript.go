package migrationtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/progress"
)

// transcript tells the events of all migrations.
func transcript(events []progress.Event) string {
	byID := map[string][]progress.Event{}
	var ids []string
	for _, e := range events {
		id := e.Meta().MigrationID
		if _, seen := byID[id]; !seen {
			ids = append(ids, id)
		}
		byID[id] = append(byID[id], e)
	}
	if len(ids) <= 1 {
		return tell(events)
	}
	slices.Sort(ids)
	var b strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&b, "migration %s\n%s", id, tell(byID[id]))
	}
	return b.String()
}

// stay is the time in one state: from the event that entered it to the next
// one that changes it.
type stay struct {
	state   progress.State
	done    []progress.Event // what the run did
	watched []progress.Event // what it saw of ElastiCache meanwhile
}

// tell writes the events of one migration.
func tell(events []progress.Event) string {
	var b strings.Builder
	phase := progress.Phase("")
	for _, s := range stays(events) {
		var lines []string
		for _, e := range slices.Concat(s.done, s.watched) {
			switch e := e.(type) {
			case progress.RunStarted:
				phase = ""
			case progress.Sampled:
				if e.Sample.Phase == phase {
					continue
				}
				phase = e.Sample.Phase
			case progress.Retrying:
				if n := len(lines); n > 0 && retried(lines[n-1], e) {
					lines[n-1] += "; trying again"
					continue
				}
			}
			lines = append(lines, line(e))
		}
		for _, l := range counted(lines) {
			fmt.Fprintf(&b, "%-11s %s\n", s.state, l)
		}
	}
	return b.String()
}

// stays cuts the events at the transitions, and puts what was watched at the
// same instant as a transition before it: the two come from two goroutines,
// whose order means nothing then.
func stays(events []progress.Event) []stay {
	var out []stay
	for len(events) > 0 {
		n := 1
		for n < len(events) && !begins(events[n]) && together(events[0], events[n]) {
			n++
		}
		instant := events[:n]
		events = events[n:]
		if len(out) == 0 || begins(instant[0]) {
			out = append(out, stay{state: before(instant[0])})
		}
		open := len(out) - 1
		for _, e := range instant {
			if watched(e) {
				out[open].watched = append(out[open].watched, e)
				continue
			}
			switch e := e.(type) {
			case progress.StateChanged:
				out = append(out, stay{state: e.To})
			case progress.RunStarted, progress.RunEnded: // the latter behind what was watched
				out = append(out, stay{state: e.Meta().State})
			}
			last := len(out) - 1
			out[last].done = append(out[last].done, e)
		}
	}
	return out
}

// together reports whether two events happened at the same instant. Events that
// were made by hand may have no time.
func together(a, b progress.Event) bool {
	return !a.Meta().At.IsZero() && a.Meta().At.Equal(b.Meta().At)
}

// begins reports whether the event is the first of a run.
func begins(e progress.Event) bool { return e.Meta().Seq == 1 }

// before is the state in which an event that changes it was emitted.
func before(e progress.Event) progress.State {
	if c, ok := e.(progress.StateChanged); ok {
		return c.From
	}
	return e.Meta().State
}

// watched reports whether the event comes from the poller of ElastiCache.
func watched(e progress.Event) bool {
	switch e := e.(type) {
	case progress.StatusSeen, progress.ServicePublished:
		return true
	case progress.Retrying:
		return strings.HasPrefix(e.Op, "Describe")
	}
	return false
}

// retried reports whether the line tells the failure that led to the retry.
func retried(line string, e progress.Retrying) bool {
	return strings.Contains(line, " failed: ") && strings.HasSuffix(line, ": "+stable(e.Err))
}

// counted gives lines that repeat their predecessor as one, with a number.
func counted(lines []string) []string {
	var out []string
	for i := 0; i < len(lines); {
		n := 1
		for i+n < len(lines) && lines[i+n] == lines[i] {
			n++
		}
		if n > 1 {
			out = append(out, fmt.Sprintf("%s (%d times)", lines[i], n))
		} else {
			out = append(out, lines[i])
		}
		i += n
	}
	return out
}
