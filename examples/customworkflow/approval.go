package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/migration"
)

// tickets is a ticket system.
type tickets interface {
	// Open makes the ticket with the id. One that exists stays as it is, so that
	// a step that is called again asks nobody twice.
	Open(ctx context.Context, id, title string) error
	// Decision returns what was decided.
	Decision(ctx context.Context, id string) (decision, error)
}

// decision is what people made of a ticket.
type decision string

const (
	undecided decision = "open"
	approved  decision = "approved"
	denied    decision = "denied"
)

// errDenied: somebody said no. Test for it with errors.Is on the error of Run.
var errDenied = errors.New("the ticket was denied")

// approval waits until somebody approves the cut-over, for days if need be. The
// target goes on replicating meanwhile, and the library watches it: when the
// migration ends for another reason, ctx ends too.
//
// The ticket has the plan's id. So another process that resumes the plan waits
// for the same ticket, and an approval holds for all attempts at the cut-over.
func approval(t tickets, every time.Duration) migration.Step {
	return migration.Step{
		Name: "approval",
		Run: func(ctx context.Context, s *migration.Session) error {
			id := s.Plan().ID
			if err := t.Open(ctx, id, "cut over to "+s.Plan().Target.String()); err != nil {
				return err // tried again by the library
			}
			return await(ctx, s, t, id, every)
		},
	}
}

// await looks at the ticket every so often. A ticket system that does not
// answer for an hour is no reason to give up a migration of hours, so it is
// told once and asked again.
func await(ctx context.Context, s *migration.Session, t tickets, id string, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	told := false
	for {
		d, err := t.Decision(ctx, id)
		switch {
		case err != nil && !told:
			told = true
			s.Note(fmt.Sprintf("ticket %s cannot be read, will go on trying: %v", id, err))
		case err == nil && d == approved:
			return nil
		case err == nil && d == denied:
			return migration.Permanent(fmt.Errorf("ticket %s: %w", id, errDenied))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}
