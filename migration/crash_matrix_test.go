package migration_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// everywhere plays the crash matrix of a host: all of it in make crash, and a
// sample with -short or the race detector.
func everywhere(t *testing.T, atLeast int, host func(*migrationtest.Scenario) migrationtest.Host) {
	t.Helper()
	c := migrationtest.Crashes{
		Bubble: func(play func(migrationtest.TB)) { synctest.Test(t, func(t *testing.T) { play(t) }) },
		Host:   host,
	}
	if testing.Short() || raceDetector {
		c.Every, atLeast = 13, atLeast/13
	}
	played := migrationtest.CrashEverywhere(t, c)
	if len(played) < atLeast {
		t.Errorf("%d points, want %d or more: %q", len(played), atLeast, played)
	}
	t.Logf("%d points", len(played))
}

// Without steps, and with a SourceFence: 11 effects, and 3 of backing out.
func TestCrashEverywhere(t *testing.T) {
	t.Parallel()
	everywhere(t, 66, func(*migrationtest.Scenario) migrationtest.Host {
		return migrationtest.Host{Options: func() *migration.Options { return nil }}
	})
}

// journal is a world outside of the process in which steps leave something.
type journal struct {
	mu   sync.Mutex
	made map[string]bool
}

// step makes something, and takes it back if it can be undone; both
// idempotently, as steps have to be.
func (j *journal) step(name string) migration.Step {
	set := func(made bool) func(context.Context, *migration.Session) error {
		return func(context.Context, *migration.Session) error {
			j.mu.Lock()
			defer j.mu.Unlock()
			j.made[name] = made
			return nil
		}
	}
	return migration.Step{Name: name, Run: set(true), Undo: set(false)}
}

// final is a step that cannot be undone.
func (j *journal) final(name string) migration.Step {
	s := j.step(name)
	s.Undo = nil
	return s
}

// all returns an error if something that was to be made is missing.
func (j *journal) all(names ...string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	var missing []string
	for _, name := range names {
		if !j.made[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("missing in the world outside: %v", missing)
	}
	return nil
}

// A step in every place, some with an undo, and a gate of the host's own.
func TestCrashEverywhereWithStepsAndAGate(t *testing.T) {
	t.Parallel()
	everywhere(t, 90, func(s *migrationtest.Scenario) migrationtest.Host {
		j := &journal{made: map[string]bool{}}
		flag := &flagGate{source: s.SourceServer().SetWriteRate}
		wf := migration.DefaultWorkflow().
			After(progress.StateNew, j.final("announce")).
			Before(progress.StateTesting, j.step("reserve")).
			Before(progress.StateStarting, j.final("tune")).
			Before(progress.StateSyncing, j.step("dashboard")).
			Before(progress.StateInSync, j.final("warn")).
			Before(progress.StatePausing, j.step("approval"), j.step("silence")).
			After(progress.StatePausing, j.step("flush")).
			Before(progress.StateCompleting, j.step("compare")).
			After(progress.StateCompleting, j.final("smoke-test")).
			Before(progress.StateDone, j.final("tell"))
		return migrationtest.Host{
			Options: func() *migration.Options { return &migration.Options{Cutover: flag, Workflow: wf} },
			Check: func() error {
				return j.all("announce", "reserve", "tune", "dashboard", "warn", "approval", "silence", "flush", "compare", "smoke-test", "tell")
			},
		}
	})
}

// flagGate is a host's own gate: the application obeys a flag that outlives the
// process.
type flagGate struct {
	source func(bytesPerSecond int64)

	mu     sync.Mutex
	paused bool
	at     migration.Endpoint
}

// PauseWrites raises the flag.
func (g *flagGate) PauseWrites(context.Context) error { g.set(true, 0); return nil }

// ResumeWrites takes it down.
func (g *flagGate) ResumeWrites(context.Context) error { g.set(false, 50_000); return nil }

func (g *flagGate) set(paused bool, rate int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.paused = paused
	g.source(rate)
}

// WritesPaused reads it.
func (g *flagGate) WritesPaused(context.Context) (bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.paused, nil
}

// Switch writes down where the application is.
func (g *flagGate) Switch(_ context.Context, to migration.Endpoint) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.at = to
	return nil
}

// Steps that change both servers inside the write pause, behind a fence that the
// host embeds in a Cutover of its own.
func TestCrashEverywhereWithStepsOnTheServers(t *testing.T) {
	t.Parallel()
	everywhere(t, 86, func(s *migrationtest.Scenario) migrationtest.Host {
		var dns migration.Endpoint
		wf := migration.DefaultWorkflow().
			Before(progress.StateSyncing, migration.Step{Name: "mark", Run: markSource}).
			After(progress.StateCompleting, migration.Step{Name: "unmark", Run: unmarkTarget, NeedsPause: true})
		return migrationtest.Host{
			Options: func() *migration.Options {
				cutover := &recordedFence{SourceFence: migration.NewSourceFence(nil), record: func(to migration.Endpoint) { dns = to }}
				return &migration.Options{Cutover: cutover, Workflow: wf}
			},
			Check: func() error {
				if want := s.Group().PrimaryEndpoint(); dns.Address != want.Address {
					return fmt.Errorf("the record says %s, want %s", dns, want)
				}
				marks, err := s.TargetClient().Exists(context.Background(), "mark").Result()
				if err == nil && marks > 0 {
					err = errors.New("the mark is on the target still")
				}
				return err
			},
		}
	})
}

// recordedFence is a fence with a Switch of the host's own.
type recordedFence struct {
	*migration.SourceFence
	record func(migration.Endpoint)
}

// Switch changes the record, and lets parked writers go.
func (f *recordedFence) Switch(ctx context.Context, to migration.Endpoint) error {
	f.record(to)
	return f.SourceFence.Switch(ctx, to)
}

// markSource leaves a key on the source, which is replicated.
func markSource(ctx context.Context, s *migration.Session) error {
	return s.Source().Set(ctx, "mark", s.Plan().ID, 0).Err()
}

// unmarkTarget takes it away on the promoted target.
func unmarkTarget(ctx context.Context, s *migration.Session) error {
	return s.Target().Del(ctx, "mark").Err()
}

// The matrix finds what a workflow of this library's own tests has wrong: a
// point is named by what was struck.
func TestCrashEverywhereNamesThePoints(t *testing.T) {
	t.Parallel()
	only := []string{"CompleteMigration, reply lost", "run of step approval, process gone after", "a completion was refused: undo of step approval, error before"}
	j := &journal{made: map[string]bool{}}
	played := migrationtest.CrashEverywhere(t, migrationtest.Crashes{
		Bubble: func(play func(migrationtest.TB)) { synctest.Test(t, func(t *testing.T) { play(t) }) },
		Host: func(*migrationtest.Scenario) migrationtest.Host {
			wf := migration.DefaultWorkflow().Before(progress.StatePausing, j.step("approval"))
			return migrationtest.Host{Options: func() *migration.Options { return &migration.Options{Workflow: wf} }}
		},
		Only: only,
	})
	slices.Sort(only)
	slices.Sort(played)
	if strings.Join(played, ";") != strings.Join(only, ";") {
		t.Errorf("played %q, want %q", played, only)
	}
}
