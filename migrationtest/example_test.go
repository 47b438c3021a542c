package migrationtest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

func waitForTicket(ctx context.Context, s *migration.Session) error {
	s.Note("waiting for the ticket")
	return nap(ctx, 2*time.Hour)
}

// A host's first test. It takes hours of virtual time.
func TestApprovalComesBeforeThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		wf := migration.DefaultWorkflow().Before(progress.StatePausing,
			migration.Step{Name: "approval", Run: waitForTicket})
		result, err := s.Migrator(&migration.Options{Workflow: wf}).Run(t.Context())
		s.AssertDone(result, err)
		s.AssertStates(progress.StateInSync, "approval", progress.StatePausing)
	})
}

// exampleTB stands for the *testing.T that an example does not have.
type exampleTB struct{ cleanups []func() }

func (tb *exampleTB) Helper()                           {}
func (tb *exampleTB) Cleanup(f func())                  { tb.cleanups = append(tb.cleanups, f) }
func (tb *exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (tb *exampleTB) end() {
	for _, f := range slices.Backward(tb.cleanups) {
		f()
	}
}

// impatient are options for real time; inside [testing/synctest.Test] the
// defaults cost nothing.
func impatient() *migration.Options {
	return &migration.Options{
		PollEvery: 20 * time.Millisecond, InSyncFor: -1,
		Retry: migration.Retry{Initial: time.Millisecond, Max: 10 * time.Millisecond},
	}
}

// In a test, tb is the *testing.T of a synctest bubble. An example has none, so
// this one runs in real time.
func ExampleNewScenario() {
	tb := &exampleTB{}
	defer tb.end()
	s := migrationtest.NewScenario(tb).
		Source(simulator.MemoryOptions{Keys: 1000, Dataset: 100_000, WriteRate: 10_000, Config: map[string]string{"repl-diskless-sync-delay": "0"}}).
		Timing(simulator.FastTiming())
	result, err := s.Migrator(impatient()).Run(context.Background())
	s.AssertDone(result, err)
	s.AssertWritesPaused()

	to, switched := s.SwitchedTo()
	fmt.Println(result.State, switched, to.Port)
	fmt.Println(s.Recorder().States())
	// Output:
	// done true 6379
	// [preflight testing starting syncing in_sync pausing draining completing switching done]
}

// The reply to StartMigration is lost: the library finds out that it was
// accepted and does not call again.
func ExampleScenario_Faults() {
	tb := &exampleTB{}
	defer tb.end()
	s := migrationtest.NewScenario(tb).
		Source(simulator.MemoryOptions{Keys: 1000, Config: map[string]string{"repl-diskless-sync-delay": "0"}}).
		Timing(simulator.FastTiming()).
		Faults(
			migrationtest.LostReply(migrationtest.API, "StartMigration"),
			migrationtest.Throttle("DescribeEvents").Times(3),
			migrationtest.LostRequest(migrationtest.Source, "INFO").After(2),
		)
	result, err := s.Migrator(impatient()).Run(context.Background())
	s.AssertDone(result, err)
	s.AssertFaultsStruck()

	starts := 0
	for _, call := range s.Sim().Calls() {
		if call.Operation == "StartMigration" && call.Accepted {
			starts++
		}
	}
	fmt.Println(result.State, "after", starts, "start")
	// Output: done after 1 start
}

func ExampleRecorder() {
	r := migrationtest.NewRecorder()
	at := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	for i, e := range []progress.Event{
		progress.RunStarted{Reason: "no migration is under way"},
		progress.StateChanged{From: "testing", To: "starting", Trigger: progress.TriggerTested, Spent: 20 * time.Second},
		progress.ActionDone{Action: progress.ActionStart, Err: "Throttling: no answer for 3.1s"},
		progress.Retrying{Op: "StartMigration", Class: "throttled", Delay: 312 * time.Millisecond, Err: "Throttling: no answer for 3.1s"},
		progress.ActionDone{Action: progress.ActionStart, Took: 80 * time.Millisecond},
	} {
		at = at.Add(time.Second)
		h := progress.Header{MigrationID: "orders", Seq: uint64(i + 1), At: at, State: progress.StateStarting}
		r.Observe(context.Background(), progress.Stamp(e, h))
	}
	fmt.Print(r.Transcript())
	// Output:
	// starting    run started: no migration is under way
	// starting    entered from testing: tested
	// starting    start_migration failed: Throttling: no answer for <duration>; trying again
	// starting    start_migration done
}

// maintenance is a host's Cutover: a switch that its application obeys.
type maintenance struct {
	mu sync.Mutex
	on bool
}

func (m *maintenance) set(on bool) { m.mu.Lock(); defer m.mu.Unlock(); m.on = on }

// PauseWrites turns maintenance on.
func (m *maintenance) PauseWrites(context.Context) error { m.set(true); return nil }

// ResumeWrites turns maintenance off.
func (m *maintenance) ResumeWrites(context.Context) error { m.set(false); return nil }

// Switch turns maintenance off, too: a mistake, writes go to the source again.
func (m *maintenance) Switch(context.Context, migration.Endpoint) error { m.set(false); return nil }

// WritesPaused tells whether maintenance is on.
func (m *maintenance) WritesPaused(context.Context) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.on, nil
}

func ExampleCheckCutover() {
	m := &maintenance{}
	write := func(ctx context.Context) error {
		if on, _ := m.WritesPaused(ctx); on {
			return errors.New("down for maintenance")
		}
		return nil
	}
	err := migrationtest.CheckCutover(context.Background(), m, write)
	fmt.Println(strings.ReplaceAll(err.Error(), ": ", ":\n  "))
	// Output:
	// migrationtest:
	//   CheckCutover:
	//   rule "Switch leaves writes paused":
	//   WritesPaused is false after Switch, want true:
	//   nothing that the source acknowledged from now on would reach the target
}

func ExampleCheckObserver() {
	lengths := progress.ObserverFunc(func(_ context.Context, e progress.Event) {
		if ended, ok := e.(progress.RunEnded); ok {
			_ = ended.Diagnosis.Summary // nil unless the run failed
		}
	})
	err := migrationtest.CheckObserver(lengths)
	fmt.Println(strings.Contains(err.Error(), `rule "Observe does not panic": of a run_ended`))
	// Output: true
}
