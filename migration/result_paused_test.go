package migration_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
)

// locking is a Cutover that pauses writes once.
type locking struct {
	*migration.SourceFence
	pauses *int
}

func (l locking) PauseWrites(ctx context.Context) error {
	if *l.pauses++; *l.pauses > 1 {
		return errors.New("the gate is locked")
	}
	return l.SourceFence.PauseWrites(ctx)
}

// A pause that fails is in the result all the same, and nothing of the attempt before it.
func TestResultOfAPauseThatFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t).Faults(migrationtest.Refuse(migrationtest.API, "CompleteMigration", "InvalidReplicationGroupState"))
		fence, pauses := migration.NewSourceFence(nil), 0
		s.Migrator(&migration.Options{Cutover: fence}) // binds it to the source
		result, err := s.Migrator(&migration.Options{Cutover: locking{fence, &pauses}, CutoverAttempts: 2}).Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "the gate is locked") || len(result.BackedOut) != 2 {
			t.Fatalf("%v, backed out %q", err, result.BackedOut)
		}
		at := pausedAt(s)
		if len(at) != 2 {
			t.Fatalf("writes were paused at %v", at)
		}
		got := result.Cutover
		if want := (migration.CutoverResult{Attempts: 2, PausedAt: got.PausedAt}); got != want || got.PausedAt.Before(at[0]) || got.PausedAt.After(at[1]) {
			t.Errorf("got %+v, want the time of the second pause alone, of %v", got, at)
		}
	})
}
