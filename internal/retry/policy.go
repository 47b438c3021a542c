package retry

import (
	"time"

	"github.com/cenkalti/backoff/v4"
)

// Policy says how often and how long to try. Zero fields have the documented
// defaults; a negative Tries or MaxElapsed means no limit.
type Policy struct {
	// Initial bounds the delay after the first failure. Default 500 ms.
	Initial time.Duration
	// Max bounds every later delay; the bound doubles up to it. Default 20 s.
	Max time.Duration
	// Tries is how often the call is made at most. Default 8.
	Tries int
	// MaxElapsed is how long after the beginning no further try is started.
	// It does not bound a try itself: that is the context's part. Default
	// 2 min.
	MaxElapsed time.Duration
}

func (p Policy) withDefaults() Policy {
	if p.Initial <= 0 {
		p.Initial = 500 * time.Millisecond
	}
	if p.Max <= 0 {
		p.Max = 20 * time.Second
	}
	p.Max = max(p.Max, p.Initial)
	if p.Tries == 0 {
		p.Tries = 8
	}
	if p.MaxElapsed == 0 {
		p.MaxElapsed = 2 * time.Minute
	}
	return p
}

// schedule turns the policy into delays with full jitter: each is drawn evenly
// from zero to the present bound. Many callers that were throttled at the same
// instant then spread over the whole interval instead of coming back together.
// The package below draws from interval*(1±factor), so a factor of 1 over half
// the bound is that.
//
// MaxElapsedTime is always set: its default there, 15 minutes, would stop an
// unlimited wait in silence.
func (p Policy) schedule() backoff.BackOff {
	b := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(p.Initial/2),
		backoff.WithMaxInterval(p.Max/2),
		backoff.WithMultiplier(2),
		backoff.WithRandomizationFactor(1),
		backoff.WithMaxElapsedTime(max(p.MaxElapsed, 0)),
	)
	if p.Tries < 0 {
		return b
	}
	return &limited{BackOff: b, left: p.Tries - 1}
}

// limited stops after a number of delays. The package's own WithMaxRetries
// reads zero as "no limit".
type limited struct {
	backoff.BackOff
	left int
}

// NextBackOff returns the next delay, or Stop when none is left.
func (l *limited) NextBackOff() time.Duration {
	if l.left <= 0 {
		return backoff.Stop
	}
	l.left--
	return l.BackOff.NextBackOff()
}
