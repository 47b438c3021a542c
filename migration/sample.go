package migration

import (
	"context"
	"time"

	"github.com/cachelift/cachelift/internal/diagnose"
	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/progress"
)

// lookAtEnds asks both ends at about the same time. An end that does not answer is
// told as such. The target is asked first: what it says came from the source before,
// so that the source's answer has the reason in it, and the lag looks larger than it is
// and never smaller.
func (r *run) lookAtEnds(ctx context.Context) (diagnose.Look, reading) {
	if r.doctor.monitor == nil {
		r.doctor.monitor = node.NewMonitor(r.source)
		r.doctor.history.Attached = r.resumed
	}
	now := reading{at: time.Now()}
	l := diagnose.Look{At: now.at, TargetErr: errNoPrimary}
	if n := r.primary(); n != nil {
		info, role, err := n.Following(ctx)
		l.Target, l.TargetErr, l.Link = info, err, role.Link
		l.TargetAddr = r.destAt
		now.target, now.host = info, endpointOf(r.destAt).Address
	}
	source, err := r.doctor.monitor.Look(ctx)
	l.Source, l.SourceErr, l.ReplTimeout = source.Info, err, source.ReplTimeout
	now.source, now.clients, now.limit = source.Info, source.Clients, source.Limit
	return l, now
}

// baseline looks at both ends before the migration is started, so that what counts up
// from there is the migration's. It returns the source's count of full syncs, -1 if
// that was not told.
func (r *run) baseline(ctx context.Context) int64 {
	l, now := r.lookAtEnds(ctx)
	r.doctor.history.Add(l)
	if l.SourceErr != nil {
		return -1
	}
	return now.source.Int("sync_full")
}

// sample takes a look at both ends, tells the observers of it, and returns an error
// if the run must not go on. An end that does not answer costs one sample, and counts
// as evidence.
func (r *run) sample(ctx context.Context) (progress.Sample, error) {
	return r.sampleIf(ctx, func(diagnose.Look) bool { return true })
}

// sampleIf is sample, but tells only of looks that are worth it.
func (r *run) sampleIf(ctx context.Context, worth func(diagnose.Look) bool) (progress.Sample, error) {
	l, now := r.lookAtEnds(ctx)
	if context.Cause(ctx) != nil {
		return progress.Sample{}, nil // whoever asked sees it
	}
	if l.SourceErr == nil && l.TargetErr == nil {
		r.meter.facts = r.doctor.facts
		l.Sample = r.meter.add(now)
		r.result.Sync.observe(l.Sample)
		if worth(l) {
			r.emit(progress.Sampled{Sample: l.Sample})
		}
	}
	return l.Sample, r.examine(ctx, l)
}

// sampleStart samples while the target follows the source and has not begun to
// receive, when that takes more than a moment. Mostly it waits for the source to begin;
// observers are told where it has no connection.
func (r *run) sampleStart(ctx context.Context, l link) error {
	d := &r.doctor
	if l != linkOurs {
		d.sampled = time.Now()
		return nil
	}
	if d.sampled.IsZero() {
		d.sampled = time.Now()
	}
	if time.Since(d.sampled) < pollInfo {
		return nil
	}
	d.sampled = time.Now()
	if r.fullSyncs >= 0 {
		r.meter.fullSyncs = r.fullSyncs
	}
	_, err := r.sampleIf(ctx, diagnose.Look.Unlinked)
	return err
}
