package migrationtest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// small is a scenario for real time, which an example runs in; inside
// [testing/synctest.Test] the default will do.
func small(tb migrationtest.TB) *migrationtest.Scenario {
	return migrationtest.NewScenario(tb).Timing(simulator.FastTiming()).Source(simulator.MemoryOptions{
		Keys: 1000, Dataset: 100_000, WriteRate: 10_000, Config: map[string]string{"repl-diskless-sync-delay": "0"},
	})
}

// A transcript is what a golden file holds: the same text each time.
func ExampleScenario_AssertTranscript() {
	tb := &exampleTB{}
	defer tb.end()
	s := small(tb).Target(simulator.ReplicationGroup{MultiAZ: simulator.Disabled})
	_, err := s.Migrator(impatient()).Run(context.Background())
	fmt.Println(err != nil)
	s.AssertTranscript(`
new         run started: no migration is under way
preflight   entered from new: begin
preflight   preflight: 49 checks: 42 passed, 1 failed, 6 unknown; 1 blocks: network.* unknown, source.backlog unknown, target.multi-az fail
failed      entered from preflight: fail
failed      run ended, cause preflight: 49 checks: 42 passed, 1 failed, 6 unknown; 1 blocks
`)
	// Output: true
}

// The links to the replicas break for a moment after a while.
func ExampleScenario_At() {
	tb := &exampleTB{}
	defer tb.end()
	s := small(tb)
	cut := make(chan struct{})
	s.At(10*time.Millisecond, func() {
		s.SourceServer().CutLinks(20 * time.Millisecond)
		close(cut)
	})
	result, err := s.Migrator(impatient()).Run(context.Background())
	<-cut
	s.AssertDone(result, err)
	fmt.Println(result.State)
	// Output: done
}

// The full sync takes as long as that, whatever the size of the data.
func ExampleScenario_FullSync() {
	tb := &exampleTB{}
	defer tb.end()
	s := small(tb).FullSync(time.Second) // hours, inside a bubble
	result, err := s.Migrator(impatient()).RunUntil(context.Background(), progress.StateInSync)
	fmt.Println(err, result.TimeIn[progress.StateSyncing] > 700*time.Millisecond)
	// Output: <nil> true
}

// Target and Network describe the rest of what is migrated.
func ExampleScenario_Target() {
	tb := &exampleTB{}
	defer tb.end()
	s := small(tb).
		Target(simulator.ReplicationGroup{ID: "prod-cache", Replicas: 2, EngineVersion: "7.1.0"}).
		Network(simulator.Network{RoundTrip: time.Millisecond, Apply: 1_000_000})
	fmt.Println(s.Plan().Target, len(s.Group().Nodes()))
	// Output: replication-group/prod-cache 3
}

// Another process goes on where the first one stopped.
func ExampleScenario_Migrator() {
	tb := &exampleTB{}
	defer tb.end()
	s := small(tb)
	ctx := context.Background()
	if _, err := s.Migrator(impatient()).RunUntil(ctx, progress.StateInSync); err != nil {
		fmt.Println(err)
		return
	}
	s.AssertWritesOpen()
	s.Recorder().Reset() // what comes is told alone
	result, err := s.Migrator(impatient()).Run(ctx)
	s.AssertDone(result, err)
	s.AssertStates(progress.StateInSync, progress.StatePausing, progress.StateDone)
	fmt.Println(result.State)
	// Output: done
}

// A process that has died does nothing any more. The next one goes on.
func ExampleScenario_Crash() {
	tb := &exampleTB{}
	defer tb.end()
	s := small(tb)
	ctx := context.Background()
	opts := impatient()
	opts.Retry.Tries = 2
	m := s.Migrator(opts)
	if _, err := m.RunUntil(ctx, progress.StateInSync); err != nil {
		fmt.Println(err)
		return
	}
	s.Crash(m)
	_, err := m.Run(ctx)
	fmt.Println(err != nil, m.Abort(ctx, "nobody hears it") != nil)

	result, err := s.Migrator(impatient()).Run(ctx)
	s.AssertDone(result, err)
	fmt.Println(result.State)
	// Output:
	// true true
	// done
}

// appGate is a Cutover that stops the application itself: in a scenario that is
// what writes to the source.
type appGate struct {
	maintenance
	source *simulator.Memory
}

// PauseWrites stops the application.
func (g *appGate) PauseWrites(context.Context) error {
	g.source.SetWriteRate(0)
	g.set(true)
	return nil
}

// ResumeWrites lets it write again.
func (g *appGate) ResumeWrites(context.Context) error {
	g.source.SetWriteRate(10_000)
	g.set(false)
	return nil
}

// Switch would point it to the target.
func (g *appGate) Switch(context.Context, migration.Endpoint) error { return nil }

// A Cutover of the host's own has to stop the scenario's writer, which stands for
// the application.
func ExampleScenario_AssertDone() {
	tb := &exampleTB{}
	defer tb.end()
	s := small(tb)
	opts := impatient()
	opts.Cutover = &appGate{source: s.SourceServer()}
	result, err := s.Migrator(opts).Run(context.Background())
	s.AssertDone(result, err) // nothing is lost
	s.AssertWritesOpen()      // the server itself would still take a write
	fmt.Println(result.Cutover.Endpoint == migration.Endpoint(s.Group().PrimaryEndpoint()))
	// Output: true
}
