package migrationtest_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// Two of the points of a workflow with an approval. In a test, Bubble plays each
// case in virtual time and Only is left out, see the documentation of
// CrashEverywhere; an example has no *testing.T, so this one runs in real time.
func ExampleCrashEverywhere() {
	matrix := migrationtest.Crashes{
		Bubble: func(play func(migrationtest.TB)) {
			tb := &exampleTB{}
			defer tb.end()
			play(tb)
		},
		Host: func(s *migrationtest.Scenario) migrationtest.Host {
			s.Timing(simulator.FastTiming()).Source(simulator.MemoryOptions{Keys: 1000, Dataset: 100_000, WriteRate: 10_000, Config: map[string]string{"repl-diskless-sync-delay": "0"}})
			tickets := 0 // outlives a process
			approval := migration.Step{Name: "approval", Run: func(context.Context, *migration.Session) error {
				tickets = 1 // idempotent
				return nil
			}}
			return migrationtest.Host{
				Options: func() *migration.Options {
					opts := impatient()
					opts.CutoverRetryAfter = 10 * time.Millisecond
					opts.Workflow = migration.DefaultWorkflow().Before(progress.StatePausing, approval)
					return opts
				},
				Check: func() error {
					if tickets != 1 {
						return fmt.Errorf("%d tickets, want one", tickets)
					}
					return nil
				},
			}
		},
		Only: []string{"run of step approval, process gone after", "CompleteMigration, reply lost"},
	}
	played := migrationtest.CrashEverywhere(&exampleTB{}, matrix)
	fmt.Println(strings.Join(played, "\n"))
	// Output:
	// run of step approval, process gone after
	// CompleteMigration, reply lost
}
