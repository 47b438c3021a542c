package cachelift_test

import (
	"context"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// What docs/workflows.md shows.

type ticketSystem interface {
	Wait(ctx context.Context, change string) error
}

type alerting interface {
	Silence(context.Context) error
	Unsilence(context.Context) error
}

const library = "#!lua name=orders\nredis.register_function('total', function() return 0 end)"

func deployment(tickets ticketSystem, alerts alerting) migration.Workflow {
	return migration.DefaultWorkflow().
		Before(progress.StatePausing,
			migration.Step{
				Name: "approval",
				Run: func(ctx context.Context, s *migration.Session) error {
					return tickets.Wait(ctx, s.Plan().ID) // days, if it has to be
				},
			},
			migration.Step{
				Name: "silence-alerts",
				Run:  func(ctx context.Context, _ *migration.Session) error { return alerts.Silence(ctx) },
				Undo: func(ctx context.Context, _ *migration.Session) error { return alerts.Unsilence(ctx) },
			}).
		After(progress.StateCompleting, migration.Step{
			Name:       "functions",
			NeedsPause: true,
			Timeout:    5 * time.Second,
			Run: func(ctx context.Context, s *migration.Session) error {
				return s.Target().FunctionLoadReplace(ctx, library).Err()
			},
		})
}

func TestTheWorkflowOfTheGuideIsValid(t *testing.T) {
	t.Parallel()
	if err := deployment(nil, nil).Validate(); err != nil {
		t.Error(err)
	}
}
