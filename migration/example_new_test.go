package migration_test

import (
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
)

// New connects to nothing and reports every mistake in plan and options at
// once.
func ExampleNew() {
	plan := migration.NewPlan("orders-cache",
		migration.Source{Address: "10.0.0.241", Port: 63790},
		migration.ReplicationGroup("prod cache"))
	_, err := migration.New(plan, elasticache.New(elasticache.Options{Region: "us-east-1"}), &migration.Options{
		MaxWritePause: -time.Second,
		Waive:         []string{"target.multiaz"},
	})
	fmt.Println(err)
	// Output:
	// migration: Plan.Target is "prod cache", want ReplicationGroup(id) with an id of 1 to 40 letters, digits and single hyphens, beginning with a letter
	// migration: Options.MaxWritePause is -1s, want at least 0s
	// migration: Options.Checks, Options.Waive: preflight: waived id "target.multiaz": no check has it
}

// What AWS does not document is assumed. When reality says otherwise, say so.
func ExampleEventText() {
	opts := &migration.Options{Assume: migration.Assumptions{
		EventTexts: []migration.EventText{{
			Pattern: regexp.MustCompile(`^Migration from .* was given up`),
			Means:   migration.EventFailed,
		}},
		PromotionWithin: 30 * time.Minute,
	}}
	plan := migration.NewPlan("orders-cache", migration.Source{Address: "10.0.0.241", Port: 6379}, migration.ReplicationGroup("prod-cache"))
	m, err := migration.New(plan, elasticache.New(elasticache.Options{Region: "us-east-1"}), opts)
	fmt.Println(m.Plan().ID, err)
	// Output: orders-cache <nil>
}
