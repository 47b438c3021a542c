package progress_test

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// tell gives the observer two events of a run, as a run does.
func tell(o progress.Observer) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	o.Observe(context.Background(), progress.Stamp(
		progress.StateChanged{From: progress.StateSyncing, To: progress.StateInSync, Trigger: progress.TriggerCaughtUp, Spent: 80 * time.Second},
		progress.Header{MigrationID: "orders", Seq: 2, At: at, State: progress.StateInSync}))
	o.Observe(context.Background(), progress.Stamp(
		progress.Drained{SourceOffset: 4711, TargetOffset: 4711, Took: 3 * time.Millisecond},
		progress.Header{MigrationID: "orders", Seq: 3, At: at.Add(time.Minute), State: progress.StateDraining}))
}

// One JSON object a line, for a file or a log collector.
func ExampleNewJSONLines() {
	tell(progress.NewJSONLines(os.Stdout))
	// Output:
	// {"kind":"state_changed","migration_id":"orders","seq":2,"at":"2026-11-20T12:00:00Z","state":"in_sync","from":"syncing","to":"in_sync","trigger":"caught_up","spent_ns":80000000000}
	// {"kind":"drained","migration_id":"orders","seq":3,"at":"2026-11-20T12:01:00Z","state":"draining","source_offset":4711,"target_offset":4711,"lag_at_pause":0,"took_ns":3000000}
}

// Through slog, with the handler that the program has anyway.
func ExampleNewLogObserver() {
	handler := slog.NewTextHandler(os.Stdout, nil)
	tell(progress.NewLogObserver(slog.New(handler)))
	// Output:
	// time=2026-11-20T12:00:00.000Z level=INFO msg=state_changed migration_id=orders seq=2 state=in_sync from=syncing trigger=caught_up spent=1m20s
	// time=2026-11-20T12:01:00.000Z level=INFO msg=drained migration_id=orders seq=3 state=draining source_offset=4711 target_offset=4711 lag_at_pause=0 took=3ms
}
