package target

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/retry"
)

const (
	// partWithin bounds one part of the facts, its tries and pages together,
	// so that one that hangs does not hold up the others for long.
	partWithin = 10 * time.Second
	// tryWithin bounds one call for a part.
	tryWithin = 4 * time.Second
)

// errExited is the error of a part whose call ended its goroutine instead of
// returning, as a test's FailNow does.
var errExited = errors.New("the call ended its goroutine")

// partPolicy is how often and how long one part is tried.
func (g *Group) partPolicy() retry.Policy {
	return retry.Policy{Initial: 250 * time.Millisecond, Max: 2 * time.Second, Tries: 5, MaxElapsed: partWithin, Jitter: g.jitter}
}

// part makes one call for the facts, again if it failed for a passing reason,
// so that one throttled call does not leave a gap.
func (g *Group) part(ctx context.Context, call func(context.Context) error) error {
	return retry.Do(ctx, g.partPolicy(), Classify, nil, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, tryWithin)
		defer cancel()
		return call(ctx)
	})
}

// guarded runs work that a client of the host's takes part in: a panic there
// is an error of this part, for it happens on a goroutine where nobody else
// could catch it.
func (g *Group) guarded(ctx context.Context, op string, work func(context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%s: %s: the client panicked: %v", g, op, v)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, partWithin)
	defer cancel()
	return work(ctx)
}
