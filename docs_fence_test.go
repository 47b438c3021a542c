package cachelift_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
)

func fenced(configuration map[string]string) *migration.Options {
	return &migration.Options{
		Cutover: migration.NewSourceFence(func(_ context.Context, to migration.Endpoint) error {
			configuration["redis"] = to.String() // or DNS, or a proxy
			return nil
		}),
	}
}

func gated(flag migration.Gate) *migration.Options {
	return &migration.Options{
		Cutover: migration.NewSourceFenceWith(nil, migration.FenceOptions{Gate: flag}),
	}
}

// readOnlyFlag is a feature flag at which the application's writers look.
type readOnlyFlag struct{ set bool }

func (f *readOnlyFlag) Close(context.Context) error          { f.set = true; return nil }
func (f *readOnlyFlag) Open(context.Context) error           { f.set = false; return nil }
func (f *readOnlyFlag) Closed(context.Context) (bool, error) { return f.set, nil }

// TestFencesOfTheGuide runs what docs/cutover.md shows.
func TestFencesOfTheGuide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, configuration := migrationtest.NewScenario(t), map[string]string{}
		if _, err := s.Migrator(fenced(configuration)).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := configuration["redis"], s.Group().PrimaryEndpoint().String(); got != want {
			t.Errorf("the application is at %q, want %q", got, want)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s, flag := migrationtest.NewScenario(t), &readOnlyFlag{}
		if _, err := s.Migrator(gated(flag)).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s.AssertWritesPaused(); !flag.set {
			t.Error("the gate was opened")
		}
	})
}
