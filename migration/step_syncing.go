package migration

import (
	"context"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/progress"
)

// stepSyncing watches the full sync until the target has caught up. The
// target's ROLE is asked often, so that the end is noticed at once; INFO of
// both ends, from which progress is told, a few times a second and then once.
func (r *run) stepSyncing(ctx context.Context) (progress.Trigger, error) {
	r.meter = meter{fullSyncs: r.fullSyncs}
	t := newTracker(r)
	for begun := time.Now(); ; {
		now, err := t.look(ctx)
		if err != nil {
			return "", err
		}
		if now.inSync {
			r.watch.nudge() // the status is about to change
			return progress.TriggerCaughtUp, nil
		}
		if limit := r.opts.SyncTimeout; limit > 0 && time.Since(begun) > limit {
			return "", opError("sync", fmt.Errorf("%w: not in sync within Options.SyncTimeout of %v", errTimeout, limit))
		}
		if err := sleep(ctx, paceSync(time.Since(begun), now.took)); err != nil {
			return "", err
		}
	}
}

// tracker looks at both ends for the states in which the target replicates.
type tracker struct {
	*run
	begun     time.Time
	sampled   time.Time // when INFO was last asked
	given     time.Time // since when it looks as if the service gave up
	elsewhere time.Time // since when the target follows somebody else
	silent    time.Time // since when an end does not answer
	lastRate  float64
	wasInSync bool // at the last look
	calm      bool // the target is in sync, and stays so
}

func newTracker(r *run) *tracker { return &tracker{run: r, begun: time.Now()} }

// standing is the result of one look.
type standing struct {
	inSync bool
	linkUp bool
	silent bool // an end did not answer
	lag    int64
	took   time.Duration // of the slower answer
}

// look asks both ends for their offsets, and for INFO when that is due. It
// returns an error when ElastiCache gave the migration up, when the target
// follows somebody else, when it would not hold what the source holds, or when an end
// has been silent for too long.
func (t *tracker) look(ctx context.Context) (standing, error) {
	begun := time.Now()
	// The target first: what the source writes until it is asked makes the lag
	// look larger than it is, never smaller.
	dest, l, errT := t.askPrimary(ctx)
	source, errS := t.source.Role(ctx)
	s := standing{took: time.Since(begun), lag: -1, silent: errS != nil || errT != nil}
	if err := context.Cause(ctx); err != nil {
		return s, err
	}
	if l == linkOurs {
		t.watch.relax(relaxed)
	} else {
		t.watch.relax(1)
	}
	if err := t.foreign(&t.elsewhere, l, dest.Upstream); err != nil {
		return s, err
	}
	if err := t.ended(&t.given, l); err != nil {
		return s, opError("replication", err)
	}
	if err := t.heard(errS, errT); err != nil {
		return s, err
	}
	if errS == nil && l == linkOurs && dest.Link == redisinfo.LinkConnected {
		s.linkUp, s.lag = true, max(0, source.Offset-dest.Offset)
		s.inSync = caughtUp(s.lag, t.lastRate, s.took)
	}
	caught := s.inSync && !t.wasInSync // that moment is worth a sample of its own
	t.wasInSync = s.inSync
	if caught || time.Since(t.sampled) >= pace(t.infoEvery(), s.took) {
		if err := t.sample(ctx); err != nil {
			return s, err
		}
	}
	return s, nil
}

// infoEvery is how often INFO is asked: more often at first, so that also a
// short sync is seen to move, and less and less while nothing does.
func (t *tracker) infoEvery() time.Duration {
	since := time.Since(t.begun)
	switch {
	case since < pollInfoFor:
		return pollInfoFirst
	case t.calm: // perhaps for days
		return min(max(since/100, pollInfo), pollInfoMost)
	}
	return pollInfo
}

// heard gives up on an end that has not answered for as long as calls are
// retried. An answer may take seconds while a server loads its data.
func (t *tracker) heard(errs ...error) error {
	for _, err := range errs {
		if err == nil {
			continue
		}
		if t.silent.IsZero() {
			t.silent = time.Now()
		}
		if patience := t.opts.patience(); time.Since(t.silent) > patience {
			return opError("sample", fmt.Errorf("no answer for %v: %w", patience, err))
		}
		return nil
	}
	t.silent = time.Time{}
	return nil
}

// sample takes a sample and keeps what the next looks need of it.
func (t *tracker) sample(ctx context.Context) error {
	t.sampled = time.Now()
	s, err := t.run.sample(ctx)
	if !s.At.IsZero() {
		t.lastRate = s.SourceWriteRate
	}
	return err
}
