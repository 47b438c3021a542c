package migration_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/verify"
)

// A sample while the target follows, and everything inside the write pause.
func ExampleVerify() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()

	opts := quick()
	opts.Verify = migration.Verify{
		InSync:  &verify.Options{Sample: verify.Sample{LossRate: 0.00001}},
		InPause: &verify.Options{},
	}
	m, err := migration.New(lab.plan(), lab.client, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := m.Run(ctx)
	if errors.Is(err, migration.ErrDifferent) {
		fmt.Println("the application is where it was, or stands still:", err)
		return
	}
	for _, v := range result.Verify {
		fmt.Println(v.Step, v.Report.Mode, v.Report.Verdict)
	}
	// Output:
	// verify-in-sync sample equal
	// verify-in-pause full equal
}

// A comparison at a place of the host's own: sessions alone, before somebody is
// asked to approve. What differs is told one by one.
func ExampleVerifyStep() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()

	sessions := migration.VerifyStep("verify-sessions", &verify.Options{
		Match:        "session:*",
		OnDifference: func(d verify.Difference) error { fmt.Println(d); return nil },
	}, verify.EqualButExpiry)
	opts := quick()
	opts.Workflow = migration.DefaultWorkflow().Before(progress.StatePausing, sessions)
	m, err := migration.New(lab.plan(), lab.client, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := m.Run(ctx)
	fmt.Println(result.State, result.Verify[0].Report.Verdict, err)
	// Output: done equal <nil>
}
