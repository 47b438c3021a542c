package migration_test

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/progress"
)

// syncs is how many full syncs the source has begun.
func (p *provoked) syncs(c *redis.Client) int {
	n, _ := strconv.Atoi(p.info(c, "sync_full"))
	return n
}

// looping is when the library's own samples first showed n full syncs in vain.
func (p *provoked) looping(n int64) time.Time {
	p.t.Helper()
	return p.sampled("the full sync begins over and over", func(s progress.Sample) bool { return s.FullSyncs >= n })
}

// sampled is when a sample first showed something.
func (p *provoked) sampled(what string, shows func(progress.Sample) bool) time.Time {
	p.t.Helper()
	var at time.Time
	until(p.t, what, func() bool {
		for _, e := range p.rec.all() {
			if s, ok := e.(progress.Sampled); ok && shows(s.Sample) {
				at = s.Sample.At
				return true
			}
		}
		return false
	})
	return at
}

// writing keeps writing to the source, about so many bytes a second, until the test
// ends.
func (p *provoked) writing(rate int) {
	c := p.client(p.source.Addr())
	value := strings.Repeat("x", 10_000)
	ctx, stop := context.WithCancel(context.WithoutCancel(p.t.Context()))
	done := make(chan struct{})
	p.t.Cleanup(func() { stop(); <-done })
	go func() {
		defer close(done)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; {
			pipe := c.Pipeline()
			for range max(1, rate/100/len(value)) {
				pipe.Set(ctx, "w"+strconv.Itoa(i%200), value, 0)
				i++
			}
			if _, err := pipe.Exec(ctx); err != nil && ctx.Err() != nil {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
}

func TestProvokedSaveFailed(t *testing.T) {
	t.Parallel()
	p := provoke(t, "--repl-diskless-sync", "no")
	failSave(t, p.client(p.source.Addr()))
	p.attach()
	d := p.names(progress.CauseSaveFailed, p.looping(2))
	if !d.Retryable {
		t.Errorf("memory pressure may pass: %+v", d)
	}
}

// The snapshot says a format that the target does not know: the version in its header
// is changed on the way.
func TestProvokedRDBRejected(t *testing.T) {
	t.Parallel()
	p := provoke(t)
	p.behind().set(func(x *proxy) { x.patch = [2]string{"REDIS0010", "REDIS0099"} })
	p.attach()
	p.ends(progress.CauseRDBRejected)
}

func TestProvokedOutputBufferLoop(t *testing.T) {
	t.Parallel()
	p := provoke(t, "--client-output-buffer-limit", "replica", "1mb", "1mb", "60", "--rdb-key-save-delay", "2000")
	fill(t, p.source.Addr(), 300, 10)
	p.writing(10 << 20)
	p.attach()
	d := p.names(progress.CauseOutputBuffer, p.looping(3))
	p.settable(d, "client-output-buffer-limit")
}

// Before it overflows there is time to raise the limit.
func TestProvokedOutputBufferFilling(t *testing.T) {
	t.Parallel()
	p := provoke(t, "--client-output-buffer-limit", "replica", "32mb", "0", "0", "--repl-diskless-sync", "no", "--rdbcompression", "no")
	fill(t, p.source.Addr(), 20_000, 1000)
	p.behind().set(func(x *proxy) { x.rate = 200 << 10 }) // 100 s for it all
	p.writing(4 << 20)
	p.attach()
	evidence := p.sampled("the limit comes before the end", func(s progress.Sample) bool {
		return s.Buffer != nil && s.Buffer.LimitIn > 0 && s.ETALow > s.Buffer.LimitIn && !s.LinkUp
	})
	d := p.names(progress.CauseOutputBuffer, evidence)
	if !strings.Contains(strings.Join(d.Evidence, "; "), "output buffer") {
		t.Errorf("the evidence is %q", d.Evidence)
	}
	p.settable(d, "client-output-buffer-limit")
}

// What a proxy or the network's buffers have taken in looks sent to the source, which
// waits for the target no longer than repl-timeout.
func TestProvokedReplTimeout(t *testing.T) {
	t.Parallel()
	p := provoke(t, "--repl-timeout", "1", "--repl-ping-replica-period", "1", "--repl-diskless-sync", "no", "--rdbcompression", "no")
	fill(t, p.source.Addr(), 4000, 1000)
	p.behind().set(func(x *proxy) { x.rate, x.hoard = 200<<10, true })
	p.attach()
	d := p.names(progress.CauseReplTimeout, p.looping(3))
	p.settable(d, "repl-timeout")
}

// The network lets nothing through in the middle of a transfer, and nobody notices: of
// a source that sends a file, neither end times out.
func TestProvokedStuck(t *testing.T) {
	t.Parallel()
	p := provoke(t, "--repl-timeout", "2", "--repl-diskless-sync", "no", "--rdbcompression", "no")
	fill(t, p.source.Addr(), 4000, 1000)
	middle := p.behind()
	middle.set(func(x *proxy) { x.rate = 400 << 10 })
	p.attach()
	until(t, "bytes come", func() bool { return p.transferred() > 0 })
	middle.set(func(x *proxy) { x.silent = true })
	// What is on the way arrives first.
	last, since := int64(-1), time.Now()
	at := p.now("nothing has moved for longer than repl-timeout", func() bool {
		if n := p.transferred(); n != last {
			last, since = n, time.Now()
		}
		return time.Since(since) > 2500*time.Millisecond
	})
	p.names(progress.CauseStuck, at)
}

// transferred is what the newest sample shows.
func (p *provoked) transferred() int64 {
	n := int64(0)
	for _, e := range p.rec.all() {
		if s, ok := e.(progress.Sampled); ok {
			n = s.Sample.ReadBytes
		}
	}
	return n
}

// A full sync over a narrow network takes many times repl-timeout, and is in order.
func TestProvokedSlowSyncIsNoTrouble(t *testing.T) {
	t.Parallel()
	both := map[string]*provoked{}
	begun := time.Now()
	for _, diskless := range []string{"yes", "no"} {
		p := provoke(t, "--repl-diskless-sync", diskless, "--repl-timeout", "1", "--repl-ping-replica-period", "1", "--rdbcompression", "no")
		fill(t, p.source.Addr(), 2500, 1000)
		p.behind().set(func(x *proxy) { x.rate = 500 << 10 })
		p.attach()
		both[diskless] = p
	}
	for diskless, p := range both {
		p.inState(progress.StateInSync)
		if took := time.Since(begun); took < 3*time.Second {
			t.Fatalf("the syncs took %v, want three times repl-timeout", took)
		}
		ranged := 0
		for _, e := range p.rec.all() {
			switch e := e.(type) {
			case progress.Diagnosed:
				t.Errorf("repl-diskless-sync %s: a sync that is slow and in order was called: %v", diskless, e)
			case progress.Sampled:
				s := e.Sample
				if s.ETALow >= 0 && s.ETAHigh >= s.ETALow && s.Phase == progress.PhaseTransfer {
					ranged++
				}
				if s.ETA >= 0 && (s.ETALow > s.ETA || s.ETAHigh >= 0 && s.ETAHigh < s.ETA) || s.Percent < s.PercentLow || s.Percent > s.PercentHigh {
					t.Errorf("repl-diskless-sync %s: the ranges do not hold what they are about: %+v", diskless, s)
				}
			}
		}
		if ranged < 3 {
			t.Errorf("repl-diskless-sync %s: %d samples of the transfer have a range", diskless, ranged)
		}
	}
}

var configSet = regexp.MustCompile(`CONFIG SET (\S+) (?:"([^"]*)"|(\d+))`)

// settable does what the remedy says, and fails the test if that cannot be done.
func (p *provoked) settable(d progress.Diagnosis, parameter string) {
	p.t.Helper()
	m := configSet.FindStringSubmatch(d.Remedy)
	if m == nil || m[1] != parameter {
		p.t.Fatalf("the remedy %q does not set %s", d.Remedy, parameter)
	}
	doing([]any{"CONFIG", "SET", m[1], m[2] + m[3]})(p.t, p.client(p.source.Addr()))
}
