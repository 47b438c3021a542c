package migration_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// With PSYNC renamed the target follows by the old SYNC, and no offset proves anything.
func TestProvokedPsyncRenamed(t *testing.T) {
	t.Parallel()
	p := provoke(t, "--rename-command", "PSYNC", "hidden")
	p.attach()
	p.ends(progress.CausePsyncRenamed)
	p.names(progress.CausePsyncRenamed, time.Now()) // it had been told before
	if n := p.accepted("CompleteMigration"); n != 0 {
		t.Errorf("%d completions were requested", n)
	}
}

// The target does not know what the source calls its command. It says so to nobody but
// its own counter.
func TestProvokedWriteRenamed(t *testing.T) {
	t.Parallel()
	p := provoke(t, "--rename-command", "SET", "hidden-set")
	p.attach()
	p.inState(progress.StateInSync)
	target := p.client(p.group.PrimaryEndpoint().String())
	doing([]any{"hidden-set", "k", "v"})(t, p.client(p.source.Addr()))
	at := p.now("the target counts an error", func() bool { return p.info(target, "unexpected_error_replies") == "1" })
	p.names(progress.CauseWriteRenamed, at)
	p.ends(progress.CauseWriteRenamed)
}

// A command that the target does not know for another reason: here it is another one
// by the time that it arrives. Nobody can tell which it was.
func TestProvokedStreamErrors(t *testing.T) {
	t.Parallel()
	p := provoke(t)
	p.behind().set(func(x *proxy) { x.patch = [2]string{"\r\nsadd\r\n", "\r\nsxdd\r\n"} })
	p.attach()
	p.inState(progress.StateInSync)
	target := p.client(p.group.PrimaryEndpoint().String())
	doing([]any{"sadd", "k", "v"})(t, p.client(p.source.Addr()))
	at := p.now("the target counts an error", func() bool { return p.info(target, "unexpected_error_replies") == "1" })
	p.names(progress.CauseStreamErrors, at)
	p.ends(progress.CauseStreamErrors)
}

// The target exits when it loads a database that it does not have.
func TestProvokedDatabasesAtSync(t *testing.T) {
	t.Parallel()
	timing := patientTiming()
	timing.RetryDelay = 1500 * time.Millisecond // its node is gone for as long
	p := provokeIn(t, timing, simulator.ReplicationGroup{}, "--databases", "32")
	doing([]any{"SET", "low", "1"}, []any{"MOVE", "low", "20"})(t, p.client(p.source.Addr()))
	p.attach()
	p.ends(progress.CauseDatabases)
}

// Written later, keys land in another database.
func TestProvokedDatabasesInUse(t *testing.T) {
	t.Parallel()
	p := provoke(t, "--databases", "32")
	p.attach()
	p.inState(progress.StateInSync)
	source := p.client(p.source.Addr())
	doing([]any{"SET", "low", "1"}, []any{"MOVE", "low", "20"})(t, source)
	p.names(progress.CauseDatabases, time.Now())
	p.ends(progress.CauseDatabases)
}

// The target holds more than it may, and says nothing until it is promoted.
func TestProvokedTargetMemory(t *testing.T) {
	t.Parallel()
	p := provoke(t)
	if err := p.sim.CreateParameterGroup(simulator.ParameterGroup{Name: "tiny", Family: "redis7", Values: map[string]string{"reserved-memory-percent": "99"}}); err != nil {
		t.Fatal(err)
	}
	var err error
	if p.group, err = p.sim.CreateReplicationGroup(t.Context(), simulator.ReplicationGroup{ID: "small", NodeType: "cache.t4g.micro", ParameterGroup: "tiny"}); err != nil {
		t.Fatal(err)
	}
	fill(t, p.source.Addr(), 8000, 1000)
	p.attach()
	p.ends(progress.CauseTargetMemory)
	p.names(progress.CauseTargetMemory, time.Now())
	target := p.client(p.group.PrimaryEndpoint().String())
	used, _ := strconv.Atoi(p.info(target, "used_memory"))
	most, _ := strconv.Atoi(p.info(target, "maxmemory"))
	if most == 0 || used <= most {
		t.Errorf("the target uses %d of %d bytes", used, most)
	}
}

// spoiling loses a write just before the pause: later than any look.
type spoiling struct {
	*migration.SourceFence
	write func(context.Context) error
}

func (s spoiling) PauseWrites(ctx context.Context) error {
	if err := s.write(ctx); err != nil {
		return err
	}
	return s.SourceFence.PauseWrites(ctx)
}

// A write that is lost at the last moment stops the cut-over too, and the source is
// opened again.
func TestProvokedLossInThePause(t *testing.T) {
	t.Parallel()
	p := provoke(t)
	p.behind().set(func(x *proxy) { x.patch = [2]string{"\r\nsadd\r\n", "\r\nsxdd\r\n"} })
	source := p.client(p.source.Addr())
	p.opts.InSyncFor = 100 * time.Millisecond
	p.opts.Cutover = spoiling{migration.NewSourceFence(nil), func(ctx context.Context) error { return source.SAdd(ctx, "k", "v").Err() }}
	p.attach()
	p.ends(progress.CauseStreamErrors)
	if n := p.accepted("CompleteMigration"); n != 0 {
		t.Errorf("%d completions were requested", n)
	}
	if !open(t, p.source.Addr()) {
		t.Error("the source does not take writes")
	}
	if n := len(p.states(progress.StatePausing)); n != 1 {
		t.Errorf("the cut-over was tried %d times, want once", n)
	}
}

// states are the times at which a state was entered.
func (p *provoked) states(s progress.State) (at []time.Time) {
	for _, e := range p.rec.all() {
		if c, ok := e.(progress.StateChanged); ok && c.To == s {
			at = append(at, c.At)
		}
	}
	return at
}
