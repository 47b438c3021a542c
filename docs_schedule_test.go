package cachelift_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

func onWeekendNights(from time.Time, clocks *time.Location) migration.Schedule {
	return migration.Schedule{
		NotBefore: from,
		NotAfter:  from.AddDate(0, 0, 14), // then the run ends with ErrScheduleMissed
		Windows: []migration.Window{{
			Days: []time.Weekday{time.Saturday, time.Sunday},
			From: 2 * time.Hour, To: 4 * time.Hour, Location: clocks,
		}},
	}
}

// sale is called by the shop when a sale begins and when it ends.
func sale(m *migration.Migrator, begins bool) error {
	if !begins {
		m.Release()
		return nil
	}
	return m.Postpone("a sale is on") // ErrPastNoReturn: it is too late for that
}

// rehearsed cuts over if a rehearsal has shown that writes would be paused for less
// than most before the completion is requested.
func rehearsed(ctx context.Context, m *migration.Migrator, most time.Duration) (migration.Result, error) {
	result, err := m.Rehearse(ctx)
	if err != nil {
		return result, err
	}
	if took := result.Rehearsal.ToRequest; took > most {
		return result, fmt.Errorf("it takes %v until the completion can be requested, want at most %v", took, most)
	}
	return m.Run(ctx)
}

// TestSchedulesOfTheGuide runs what docs/cutover.md shows.
func TestSchedulesOfTheGuide(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		opts := &migration.Options{Schedule: onWeekendNights(time.Now(), berlin)}
		result, err := s.Migrator(opts).Run(t.Context())
		s.AssertDone(result, err)
		at := result.Cutover.PausedAt.In(berlin)
		if day := at.Weekday(); day != time.Saturday && day != time.Sunday || at.Hour() < 2 || at.Hour() > 3 {
			t.Errorf("writes were paused on %s", at)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		m := s.Migrator(nil)
		if err := sale(m, true); err != nil {
			t.Fatal(err)
		}
		over := time.Now().Add(6 * time.Hour)
		time.AfterFunc(6*time.Hour, func() {
			if held := m.Snapshot().Held; held == nil || held.Hold != progress.HoldPostponed || held.Reason != "a sale is on" {
				t.Errorf("what holds the cut-over is %+v", held)
			}
			if err := sale(m, false); err != nil {
				t.Error(err)
			}
		})
		result, err := m.Run(t.Context())
		if s.AssertDone(result, err); result.Cutover.PausedAt.Before(over) {
			t.Errorf("writes were paused at %s, in the sale", result.Cutover.PausedAt)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		result, err := rehearsed(t.Context(), s.Migrator(nil), 0)
		if err == nil || errors.Is(err, migration.ErrPastNoReturn) || result.State != progress.StateInSync {
			t.Errorf("a rehearsal that took too long: state %s, error %v", result.State, err)
		}
		s.AssertWritesOpen()
		result, err = rehearsed(t.Context(), s.Migrator(nil), time.Minute)
		s.AssertDone(result, err)
	})
}
