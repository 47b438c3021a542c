package migration_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// The plan is that of New: what another process needs to go on.
func ExampleMigrator_Plan() {
	plan := migration.NewPlan("orders-cache", migration.Source{Address: "10.0.0.241", Port: 6379}, migration.ReplicationGroup("prod-cache"))
	m, err := migration.New(plan, elasticache.New(elasticache.Options{Region: "us-east-1"}), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Plan() == plan, m.Plan().Source)
	// Output: true 10.0.0.241:6379
}

// An API that cannot be reached is tried again for as long as Retry says.
func ExampleRetry() {
	plan := migration.NewPlan("orders-cache", migration.Source{Address: "127.0.0.1", Port: 1}, migration.ReplicationGroup("prod-cache"))
	nowhere := "http://127.0.0.1:1"
	client := elasticache.New(elasticache.Options{Region: "us-east-1", BaseEndpoint: &nowhere})
	retries := 0
	m, err := migration.New(plan, client, &migration.Options{
		Retry: migration.Retry{Initial: time.Millisecond, Max: 5 * time.Millisecond, Tries: 3},
		Observers: []progress.Observer{progress.ObserverFunc(func(_ context.Context, e progress.Event) {
			if r, ok := e.(progress.Retrying); ok && r.Op == "DescribeReplicationGroups" {
				retries++
			}
		})},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = m.RunUntil(context.Background(), progress.StateInSync)
	fmt.Println(err != nil, retries)
	// Output: true 2
}

// Undo takes back what a step did when a later one fails, the last one first.
func ExampleStep_undo() {
	ctx := context.Background()
	lab := startLab(ctx)
	defer lab.close()

	step := func(name string, fails error) migration.Step {
		return migration.Step{
			Name: name,
			Run:  func(context.Context, *migration.Session) error { fmt.Println("run", name); return fails },
			Undo: func(context.Context, *migration.Session) error { fmt.Println("undo", name); return nil },
		}
	}
	opts := quick()
	opts.Workflow = migration.DefaultWorkflow().Before(progress.StatePausing,
		step("scale-down", nil), step("silence", nil), step("approval", migration.Permanent(errDenied)))
	m, err := migration.New(lab.plan(), lab.client, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = m.Run(ctx)
	fmt.Println(errors.Is(err, errDenied))
	// Output:
	// run scale-down
	// run silence
	// run approval
	// undo approval
	// undo silence
	// undo scale-down
	// true
}
