package linkfault_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// judge says how the migration ended, and fails the test unless that is one of
// the ways in which it may end.
func (c *chaos) judge(e ended) string {
	switch {
	case e.err == nil && e.result.State == progress.StateDone:
		c.judgeDone(e)
		return "done"
	case errors.Is(e.err, migration.ErrAborted) || e.err == nil && e.result.State == progress.StateAborted:
		if !c.scenario.has("abort") {
			c.t.Errorf("aborted, and nobody asked for it: %v", e.err)
		}
		c.judgeOpen()
		return "aborted"
	case e.err == nil:
		c.t.Errorf("the run ended in %s without an error", e.result.State)
		return "wrong"
	}
	if !c.over(e) {
		return c.judgePaused(e)
	}
	c.judgeOpen()
	c.t.Logf("it ended with %v", e.err)
	return c.judgeCause(e.err)
}

// judgeDone: all that was acknowledged is on the new primary, which takes writes,
// and the source takes none.
func (c *chaos) judgeDone(e ended) {
	ctx := context.Background()
	target := c.group.PrimaryEndpoint().String()
	if to := e.result.Cutover.Endpoint.String(); to != target && to != ":0" {
		c.t.Errorf("the application was switched to %s, and the primary is %s", to, target)
	}
	before := c.traffic.total(target)
	eventually(c.t, "the new primary takes writes", func() bool { return c.traffic.total(target) > before })
	c.traffic.stop()
	lost, err := c.traffic.missing(ctx, target)
	if err != nil || len(lost) > 0 {
		c.t.Errorf("of %d acknowledged writes, %d are lost: %.10q, %v", c.traffic.total(""), len(lost), lost, err)
	}
	src := plainClient(c.source.Addr(), 5*time.Second)
	defer func() { _ = src.Close() }()
	if err := src.Set(ctx, "late", "v", 0).Err(); err == nil {
		c.t.Error("the source takes writes after the migration")
	}
	dst := plainClient(target, 20*time.Second)
	defer func() { _ = dst.Close() }()
	if n := dst.Exists(ctx, "old:0", fmt.Sprint("old:", c.scenario.keys-1)).Val(); n != 2 {
		c.t.Errorf("%d of 2 keys that were there before", n)
	}
}

// judgePaused: a run that cannot tell whether the target was promoted says so, and
// leaves writes paused: the next one can tell, unless the service has lost both the
// node that could prove it and the event that would say it.
func (c *chaos) judgePaused(e ended) string {
	if !c.scenario.has("missing_event") || !c.scenario.has("then ends") {
		c.t.Errorf("writes are still paused after many runs: %v", e.err)
		return "wrong"
	}
	c.traffic.stop()
	src := plainClient(c.source.Addr(), 5*time.Second)
	defer func() { _ = src.Close() }()
	if err := src.Set(context.Background(), "late", "v", 0).Err(); err == nil {
		c.t.Error("the source takes writes, and the outcome is not known")
	}
	if n := c.traffic.total("") - c.traffic.total(c.source.Addr()); n != 0 {
		c.t.Errorf("%d writes were acknowledged elsewhere", n)
	}
	return "paused, for a person"
}

// judgeOpen: the source takes writes and has its settings back, and nothing that
// it acknowledged is missing on it.
func (c *chaos) judgeOpen() {
	ctx := context.Background()
	before := c.traffic.total(c.source.Addr())
	eventually(c.t, "the source serves writes", func() bool { return c.traffic.total(c.source.Addr()) > before+10 })
	c.traffic.stop()
	if n := c.traffic.total("") - c.traffic.total(c.source.Addr()); n != 0 {
		c.t.Errorf("%d writes were acknowledged elsewhere", n)
	}
	lost, err := c.traffic.missing(ctx, c.source.Addr())
	if err != nil || len(lost) > 0 {
		c.t.Errorf("%d writes are missing on the source itself: %.10q, %v", len(lost), lost, err)
	}
	src := plainClient(c.source.Addr(), 5*time.Second)
	defer func() { _ = src.Close() }()
	if got := src.ConfigGet(ctx, "min-replicas-to-write").Val()["min-replicas-to-write"]; got != "0" {
		c.t.Errorf("min-replicas-to-write is %s, want it back at 0", got)
	}
}

// judgeCause: the cause is one that was brought about.
func (c *chaos) judgeCause(err error) string {
	var failed *migration.Error
	if errors.Is(err, migration.ErrEnded) {
		if !c.scenario.has("then ends", "rejected_rdb", "abort", "crash", "cut", "black hole", "failover", "replacement", "stuck") {
			c.t.Errorf("the migration has ended, and nothing was to end it: %v", err)
		}
		return "ended"
	}
	if !errors.As(err, &failed) || failed.Diagnosis == nil {
		c.t.Errorf("an error without a diagnosis: %v", err)
		return "wrong"
	}
	cause := failed.Diagnosis.Cause
	if fits := causes()[cause]; !c.scenario.has(fits...) {
		c.t.Errorf("the cause is %s, and what fits, one of %q, was not brought about: %v", cause, fits, err)
	}
	return "failed: " + string(cause)
}

// causes are the faults that may bring a cause about, as they show in the text of
// a scenario.
func causes() map[progress.Cause][]string {
	calls := []string{"throttle", "server_error", "refuse", "lost_request", "lost_reply", "hang", "link after"}
	lost := []string{"failover", "replacement", "cut", "black hole", "link after", "promotion"}
	return map[progress.Cause][]string{
		progress.CauseRDBRejected:       {"rejected_rdb"},
		progress.CausePermission:        {"AccessDenied"},
		progress.CauseTargetBusy:        {"InvalidReplicationGroupState", "stale", "failover", "replacement", "hang_accepted", "lost_reply"},
		progress.CauseThrottled:         {"throttle"},
		progress.CauseTransport:         append(calls, lost...),
		progress.CauseTimeout:           append(calls, append(lost, "missing_event", "late_event", "stale")...),
		progress.CauseNotInSync:         append(lost, "promotion_fails"),
		progress.CausePreflight:         append(calls, lost...),
		progress.CauseSourceUnreachable: {"cut", "black hole", "link after", "then ends"},
		progress.CauseCutover:           {"link after", "bandwidth"},
		progress.CauseUnknown:           append(calls, append(lost, "then ends", "rejected_rdb", "missing_event")...),
	}
}
