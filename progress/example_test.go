package progress_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// An observer of one's own looks at the types it cares about.
func ExampleObserverFunc() {
	obs := progress.ObserverFunc(func(_ context.Context, e progress.Event) {
		switch e := e.(type) {
		case progress.StateChanged:
			fmt.Println("now", e.To)
		case progress.Sampled:
			fmt.Printf("%.0f %%\n", e.Sample.Percent)
		}
	})
	obs.Observe(context.Background(), progress.StateChanged{From: progress.StateStarting, To: progress.StateSyncing})
	obs.Observe(context.Background(), progress.Sampled{Sample: progress.Sample{Percent: 42}})
	// Output:
	// now syncing
	// 42 %
}

func ExampleNewText() {
	obs := progress.NewText(os.Stdout)
	start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	obs.Observe(context.Background(), progress.Stamp(
		progress.RunStarted{Source: "10.0.0.241:6379", Target: "replication-group/prod"},
		progress.Header{MigrationID: "orders", Seq: 1, At: start, State: progress.StateNew}))
	obs.Observe(context.Background(), progress.Stamp(
		progress.StateChanged{From: progress.StateSyncing, To: progress.StateInSync, Trigger: progress.TriggerCaughtUp, Spent: 80 * time.Second},
		progress.Header{MigrationID: "orders", Seq: 2, At: start.Add(95 * time.Second), State: progress.StateInSync}))
	// Output:
	//       0.0s  new         starting migration orders: 10.0.0.241:6379 -> replication-group/prod, from state new
	//      95.0s  in_sync     syncing -> in_sync (caught_up) after 1m20s
}
