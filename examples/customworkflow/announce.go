package main

import (
	"context"

	"github.com/cachelift/cachelift/migration"
)

// notices is a status page. Both methods are idempotent: a notice is named by
// its id.
type notices interface {
	// Post puts the notice up, or changes the text of the one that is up.
	Post(ctx context.Context, id, text string) error
	// Withdraw takes the notice down. That there is none is no error.
	Withdraw(ctx context.Context, id string) error
}

// announce tells users of the maintenance, and takes it back when the cut-over
// backs out, when the approval is denied and when the migration is aborted.
func announce(n notices) migration.Step {
	return migration.Step{
		Name: "announce",
		Run: func(ctx context.Context, s *migration.Session) error {
			return n.Post(ctx, s.Plan().ID, "maintenance: writes will pause for some seconds")
		},
		Undo: func(ctx context.Context, s *migration.Session) error {
			return n.Withdraw(ctx, s.Plan().ID)
		},
	}
}

// allClear tells users that it is over. The application is on the target by
// then, so that a status page that is down is told and fails nothing.
func allClear(n notices) migration.Step {
	return migration.Step{
		Name: "all-clear",
		Run: func(ctx context.Context, s *migration.Session) error {
			if err := n.Post(ctx, s.Plan().ID, "maintenance is over"); err != nil {
				s.Note("the notice is still up: " + err.Error())
			}
			return nil
		},
	}
}
