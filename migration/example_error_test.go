package migration_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// What a host branches on.
func ExampleError() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()
	plan := migration.NewPlan("orders-cache", lab.source, migration.ReplicationGroup("no-such-cache"))
	m, err := migration.New(plan, lab.client, quick())
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = m.Run(ctx)

	var blocked *preflight.FailedError
	var failed *migration.Error
	switch {
	case errors.Is(err, migration.ErrPastNoReturn), errors.Is(err, migration.ErrOutcomeUnknown):
		fmt.Println("writes are paused: run again now")
	case errors.As(err, &blocked):
		for _, f := range blocked.Report.Blocking() {
			if f.Outcome == preflight.Fail {
				fmt.Printf("%s: %s\n", f.CheckID, f.Observed)
			}
		}
	case errors.As(err, &failed) && failed.Diagnosis != nil:
		fmt.Println(failed.State, failed.Diagnosis.Cause, failed.Diagnosis.Remedy)
	case err != nil:
		fmt.Println("stopped:", err)
	}
	errors.As(err, &failed)
	fmt.Println(failed.State, failed.Diagnosis.Cause == progress.CausePreflight)
	// Output:
	// target.exists: the service knows no such group
	// preflight true
}
