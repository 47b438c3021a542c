package migration_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// leaking is a Cutover whose writers a dead process has stopped, and that cannot make
// sure of it any more: as a gate beside which the source executes writes.
type leaking struct{}

func (leaking) PauseWrites(ctx context.Context) error {
	<-ctx.Done()
	return errors.New("writes come through still")
}
func (leaking) Switch(context.Context, migration.Endpoint) error { return nil }
func (leaking) ResumeWrites(context.Context) error               { return nil }
func (leaking) WritesPaused(context.Context) (bool, error)       { return true, nil }

// A run that goes on with a pause of a dead process asks for it again, and not for ever.
func TestPauseThatCannotBeMadeSureOfAgainEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		if _, err := s.Migrator(nil).RunUntil(t.Context(), progress.StateInSync); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		begun := time.Now()
		_, err := s.Migrator(&migration.Options{Cutover: leaking{}, MaxWritePause: 20 * time.Second}).Run(ctx)
		if !errors.Is(err, migration.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "writes come through still") {
			t.Errorf("got %v, want ErrOutcomeUnknown with the Cutover's error", err)
		}
		if took := time.Since(begun); took > time.Minute {
			t.Errorf("it took %v, want what MaxWritePause allows", took)
		}
	})
}
