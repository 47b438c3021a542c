package migration_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/migration"
)

// A plan is stored before the first run. Another process reads it and goes on.
func ExampleNewPlan() {
	plan := migration.NewPlan("orders-cache",
		migration.Source{Address: "10.0.0.241", Port: 6379},
		migration.ReplicationGroup("prod-cache"))
	plan.CreatedAt = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) // for the output below

	stored, err := json.MarshalIndent(plan, "", "  ")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", stored)

	var read migration.Plan
	if err := json.Unmarshal(stored, &read); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(read == plan)
	// Output:
	// {
	//   "version": 1,
	//   "id": "orders-cache",
	//   "created_at": "2026-11-20T12:00:00Z",
	//   "source": {
	//     "address": "10.0.0.241",
	//     "port": 6379
	//   },
	//   "target": {
	//     "replication_group_id": "prod-cache"
	//   }
	// }
	// true
}

func ExampleReplicationGroup() {
	target := migration.ReplicationGroup("prod-cache")
	fmt.Println(target.ReplicationGroupID())
	fmt.Println(target)
	// Output:
	// prod-cache
	// replication-group/prod-cache
}
