package migration_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

var errDenied = errors.New("the ticket was denied")

// A step of the host's is a state with its own name. What it did is undone, in
// reverse order, when a later step fails before the point of no return.
func ExampleStep() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()

	silence := migration.Step{
		Name: "silence",
		Run:  func(context.Context, *migration.Session) error { fmt.Println("alerts are silent"); return nil },
		Undo: func(context.Context, *migration.Session) error { fmt.Println("alerts are back"); return nil },
	}
	approval := migration.Step{
		Name: "approval",
		Run:  func(context.Context, *migration.Session) error { return migration.Permanent(errDenied) },
	}
	opts := quick()
	opts.Workflow = migration.DefaultWorkflow().Before(progress.StatePausing, silence, approval)
	m, err := migration.New(lab.plan(), lab.client, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = m.Run(ctx)
	var failed *migration.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.State, "-", failed.Err)
	}
	// Output:
	// alerts are silent
	// alerts are back
	// approval - step approval: the ticket was denied
}

// An error of a step is tried again, unless it is marked as permanent.
func ExamplePermanent() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()

	opts := quick()
	opts.Workflow = migration.DefaultWorkflow().Before(progress.StatePausing, migration.Step{
		Name: "approval",
		Run: func(_ context.Context, s *migration.Session) error {
			fmt.Println("try", s.Attempt())
			if s.Attempt() == 1 {
				return errors.New("the ticket system does not answer")
			}
			return migration.Permanent(errDenied)
		},
	})
	m, err := migration.New(lab.plan(), lab.client, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = m.Run(ctx)
	fmt.Println(errors.Is(err, errDenied))
	// Output:
	// try 1
	// try 2
	// true
}

// A session has go-redis clients of both ends, which are closed for the step.
func ExampleSession() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()

	opts := quick()
	opts.Workflow = migration.DefaultWorkflow().After(progress.StateCompleting, migration.Step{
		Name:       "smoke-test",
		NeedsPause: true,
		Run: func(ctx context.Context, s *migration.Session) error {
			got, err := s.Target().Get(ctx, "order:1").Result()
			if err != nil {
				return err
			}
			s.Note("order:1 is " + got) // for the observers
			fmt.Println(s.Plan().ID, "has", got, "while writes are", s.Snapshot().Writes)
			return nil
		},
	})
	m, err := migration.New(lab.plan(), lab.client, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = m.Run(ctx)
	fmt.Println(err)
	// Output:
	// orders-cache has paid while writes are paused
	// <nil>
}

// A panic of a step is an error with the step's name and the stack.
func ExamplePanicError() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()

	opts := quick()
	opts.Workflow = migration.DefaultWorkflow().Before(progress.StatePausing, migration.Step{
		Name: "approval",
		Run:  func(context.Context, *migration.Session) error { panic("no ticket") },
	})
	m, err := migration.New(lab.plan(), lab.client, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = m.Run(ctx)
	var panicked *migration.PanicError
	var failed *migration.Error
	if errors.As(err, &panicked) && errors.As(err, &failed) {
		fmt.Println(failed.State, failed.Op)
		fmt.Println(panicked)
		fmt.Println(strings.Contains(failed.Diagnosis.Detail, "ExamplePanicError"))
	}
	// Output:
	// approval Step.Run
	// panic: no ticket
	// true
}
