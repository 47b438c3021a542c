package target

import (
	"net"
	"regexp"

	"github.com/cachelift/cachelift/progress"
)

// Verdict is what an event says about a migration.
type Verdict string

const (
	// VerdictNone: the event is about something else, or in words not known.
	VerdictNone Verdict = "none"
	// VerdictStarted: a migration was begun.
	VerdictStarted Verdict = "started"
	// VerdictFailed: the migration is over; the group is no replica any more.
	VerdictFailed Verdict = "failed"
	// VerdictCompleted: the group's primary was promoted.
	VerdictCompleted Verdict = "completed"
	// VerdictTestFailed: a TestMigration found something wrong.
	VerdictTestFailed Verdict = "test_failed"
	// VerdictTestPassed: a TestMigration found nothing wrong.
	VerdictTestPassed Verdict = "test_passed"
	// VerdictNotInSync: a completion was refused, because the ends were not in
	// sync or because a node was being replaced; the group goes on migrating.
	VerdictNotInSync Verdict = "not_in_sync"
)

// Provenance is where a text is known from.
type Provenance string

const (
	// Documented: the service's guide has the text.
	Documented Provenance = "documented"
	// Reported: a user's log has the text.
	Reported Provenance = "reported"
	// Assumed: the guide describes the event, nobody has published its text.
	Assumed Provenance = "assumed"
)

// Text is how an event of one verdict reads.
type Text struct {
	// Pattern matches the event's message.
	Pattern *regexp.Regexp
	// Verdict is what it says.
	Verdict Verdict
	// Known is where the text is known from.
	Known Provenance
}

// Texts are the known texts, tried in order; the first that matches counts.
type Texts []Text

// Read tells what the event says about a migration.
func (t Texts) Read(e progress.ServiceEvent) Verdict {
	for _, text := range t {
		if text.Pattern.MatchString(e.Message) {
			return text.Verdict
		}
	}
	return VerdictNone
}

// startedFrom is the part of the event of a start that names the source
// (reported).
var startedFrom = regexp.MustCompile(`(?i)with source cluster endpoint (\S+) and port (\d+)`)

// StartedFrom returns the source, "host:port", that the event of a start names;
// false if it names none in the words that are on record.
func StartedFrom(e progress.ServiceEvent) (string, bool) {
	m := startedFrom.FindStringSubmatch(e.Message)
	if m == nil {
		return "", false
	}
	return net.JoinHostPort(m[1], m[2]), true
}

// DefaultTexts returns the texts that are known, a new list each time. Texts on
// record come first and are matched from their beginning, so that the name of a
// group decides nothing; among the assumed ones, a failed test or a refused
// completion must not pass for a failed migration.
func DefaultTexts() Texts {
	text := func(pattern string, v Verdict, k Provenance) Text {
		return Text{Pattern: regexp.MustCompile(`(?i)` + pattern), Verdict: v, Known: k}
	}
	const (
		good = `\b(succeeded|successful|successfully|passed)\b`
		bad  = `\b(failed|unsuccessful|not successful|refused|rejected|could not|cannot|unable)\b`
	)
	return Texts{
		text(`^complete migration successful for `, VerdictCompleted, Documented),
		text(`^migration operation succeeded for replication group `, VerdictCompleted, Documented),
		text(`^migration operation failed for replication group .* because of invalid RDB`, VerdictFailed, Reported),
		text(`^migration operation failed for replication group `, VerdictFailed, Documented),
		text(`^starting migration operation for target cluster `, VerdictStarted, Reported),
		text(`\btest[ -]?migration\b.*`+bad, VerdictTestFailed, Assumed),
		text(`\btest[ -]?migration\b.*`+good, VerdictTestPassed, Assumed),
		text(`\bcomplet(e|ing) (the )?migration\b.*(`+bad+`|\bnot in sync\b|\breplace)`, VerdictNotInSync, Assumed),
		text(`\bmigration\b.*\bnot in sync\b`, VerdictNotInSync, Assumed),
		text(`\bmigration( operation)? failed\b`, VerdictFailed, Assumed),
	}
}
