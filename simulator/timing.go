package simulator

import "time"

// Timing holds every delay of the control plane. The zero Timing as a whole
// means [DefaultTiming]. To change single values start from DefaultTiming or
// [FastTiming]; in a Timing that is not zero, a zero delay is no delay.
type Timing struct {
	// Call is how long each API call takes to answer; it takes effect at once.
	// The end of the request's context ends the wait. Default 83 ms (assumed).
	Call time.Duration
	// StartDelay is the time from StartMigration's answer to the moment the
	// primary turns to the source. Default 45 s, shaped by a report of a first
	// PSYNC seen 47 s after the start event.
	StartDelay time.Duration
	// Attempts is how often the primary is turned to a source that it does not
	// get in sync with before the migration is given up. Default 3 ("several
	// times" is documented, the number is assumed). Below 1 means 1.
	Attempts int
	// AttemptTimeout ends an attempt without progress: the link has not come up
	// and neither received nor loaded bytes have reached a new maximum for this
	// long. Waiting for the source's first snapshot on an open link counts as
	// progress. Default 60 s, the engine's repl-timeout (documented as fixed;
	// its use here is assumed). 0 means the default.
	AttemptTimeout time.Duration
	// RetryDelay separates attempts. Default 2 s, shaped by a report of a
	// verdict 18 s after the first PSYNC, with repeated cycles of 5 s each.
	RetryDelay time.Duration
	// Linked is the time from the link coming up to the status "migrating".
	// Default 5 s (assumed; reports call the sync of small sets near-instant).
	Linked time.Duration
	// Test is how long TestMigration keeps the group in "modifying", at least.
	// Default 20 s (assumed).
	Test time.Duration
	// SyncCheck bounds the wait of CompleteMigration without Force for the
	// primary to reach the source's offset. Default 1 s (assumed).
	SyncCheck time.Duration
	// Promotion is the time from CompleteMigration's acceptance (after the sync
	// check) to the promotion of the primary. Default 60 s: "within minutes" is
	// documented, and a reported runbook waits 60 s.
	Promotion time.Duration
	// Settle is the time from the promotion to the status "available". The
	// data plane is ready before the status says so. Default 30 s (assumed).
	Settle time.Duration
	// Poll is the interval at which the simulator looks at a node while it
	// waits for it. Default 500 ms. 0 means 5 ms.
	Poll time.Duration
}

// DefaultTiming returns delays shaped by the field reports: a start takes
// about a minute, a completion a minute and a half.
func DefaultTiming() Timing {
	return Timing{
		Call:           83 * time.Millisecond,
		StartDelay:     45 * time.Second,
		Attempts:       3,
		AttemptTimeout: 60 * time.Second,
		RetryDelay:     2 * time.Second,
		Linked:         5 * time.Second,
		Test:           20 * time.Second,
		SyncCheck:      time.Second,
		Promotion:      60 * time.Second,
		Settle:         30 * time.Second,
		Poll:           500 * time.Millisecond,
	}
}

// FastTiming returns delays for demonstrations and tests: every status can
// still be seen, but the service's own part of migrating a small data set takes
// well under a second, and a failed start little more than one.
func FastTiming() Timing {
	return Timing{
		StartDelay:     20 * time.Millisecond,
		Attempts:       3,
		AttemptTimeout: 400 * time.Millisecond,
		RetryDelay:     20 * time.Millisecond,
		Linked:         0,
		Test:           20 * time.Millisecond,
		SyncCheck:      500 * time.Millisecond,
		Promotion:      20 * time.Millisecond,
		Settle:         20 * time.Millisecond,
		Poll:           5 * time.Millisecond,
	}
}

// withDefaults fills what must not be zero.
func (t Timing) withDefaults() Timing {
	if t == (Timing{}) {
		return DefaultTiming()
	}
	t.Attempts = max(t.Attempts, 1)
	if t.AttemptTimeout <= 0 {
		t.AttemptTimeout = DefaultTiming().AttemptTimeout
	}
	if t.Poll <= 0 {
		t.Poll = FastTiming().Poll
	}
	return t
}
