package migration

import (
	"errors"
	"time"

	"github.com/cachelift/cachelift/internal/retry"
)

// cutoverTry is what one attempt at the cut-over remembers, and how many there
// have been.
type cutoverTry struct {
	attempt   int
	notBefore time.Time // when the next attempt may begin
	pausedAt  time.Time
	again     bool                 // an earlier run had paused writes before
	resumedAt time.Time            // when an attempt had backed out
	unproved  bool                 // the last proof had no answer
	deadline  time.Time            // of the pause, until the point of no return
	requested time.Time            // when the completion was first sent
	sent      time.Time            // when it was sent last
	offset    int64                // of the source, read after the pause: W
	replID    string               // of the history that W belongs to
	runID     string               // of the target's primary that has reached W
	master    string               // where the promoted node was seen
	held      func() (bool, error) // whether the fence holds, tried since; nil: not tried
}

// begin starts the clock of an attempt.
func (c *cutoverTry) begin(pause time.Duration) {
	now := time.Now()
	*c = cutoverTry{attempt: c.attempt + 1, pausedAt: now, deadline: now.Add(pause)}
}

// failed notes that an attempt was given up and reports whether to try again:
// later each time, and not if the same error is certain to come back.
func (c *cutoverTry) failed(err error, most int, after time.Duration) bool {
	c.notBefore = time.Now().Add(after << min(max(c.attempt-1, 0), 4))
	var danger *dangerError
	if errors.As(err, &danger) {
		return false
	}
	var step *stepError
	if errors.As(err, &step) {
		return !isFinal(err) && c.attempt < most
	}
	switch classify(err) {
	case retry.Permanent, retry.Permission:
		var host *cutoverError
		return errors.As(err, &host) && c.attempt < most
	}
	return c.attempt < most
}
