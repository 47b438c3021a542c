package migration_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// pausedAt are the times at which writes were paused.
func pausedAt(s *migrationtest.Scenario) []time.Time {
	var at []time.Time
	for _, e := range s.Recorder().Events() {
		if a, ok := e.(progress.ActionDone); ok && a.Action == progress.ActionPauseWrites {
			at = append(at, a.At)
		}
	}
	return at
}

func holds(s *migrationtest.Scenario) []progress.Hold {
	var out []progress.Hold
	for _, e := range s.Recorder().Events() {
		if h, ok := e.(progress.CutoverHeld); ok {
			out = append(out, h.Hold)
		}
	}
	return out
}

func TestCutoverWaitsForItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		due := time.Now().Add(3 * time.Hour)
		result, err := s.Migrator(&migration.Options{Schedule: migration.Schedule{NotBefore: due}}).Run(t.Context())
		s.AssertDone(result, err)
		at := pausedAt(s)
		if len(at) != 1 || at[0].Before(due) || at[0].After(due.Add(time.Second)) {
			t.Errorf("writes were paused at %s, want once, within a second after %s", at, due)
		}
		if got := holds(s); !slices.Equal(got, []progress.Hold{progress.HoldTooEarly, progress.HoldNone}) {
			t.Errorf("observers were told of %v", got)
		}
	})
}

func TestCutoverWaitsForAWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // which begins at midnight UTC
		s := migrationtest.NewScenario(t)
		window := migration.Window{From: 2 * time.Hour, To: 3 * time.Hour}
		result, err := s.Migrator(&migration.Options{Schedule: migration.Schedule{Windows: []migration.Window{window}}}).Run(t.Context())
		s.AssertDone(result, err)
		if len(pausedAt(s)) == 0 {
			t.Error("writes were never paused")
		}
		for _, at := range pausedAt(s) {
			if at.UTC().Hour() != 2 {
				t.Errorf("writes were paused at %s, outside the window", at)
			}
		}
	})
}

func TestScheduleMissedPausesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		wait := migration.Step{Name: "approval", Run: func(ctx context.Context, _ *migration.Session) error {
			select {
			case <-ctx.Done():
			case <-time.After(2 * time.Hour):
			}
			return ctx.Err()
		}}
		opts := &migration.Options{
			Schedule: migration.Schedule{NotAfter: time.Now().Add(time.Hour)},
			Workflow: migration.DefaultWorkflow().Before(progress.StatePausing, wait),
		}
		_, err := s.Migrator(opts).Run(t.Context())
		if !errors.Is(err, migration.ErrScheduleMissed) || len(pausedAt(s)) != 0 {
			t.Errorf("error %v, pauses %v; want ErrScheduleMissed and none", err, pausedAt(s))
		}
		s.AssertWritesOpen()
		result, err := s.Migrator(nil).Run(t.Context()) // it goes on replicating
		s.AssertDone(result, err)
	})
}

func TestPostponeAndRelease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		m := s.Migrator(nil)
		if err := m.Postpone("a flash sale"); err != nil {
			t.Fatal(err)
		}
		released := time.Now().Add(5 * time.Hour)
		time.AfterFunc(5*time.Hour, func() {
			if held := m.Snapshot().Held; held == nil || held.Reason != "a flash sale" {
				t.Errorf("the snapshot tells of %+v", held)
			}
			m.Release()
		})
		result, err := m.Run(t.Context())
		s.AssertDone(result, err)
		if at := pausedAt(s); len(at) != 1 || at[0].Before(released) {
			t.Errorf("paused at %s, released at %s", at, released)
		}
		if m.Snapshot().Held != nil || result.Cutover.Attempts != 1 {
			t.Errorf("held %v, %d attempts", m.Snapshot().Held, result.Cutover.Attempts)
		}
	})
}

// A Postpone that returned nil holds, wherever the pause stood: writes are resumed
// and the attempt does not count.
func TestPostponeInsideThePause(t *testing.T) {
	t.Parallel()
	for _, behind := range []progress.State{progress.StatePausing, progress.StateDraining} {
		t.Run(string(behind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := migrationtest.NewScenario(t)
				var m *migration.Migrator
				calls, undone := 0, 0
				step := migration.Step{
					Name: "second-thoughts",
					Run: func(context.Context, *migration.Session) error {
						if calls++; calls > 1 {
							return nil
						}
						time.AfterFunc(time.Hour, func() { s.AssertWritesOpen(); m.Release() })
						return m.Postpone("second thoughts")
					},
					Undo: func(context.Context, *migration.Session) error { undone++; return nil },
				}
				m = s.Migrator(&migration.Options{CutoverAttempts: 1, Workflow: migration.DefaultWorkflow().After(behind, step)})
				result, err := m.Run(t.Context())
				s.AssertDone(result, err)
				if at := pausedAt(s); len(at) != 2 || at[1].Sub(at[0]) < time.Hour || undone != 1 || result.Cutover.Attempts != 1 {
					t.Errorf("paused at %s, undone %d times, %d attempts", at, undone, result.Cutover.Attempts)
				}
			})
		})
	}
}

// A Release that comes at once takes nothing back of the Postpone: the attempt that was
// under way backs out and does not count.
func TestPostponeAndReleaseAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		var m *migration.Migrator
		calls := 0
		step := migration.Step{Name: "second-thoughts", Run: func(ctx context.Context, _ *migration.Session) error {
			if calls++; calls > 1 {
				return nil
			}
			err := m.Postpone("second thoughts")
			m.Release()
			return errors.Join(err, ctx.Err())
		}}
		m = s.Migrator(&migration.Options{CutoverAttempts: 1, Workflow: migration.DefaultWorkflow().After(progress.StatePausing, step)})
		result, err := m.Run(t.Context())
		s.AssertDone(result, err)
		if at := pausedAt(s); len(at) != 2 || result.Cutover.Attempts != 1 {
			t.Errorf("paused at %s, %d attempts; want two pauses of which one counts", at, result.Cutover.Attempts)
		}
	})
}

func TestPostponeTooLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		var m *migration.Migrator
		var late error
		step := migration.Step{Name: "late", Run: func(context.Context, *migration.Session) error { late = m.Postpone("late"); return nil }}
		m = s.Migrator(&migration.Options{Workflow: migration.DefaultWorkflow().After(progress.StateCompleting, step)})
		result, err := m.Run(t.Context())
		s.AssertDone(result, err)
		if !errors.Is(late, migration.ErrPastNoReturn) {
			t.Errorf("Postpone = %v, want ErrPastNoReturn", late)
		}
	})
}

// Days in sync cost little: events are what a log grows by, calls what the API is
// asked, and memory does not grow.
func TestDaysInSync(t *testing.T) {
	if raceDetector {
		t.Skip("make crash plays it, without the race detector")
	}
	const days = 3
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		m := s.Migrator(nil)
		if err := m.Postpone("for days"); err != nil {
			t.Fatal(err)
		}
		events, calls, memory := make([]int, days+1), make([]int, days+1), make([]uint64, days+1)
		for day := range days + 1 {
			time.AfterFunc(time.Hour+time.Duration(day)*24*time.Hour, func() {
				events[day], calls[day], memory[day] = len(s.Recorder().Events()), len(s.Sim().Calls()), inUse()
				if day == days {
					m.Release()
				}
			})
		}
		result, err := m.Run(t.Context())
		s.AssertDone(result, err)
		for day := range days {
			if n := events[day+1] - events[day]; n < 1000 || n > 1500 {
				t.Errorf("day %d: %d events, want about one a minute", day, n)
			}
			if n := calls[day+1] - calls[day]; n < 2000 || n > 3000 {
				t.Errorf("day %d: %d calls, want about two a minute", day, n)
			}
			// 2 MiB a day are the simulator's list of calls and the recorder's of events;
			// something small kept of each look would be more than the rest.
			grown := int64(memory[day+1]) - int64(memory[day])
			t.Logf("day %d: %d KiB more in use", day, grown>>10)
			if grown > 3<<20 {
				t.Errorf("day %d: %d KiB more in use, want 3 MiB at the most", day, grown>>10)
			}
		}
	})
}

// inUse is the memory that this process holds.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
