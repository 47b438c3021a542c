package migration

import (
	"regexp"
	"time"

	"github.com/cachelift/cachelift/internal/target"
)

// Assumptions are what the library takes for granted about the service where
// its documentation is silent. Each can be changed when reality turns out
// otherwise.
type Assumptions struct {
	// EventGrace is how long after a status change an event about it may be
	// late. Assumed; zero means 1 minute.
	EventGrace time.Duration
	// EventTexts are tried before the built-in texts to learn what an event of
	// the service says about a migration.
	EventTexts []EventText
	// PromotionWithin is how long after CompleteMigration the promotion, and
	// its confirmation, are waited for. The guide says that it "typically
	// completes within minutes"; zero means 15 minutes.
	PromotionWithin time.Duration
	// ReplicationWithin is how long after StartMigration the target may take
	// to begin to replicate. No bound is documented; about a minute was
	// reported. Zero means 30 minutes.
	ReplicationWithin time.Duration
	// TestWithin is how long to wait for the verdict of TestMigration, whose
	// form is not documented. Without one the run goes on and says so. A run
	// whose preflight finds nothing wrong but that the group is modifying, as
	// it is while an earlier run's TestMigration goes on, waits as long for that
	// to pass. Zero means 5 minutes.
	TestWithin time.Duration
}

// EventText says what an event of the service means whose message matches. The
// texts of some events are documented or were reported by users; those of a
// failed start, a refused completion and a TestMigration are assumed.
type EventText struct {
	// Pattern matches the event's message.
	Pattern *regexp.Regexp
	// Means is what such an event says.
	Means EventMeaning
}

// EventMeaning is what an event of the service says about a migration.
type EventMeaning string

const (
	// EventStarted: StartMigration was accepted.
	EventStarted EventMeaning = "started"
	// EventFailed: the migration is over and the group no replica any more.
	EventFailed EventMeaning = "failed"
	// EventCompleted: the group's primary was promoted.
	EventCompleted EventMeaning = "completed"
	// EventTestPassed: a TestMigration found nothing wrong.
	EventTestPassed EventMeaning = "test_passed"
	// EventTestFailed: a TestMigration found something wrong.
	EventTestFailed EventMeaning = "test_failed"
	// EventRefused: a completion was refused and the group goes on migrating.
	EventRefused EventMeaning = "refused"
)

// verdict returns what the meaning is called inside; "" if there is none such.
func (m EventMeaning) verdict() target.Verdict {
	switch m {
	case EventStarted, EventFailed, EventCompleted, EventTestPassed, EventTestFailed:
		return target.Verdict(m)
	case EventRefused:
		return target.VerdictNotInSync
	}
	return ""
}

// texts are the host's and then the built-in ones.
func (a Assumptions) texts() target.Texts {
	texts := make(target.Texts, 0, len(a.EventTexts)+8)
	for _, t := range a.EventTexts {
		texts = append(texts, target.Text{Pattern: t.Pattern, Verdict: t.Means.verdict(), Known: target.Assumed})
	}
	return append(texts, target.DefaultTexts()...)
}
