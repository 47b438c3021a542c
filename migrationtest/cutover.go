package migrationtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cachelift/cachelift/migration"
)

// Write is a write of the application to the source. Nil means that the source
// has acknowledged it. It returns an error when its context ends.
type Write func(context.Context) error

// How long writes are waited for.
const (
	heldWithin = time.Second     // a write that takes that long counts as held back
	openWithin = 5 * time.Second // after ResumeWrites
	openEvery  = 50 * time.Millisecond
)

// CheckCutover tests a host's [migration.Cutover] against the contract that is
// written there, and returns all violations, joined, each with the rule that it
// breaks and why the rule stands. Nil means that none was found.
//
// With writes, it also tries whether the pause is real: while paused each has to
// be refused, or to be held back until its context ends, and afterwards each
// has to be acknowledged. Give one for each way in which the application
// writes. Without writes it can only believe what WritesPaused says.
//
// # Not on production
//
// It does to the system under test what a cut-over does, several times: writes
// are paused and resumed, contexts end half way, and Switch is called with the
// address 192.0.2.1:6379, which RFC 5737 reserves for documentation: whatever
// Switch turns then points nowhere. The check begins only if writes are open, and
// leaves them open if the Cutover lets it: it calls ResumeWrites at last, also
// after Switch, which a migration never does. What Switch did it cannot take
// back.
//
// It takes as long as a few dozen calls; each of them has 30 seconds, and 2
// seconds to return after its context has ended. One that does not ends the check;
// its goroutine is left behind. When ctx ends, the check ends with its cause,
// and resumes writes on a context of its own.
//
// A [migration.SourceFence] has to be given to [migration.New] before.
func CheckCutover(ctx context.Context, c migration.Cutover, writes ...Write) error {
	if c == nil {
		return errors.New("migrationtest: CheckCutover: the Cutover is nil, want one to check")
	}
	k := &cutoverCheck{violations: violations{check: "CheckCutover"}, cutover: c, writes: writes}
	if !k.startsOpen(ctx) {
		return k.err()
	}
	for _, part := range []func(context.Context){
		k.resumeWithoutPause, k.pauseAndResume, k.halfPause, k.endedContext, k.switching,
	} {
		if k.hangs || ctx.Err() != nil {
			break
		}
		part(ctx)
	}
	if !k.hangs { // whatever has been found, and as a last resort: its error is told above or expected after Switch
		_ = call(context.WithoutCancel(ctx), reopenAfter, c.ResumeWrites)
	}
	if ctx.Err() != nil {
		return errors.Join(k.err(), fmt.Errorf("migrationtest: CheckCutover: not finished: %w", context.Cause(ctx)))
	}
	return k.err()
}

// cutoverCheck is one check under way.
type cutoverCheck struct {
	violations
	cutover migration.Cutover
	writes  []Write
	pausing time.Duration // how long PauseWrites takes
	hangs   bool          // a method did not return
}

// do calls a method that has to return nil, as the rule says.
func (k *cutoverCheck) do(ctx context.Context, r rule, method string, f func(context.Context) error) bool {
	err := k.try(ctx, method, f)
	switch {
	case err == nil:
		return true
	case ctx.Err() != nil || told(err):
	case errors.Is(err, context.Canceled): // this call's context is alive
		k.add(ruleFresh(), "%s = %v on a context that is alive", method, err)
	default:
		k.add(r, "%s = %v, want nil", method, err)
	}
	return false
}

// try calls a method whose error may be right.
func (k *cutoverCheck) try(ctx context.Context, method string, f func(context.Context) error) error {
	err := call(ctx, callWithin, f)
	if errors.Is(err, errHangs) {
		k.hangs = true
		k.add(ruleContext(), "%s: %v", method, err)
	} else if told(err) {
		k.add(ruleCutoverPanics(), "%s: %v", method, err)
	}
	return err
}

// told reports whether the error has been added as a violation.
func told(err error) bool {
	var p *panicked
	return errors.As(err, &p) || errors.Is(err, errHangs) || errors.Is(err, errExited)
}

// paused asks, and notes what is not as it should be. It asks twice: an answer
// must not use itself up.
func (k *cutoverCheck) paused(ctx context.Context, want migrationWrites, r rule, when string) bool {
	for range 2 {
		var paused bool
		ok := k.do(ctx, ruleAnswers(), "WritesPaused "+when, func(ctx context.Context) (err error) {
			paused, err = k.cutover.WritesPaused(ctx)
			return err
		})
		if !ok {
			return false
		}
		if paused != (want == writesPaused) {
			k.add(r, "WritesPaused is %t %s, want %t", paused, when, !paused)
			return false
		}
	}
	return true
}

// migrationWrites is what is to be with writes.
type migrationWrites string

const (
	writesOpen   migrationWrites = "open"
	writesPaused migrationWrites = "paused"
)

// stopped tries that no write is acknowledged, all of them at once.
func (k *cutoverCheck) stopped(ctx context.Context, r rule, when string) {
	errs := make([]error, len(k.writes))
	var wg sync.WaitGroup
	for i, w := range k.writes {
		wg.Go(func() { errs[i] = call(ctx, heldWithin, w) })
	}
	wg.Wait()
	for i, err := range errs {
		switch {
		case err == nil:
			k.add(r, "write %d was acknowledged %s", i+1, when)
		case ctx.Err() == nil && told(err):
			k.add(ruleWriteEnds(), "write %d: %v", i+1, err)
		}
	}
}

// acknowledged tries that every write is acknowledged, soon.
func (k *cutoverCheck) acknowledged(ctx context.Context, r rule, when string) bool {
	fine := true
	for i, w := range k.writes {
		if err := soon(ctx, w); err != nil && ctx.Err() == nil {
			k.add(r, "write %d is not acknowledged %s: %v", i+1, when, err)
			fine = false
		}
	}
	return fine
}

// soon tries a write until it is acknowledged.
func soon(ctx context.Context, w Write) error {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	tick := time.NewTicker(openEvery)
	defer tick.Stop()
	for {
		err := call(ctx, heldWithin, w)
		if err == nil || told(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}
