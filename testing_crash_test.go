package cachelift_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// What docs/testing.md shows.

// tickets is a host's own world outside of its process.
type tickets struct{ open map[string]bool }

// file opens a ticket, of which there is one for each name.
func (t *tickets) file(name string) func(context.Context, *migration.Session) error {
	return func(context.Context, *migration.Session) error { t.open[name] = true; return nil }
}

// close closes it, also if it is not open.
func (t *tickets) close(name string) func(context.Context, *migration.Session) error {
	return func(context.Context, *migration.Session) error { delete(t.open, name); return nil }
}

func TestWeSurviveEveryCrash(t *testing.T) {
	migrationtest.CrashEverywhere(t, migrationtest.Crashes{
		Bubble: func(play func(migrationtest.TB)) {
			synctest.Test(t, func(t *testing.T) { play(t) })
		},
		Host: func(s *migrationtest.Scenario) migrationtest.Host {
			world := &tickets{open: map[string]bool{}} // outlives our process
			wf := migration.DefaultWorkflow().
				Before(progress.StatePausing, migration.Step{Name: "announce", Run: world.file("maintenance"), Undo: world.close("maintenance")}).
				Before(progress.StateDone, migration.Step{Name: "all-clear", Run: world.close("maintenance")})
			return migrationtest.Host{
				Options: func() *migration.Options { return &migration.Options{Workflow: wf} }, // of each process
				Check: func() error {
					if len(world.open) > 0 {
						return fmt.Errorf("tickets are open still: %v", world.open)
					}
					return nil
				},
			}
		},
		Every: 4, // a sample with each change; without it all of them
	})
}
