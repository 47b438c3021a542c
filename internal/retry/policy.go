package retry

import (
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// Policies say how a failure of each class is retried.
type Policies interface {
	// For returns the policy of a class.
	For(Class) Policy
}

// Policy says how often and how long to try. Zero fields have the documented
// defaults; a negative Tries or MaxElapsed means no limit.
type Policy struct {
	// Initial bounds the delay after the first failure. Default 500 ms.
	Initial time.Duration
	// Max bounds every later delay; the bound doubles up to it. Default 20 s.
	Max time.Duration
	// Tries is how often the call is made at most. Default 8.
	Tries int
	// Jitter returns a number from 0 to below 1, which of the delays up to the
	// bound to take. Nil means a random one.
	Jitter func() float64
	// MaxElapsed is how long after the first failure no further try is started.
	// It does not bound a try itself: that is the context's part. Default
	// 2 min.
	MaxElapsed time.Duration
}

// For returns the policy itself for the classes that are retryable, and one
// try for the others: it is the same for all.
func (p Policy) For(c Class) Policy {
	if !c.Retryable() {
		p.Tries = 1
	}
	return p
}

// ByClass has a policy of its own for each class; one that is missing is not
// tried again.
type ByClass map[Class]Policy

// For returns the policy of a class.
func (b ByClass) For(c Class) Policy {
	if p, ok := b[c]; ok {
		return p
	}
	return Policy{Tries: 1}
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
	if p.Jitter == nil {
		p.Jitter = rand.Float64
	}
	return p
}

// schedule turns the policy into delays with full jitter: each is drawn evenly
// from zero to the present bound. Many callers that were throttled at the same
// instant then spread over the whole interval instead of coming back together.
//
// MaxElapsedTime is set there to none: its default, 15 minutes, would stop an
// unlimited wait in silence.
func (p Policy) schedule() backoff.BackOff {
	var b backoff.BackOff = backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(p.Initial),
		backoff.WithMaxInterval(p.Max),
		backoff.WithMultiplier(2),
		backoff.WithRandomizationFactor(0),
		backoff.WithMaxElapsedTime(0), // judged by the delay that was drawn, not by the bound
	)
	b = &jittered{BackOff: b, draw: p.Jitter, began: time.Now(), most: max(p.MaxElapsed, 0)}
	if p.Tries < 0 {
		return b
	}
	return &limited{BackOff: b, left: p.Tries - 1}
}

// jittered takes a part of each delay. The package's own jitter cannot be told
// what to draw.
type jittered struct {
	backoff.BackOff
	draw  func() float64
	began time.Time
	most  time.Duration // after which no try begins; 0 for no limit
}

// NextBackOff returns the next delay, or Stop when there is none.
func (j *jittered) NextBackOff() time.Duration {
	bound := j.BackOff.NextBackOff()
	if bound == backoff.Stop {
		return backoff.Stop
	}
	delay := time.Duration(j.draw() * float64(bound))
	if j.most > 0 && time.Since(j.began)+delay > j.most {
		return backoff.Stop
	}
	return delay
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
