package migration_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// From preflight to the application on the target. The same call resumes after a
// crash.
func ExampleMigrator_Run() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()

	opts := quick()
	opts.Cutover = migration.NewSourceFence(func(_ context.Context, to migration.Endpoint) error {
		fmt.Println("application goes to the new primary:", to.String() == lab.group.PrimaryEndpoint().String())
		return nil
	})
	opts.Observers = []progress.Observer{progress.ObserverFunc(func(_ context.Context, e progress.Event) {
		if e, ok := e.(progress.StateChanged); ok {
			fmt.Println(e.To)
		}
	})}
	m, err := migration.New(lab.plan(), lab.client, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := m.Run(ctx)
	c := result.Cutover
	fmt.Println(result.State, err)
	fmt.Println("all that was acknowledged is on the target:", c.TargetOffset >= c.SourceOffset)
	// Unordered output:
	// preflight
	// testing
	// starting
	// syncing
	// in_sync
	// pausing
	// draining
	// completing
	// switching
	// application goes to the new primary: true
	// done
	// done <nil>
	// all that was acknowledged is on the target: true
}

// In the morning bring the target in sync; at night, when a person says go, do
// the rest. In between ElastiCache replicates and no process has to run.
func ExampleMigrator_RunUntil() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()
	plan := lab.plan() // stored in between

	m, err := migration.New(plan, lab.client, quick())
	if err != nil {
		fmt.Println(err)
		return
	}
	morning, err := m.RunUntil(ctx, progress.StateInSync)
	fmt.Println(morning.State, err)

	m, err = migration.New(plan, lab.client, quick())
	if err != nil {
		fmt.Println(err)
		return
	}
	night, err := m.Run(ctx)
	fmt.Println(night.State, err)
	// Output:
	// in_sync <nil>
	// done <nil>
}

// Status looks at everything once, from any process, and changes nothing.
func ExampleMigrator_Status() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()
	m, err := migration.New(lab.plan(), lab.client, quick())
	if err != nil {
		fmt.Println(err)
		return
	}
	show := func() {
		s, err := m.Status(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: target is %s, writes are %s\n", s.State, s.TargetRole, s.Writes)
	}
	show()
	if _, err := m.RunUntil(ctx, progress.StateInSync); err != nil {
		fmt.Println(err)
		return
	}
	show()
	// Output:
	// new: target is master, writes are open
	// in_sync: target is slave, writes are open
}

// Abort goes back as long as that is possible: the target is a primary again
// and the source serves on.
func ExampleMigrator_Abort() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()
	m, err := migration.New(lab.plan(), lab.client, quick())
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := m.RunUntil(ctx, progress.StateInSync); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("abort:", m.Abort(ctx, "the release was called off"))

	// The plan's migration has ended; another one needs a new plan.
	_, err = m.Run(ctx)
	fmt.Println(errors.Is(err, migration.ErrEnded))
	// Output:
	// abort: <nil>
	// true
}

// Snapshot is what is known, without any I/O: for a page that is polled.
func ExampleMigrator_Snapshot() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()
	m, err := migration.New(lab.plan(), lab.client, quick())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Snapshot().State)
	if _, err := m.Run(ctx); err != nil {
		fmt.Println(err)
		return
	}
	s := m.Snapshot()
	fmt.Println(s.State, s.PastNoReturn, s.Writes)
	// Output:
	// new
	// done true paused
}

// Preflight changes nothing and can be asked at any time.
func ExampleMigrator_Preflight() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()
	m, err := migration.New(lab.plan(), lab.client, quick())
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := m.Preflight(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range report.Findings {
		if f.Outcome == preflight.Fail {
			fmt.Println(f.CheckID, f.Severity, "-", f.Observed)
		}
	}
	fmt.Println("blocked:", report.Err() != nil)
	// Output:
	// pair.eviction-policy warning - source noeviction (not in effect: no maxmemory), target volatile-lru
	// blocked: false
}
