package migration_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/internal/node"
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

// opening is a Cutover whose source was found paused and is open when it is asked again.
type opening struct {
	*migration.SourceFence
	asked, paused *int
	says          error
}

func (o opening) WritesPaused(ctx context.Context) (bool, error) {
	if *o.asked++; *o.asked > 1 {
		return false, o.says
	}
	return o.SourceFence.WritesPaused(ctx)
}

func (o opening) PauseWrites(ctx context.Context) error {
	*o.paused++
	return o.SourceFence.PauseWrites(ctx)
}

// A run that finds the target promoted keeps the application where it is if the source is
// open by then, or has a new primary, and closes it again.
func TestSourceThatOpensBeforeAFoundPromotionIsSwitchedTo(t *testing.T) {
	t.Parallel()
	for why, says := range map[string]error{"open": nil, "demoted": node.ErrNotPrimary} {
		synctest.Test(t, func(t *testing.T) {
			s := migrationtest.NewScenario(t)
			fails := migration.NewSourceFence(func(context.Context, migration.Endpoint) error { return errors.New("not yet") })
			if _, err := s.Migrator(&migration.Options{Cutover: fails}).Run(t.Context()); !errors.Is(err, migration.ErrPastNoReturn) {
				t.Fatalf("the run that is to be left half done: %v", err)
			}
			var asked, paused, switched int
			fence := migration.NewSourceFence(func(context.Context, migration.Endpoint) error { switched++; return nil })
			s.Migrator(&migration.Options{Cutover: fence}) // binds it to the source
			_, err := s.Migrator(&migration.Options{Cutover: opening{fence, &asked, &paused, says}}).Run(t.Context())
			if !errors.Is(err, migration.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "they are paused again") || switched != 0 || paused != 1 {
				t.Errorf("%s: got %v; switched %d times, paused %d times", why, err, switched, paused)
			}
		})
	}
}
