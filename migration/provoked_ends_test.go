package migration_test

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

func TestProvokedReplconfRenamed(t *testing.T) {
	t.Parallel()
	p := provoke(t, "--rename-command", "REPLCONF", "hidden")
	source := p.client(p.source.Addr())
	p.attach()
	at := p.now("partial resyncs", func() bool { n, _ := strconv.Atoi(p.info(source, "sync_partial_ok")); return n >= 2 })
	d := p.names(progress.CauseReplconfRenamed, at)
	if d.Retryable {
		t.Errorf("diagnosis %+v", d)
	}
}

// Each break of the link costs a full sync, since the backlog holds less than is written.
func TestProvokedBacklog(t *testing.T) {
	t.Parallel()
	p := provoke(t, "--repl-backlog-size", "16384")
	middle := p.behind()
	source := p.client(p.source.Addr())
	p.attach()
	p.inState(progress.StateInSync)
	until(t, "a sample in sync", func() bool { return p.phase() == progress.PhaseStreaming })
	middle.set(func(x *proxy) { x.cut = true })
	middle.drop()
	fill(t, p.source.Addr(), 1000, 1000)
	before := p.syncs(source)
	middle.set(func(x *proxy) { x.cut = false })
	at := p.now("another full sync", func() bool { return p.syncs(source) > before })
	d := p.names(progress.CauseBacklog, at)
	p.settable(d, "repl-backlog-size")
	if !d.Retryable {
		t.Errorf("diagnosis %+v", d)
	}
}

func (p *provoked) phase() progress.Phase {
	last := progress.Phase("")
	for _, e := range p.rec.all() {
		if s, ok := e.(progress.Sampled); ok {
			last = s.Sample.Phase
		}
	}
	return last
}

// With a backlog that reaches back, breaks cost little, and are told all the same.
func TestProvokedLinkUnstable(t *testing.T) {
	t.Parallel()
	p := provoke(t, "--repl-backlog-size", "64mb")
	middle := p.behind()
	p.attach()
	p.inState(progress.StateInSync)
	var at time.Time
	for range 3 {
		until(t, "a sample in sync", func() bool { return p.phase() == progress.PhaseStreaming })
		middle.set(func(x *proxy) { x.cut = true })
		middle.drop()
		until(t, "a sample without a link", func() bool { return p.phase() == progress.PhaseConnecting })
		at = time.Now()
		middle.set(func(x *proxy) { x.cut = false })
	}
	d := p.names(progress.CauseLinkUnstable, at)
	if !d.Retryable {
		t.Errorf("diagnosis %+v", d)
	}
}

// The connection is open, and nothing comes through.
func TestProvokedLinkSilent(t *testing.T) {
	t.Parallel()
	p := provoke(t, "--repl-ping-replica-period", "1")
	middle := p.behind()
	source, target := p.client(p.source.Addr()), p.client(p.group.PrimaryEndpoint().String())
	p.attach()
	p.inState(progress.StateInSync)
	middle.set(func(x *proxy) { x.silent = true })
	at := p.now("both ends have heard nothing for 5 seconds", func() bool {
		ago, _ := strconv.Atoi(p.info(target, "master_last_io_seconds_ago"))
		lag := -1
		if _, after, ok := strings.Cut(p.info(source, "slave0"), "lag="); ok {
			lag, _ = strconv.Atoi(after)
		}
		return ago >= 5 && lag >= 5
	})
	p.names(progress.CauseLinkSilent, at)
	if p.info(target, "master_link_status") != "up" {
		t.Log("the link went down meanwhile")
	}
}

func TestProvokedSourceStoppedAndRestarted(t *testing.T) {
	t.Parallel()
	p := provoke(t)
	p.attach()
	p.inState(progress.StateInSync)
	p.sampled("the run has begun to watch", func(s progress.Sample) bool { return s.Phase == progress.PhaseStreaming })
	target := p.client(p.group.PrimaryEndpoint().String())
	p.source.Kill()
	at := p.now("the link is down", func() bool { return p.info(target, "master_link_status") == "down" })
	d := p.names(progress.CauseSourceStopped, at)
	again, err := simulator.StartRedis(context.Background(), simulator.RedisOptions{
		Port: p.source.Endpoint().Port, Args: []string{"--repl-diskless-sync-delay", "0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { again.Close() })
	r := p.names(progress.CauseSourceRestarted, time.Now())
	if !d.Retryable || !r.Retryable {
		t.Errorf("diagnoses %+v, %+v", d, r)
	}
	p.goesOn()
}

// The source becomes a replica of another server, as after a failover.
func TestProvokedSourceFailover(t *testing.T) {
	t.Parallel()
	p := provoke(t)
	p.attach()
	p.inState(progress.StateInSync)
	follow(t, p.client(p.source.Addr()), startSource(t))
	d := p.names(progress.CauseSourceFailover, time.Now())
	if !d.Retryable {
		t.Errorf("diagnosis %+v", d)
	}
}

// A chain whose top is dead: the target's link stays up.
func TestProvokedUpstreamDown(t *testing.T) {
	t.Parallel()
	p := provoke(t)
	top := startSource(t)
	source := p.client(p.source.Addr())
	follow(t, source, top)
	p.attach()
	p.inState(progress.StateInSync)
	top.Kill()
	at := p.now("the source has lost its primary", func() bool { return p.info(source, "master_link_status") == "down" })
	p.names(progress.CauseUpstreamDown, at)
	if up := p.info(p.client(p.group.PrimaryEndpoint().String()), "master_link_status"); up != "up" {
		t.Errorf("the target's link is %s", up)
	}
}

// Another server comes up where the target's primary was, and follows the source.
func TestProvokedTargetReplaced(t *testing.T) {
	t.Parallel()
	p := provoke(t)
	p.attach()
	p.inState(progress.StateInSync)
	primary := p.group.PrimaryEndpoint()
	process, err := os.FindProcess(p.group.Nodes()[0].PID)
	if err == nil {
		err = process.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	var node *simulator.Redis
	until(t, "the port is free", func() bool {
		host, port, _ := net.SplitHostPort(p.source.Addr())
		node, err = simulator.StartRedis(context.Background(), simulator.RedisOptions{Port: primary.Port, Args: []string{"--replicaof", host, port}})
		return err == nil
	})
	t.Cleanup(func() { node.Close() })
	d := p.names(progress.CauseTargetReplaced, time.Now())
	if !d.Retryable {
		t.Errorf("diagnosis %+v", d)
	}
	p.goesOn()
}
