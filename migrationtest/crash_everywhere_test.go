package migrationtest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// bubble plays a case of a crash matrix in virtual time.
func bubble(t *testing.T) func(func(migrationtest.TB)) {
	return func(play func(migrationtest.TB)) {
		synctest.Test(t, func(t *testing.T) { play(t) })
	}
}

// broken fails unless a matrix of the host finds something, for all these
// reasons.
func broken(t *testing.T, only []string, host func(*migrationtest.Scenario) migrationtest.Host, reasons ...string) {
	t.Helper()
	wantFailure(t, func(tb migrationtest.TB) {
		migrationtest.CrashEverywhere(tb, migrationtest.Crashes{
			Host: host, Only: only,
			Bubble: func(play func(migrationtest.TB)) {
				why := ""
				synctest.Test(t, func(*testing.T) { why = failure(play) })
				if why != "" {
					tb.Fatalf("%s", why)
				}
			},
		})
	}, reasons...)
}

// gated is a host whose Cutover is a flag, which stops the scenario's writer.
func gated(wf migration.Workflow) func(*migrationtest.Scenario) migrationtest.Host {
	return func(s *migrationtest.Scenario) migrationtest.Host {
		flag := newAppGate(s)
		return migrationtest.Host{Options: func() *migration.Options { return &migration.Options{Cutover: flag, Workflow: wf} }}
	}
}

func newAppGate(s *migrationtest.Scenario) *stub {
	return newStub(func(rate int64) { s.SourceServer().SetWriteRate(rate) })
}

func ourWorkflow() migration.Workflow { return migration.DefaultWorkflow() }

// What the documentation shows.
func TestOurMigrationSurvivesEveryCrash(t *testing.T) {
	migrationtest.CrashEverywhere(t, migrationtest.Crashes{
		Bubble: func(play func(migrationtest.TB)) {
			synctest.Test(t, func(t *testing.T) { play(t) })
		},
		Host: func(s *migrationtest.Scenario) migrationtest.Host {
			gate := newAppGate(s) // what outlives a process
			return migrationtest.Host{Options: func() *migration.Options {
				return &migration.Options{Cutover: gate, Workflow: ourWorkflow()}
			}}
		},
	})
}

// A point can be played alone, and a sample of them.
func TestCrashEverywhereOnlyAndEvery(t *testing.T) {
	t.Parallel()
	var cases atomic.Int32
	c := migrationtest.Crashes{
		Host: func(*migrationtest.Scenario) migrationtest.Host {
			return migrationtest.Host{Options: func() *migration.Options { cases.Add(1); return nil }}
		},
		Bubble: bubble(t),
		Only:   []string{"CONFIG SET at the source, process gone after", "a completion was refused: ResumeWrites, error before"},
	}
	if played := migrationtest.CrashEverywhere(t, c); !slices.Equal(played, c.Only) {
		t.Errorf("played %q, want %q", played, c.Only)
	}
	if n := cases.Load(); n != 5 { // two without a fault, one that died and its successor, one that goes on
		t.Errorf("%d processes, want 5", n)
	}
	c.Only, c.Every = nil, 20
	if played := migrationtest.CrashEverywhere(t, c); len(played) < 3 || len(played) > 8 || played[0] != "TestMigration, error before" {
		t.Errorf("a sample is %q", played)
	}
}

// A Cutover that says that it pauses writes and does not.
func TestCrashEverywhereFindsALie(t *testing.T) {
	t.Parallel()
	broken(t, nil, func(*migrationtest.Scenario) migrationtest.Host {
		lies := newStub(func(int64) {})
		return migrationtest.Host{Options: func() *migration.Options { return &migration.Options{Cutover: lies} }}
	}, "CrashEverywhere: no fault: ", "writes are open on both ends", "acknowledged writes are lost", "entered from completing: promoted")
}

// deaf is a Cutover whose ResumeWrites does nothing.
type deaf struct{ *stub }

// ResumeWrites says that it has resumed them.
func (d deaf) ResumeWrites(context.Context) error { d.now(false); return nil }

func TestCrashEverywhereFindsWritesThatAreNotResumed(t *testing.T) {
	t.Parallel()
	broken(t, nil, func(s *migrationtest.Scenario) migrationtest.Host {
		d := deaf{newAppGate(s)}
		return migrationtest.Host{Options: func() *migration.Options { return &migration.Options{Cutover: d} }}
	}, "a completion was refused: no fault: ResumeWrites returned nil, and the source acknowledges no write")
}

// A pause that only the process knows of: the next one does not find it.
func TestCrashEverywhereFindsAPauseThatIsNotDurable(t *testing.T) {
	t.Parallel()
	broken(t, []string{"CompleteMigration, process gone after"}, func(s *migrationtest.Scenario) migrationtest.Host {
		return migrationtest.Host{Options: func() *migration.Options {
			return &migration.Options{Cutover: newAppGate(s)}
		}}
	}, "CrashEverywhere: CompleteMigration, process gone after: ", "writes to the source are paused, and the error does not say so",
		`this point alone: Crashes.Only: []string{"CompleteMigration, process gone after"}`)
}

// once is a step that cannot be called again.
func once() migration.Step {
	done := false
	return migration.Step{Name: "create-record", Run: func(context.Context, *migration.Session) error {
		if done {
			return migration.Permanent(errors.New("the record exists"))
		}
		done = true
		return nil
	}}
}

func TestCrashEverywhereFindsAStepThatIsNotIdempotent(t *testing.T) {
	t.Parallel()
	broken(t, nil, func(s *migrationtest.Scenario) migrationtest.Host {
		return gated(migration.DefaultWorkflow().Before(progress.StateStarting, once()))(s)
	}, "run of step create-record, error after: ", "was not finished by 4 processes", "the record exists", "run of step create-record  <- error after")
}

// What a step does twice in silence, only the host can know.
func TestCrashEverywhereAsksTheHost(t *testing.T) {
	t.Parallel()
	broken(t, []string{"run of step announce, error after"}, func(s *migrationtest.Scenario) migrationtest.Host {
		posted := 0
		wf := migration.DefaultWorkflow().Before(progress.StateStarting, migration.Step{
			Name: "announce", Run: func(context.Context, *migration.Session) error { posted++; return nil },
		})
		host := gated(wf)(s)
		host.Check = func() error {
			if posted != 1 {
				return fmt.Errorf("announced %d times, want once", posted)
			}
			return nil
		}
		return host
	}, "run of step announce, error after: Host.Check: announced 2 times, want once")
}

// A step that leaves a setting of the source changed when it is cut short.
func TestCrashEverywhereFindsASettingThatStays(t *testing.T) {
	t.Parallel()
	set := func(ctx context.Context, s *migration.Session, value string) error {
		return s.Source().ConfigSet(ctx, "repl-timeout", value).Err()
	}
	broken(t, []string{"CONFIG SET at the source, process gone after"}, func(s *migrationtest.Scenario) migrationtest.Host {
		patient := migration.Step{Name: "be-patient", Run: func(ctx context.Context, s *migration.Session) error {
			before, err := s.Source().ConfigGet(ctx, "repl-timeout").Result()
			if err != nil {
				return err
			}
			if err := set(ctx, s, "3600"); err != nil {
				return err
			}
			return set(ctx, s, before["repl-timeout"]) // called again, that is not the old one
		}}
		return gated(migration.DefaultWorkflow().Before(progress.StateSyncing, patient))(s)
	}, "CONFIG SET at the source, ", `repl-timeout of the source is "3600", want "60" as when nothing goes wrong`)
}

func TestCrashEverywhereNeedsADescription(t *testing.T) {
	t.Parallel()
	wantFailure(t, func(tb migrationtest.TB) { migrationtest.CrashEverywhere(tb, migrationtest.Crashes{Every: -1}) },
		"Crashes.Bubble is nil", "Crashes.Host is nil", "Crashes.Every is -1")
	wantFailure(t, func(tb migrationtest.TB) {
		migrationtest.CrashEverywhere(tb, migrationtest.Crashes{
			Bubble: func(func(migrationtest.TB)) {},
			Host:   func(*migrationtest.Scenario) migrationtest.Host { return migrationtest.Host{} },
		})
	}, "no fault: the case did not come to its end")
	broken(t, nil, func(*migrationtest.Scenario) migrationtest.Host { return migrationtest.Host{} }, "Host.Options is nil")
	broken(t, nil, func(s *migrationtest.Scenario) migrationtest.Host {
		s.Source(simulator.MemoryOptions{Keys: 10})
		return migrationtest.Host{Options: func() *migration.Options { return nil }}
	}, "Source has WriteRate 0")
	calls := 0
	broken(t, nil, func(s *migrationtest.Scenario) migrationtest.Host {
		calls++
		wf := migration.DefaultWorkflow()
		if calls <= 2 {
			wf = wf.Before(progress.StateTesting, once())
		}
		return gated(wf)(s)
	}, "TestMigration came in the place of run of step create-record: the host does not do the same each time")
	if got := failure(func(tb migrationtest.TB) {
		migrationtest.CrashEverywhere(tb, migrationtest.Crashes{Bubble: bubble(t), Host: gated(migration.DefaultWorkflow()), Only: []string{"nothing"}})
	}); !strings.Contains(got, `Only is ["nothing"]`) || !strings.Contains(got, "Switch, process gone after") {
		t.Errorf("the test failed with\n%s", got)
	}
}
