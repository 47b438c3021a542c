package migration_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// A failover after the drain makes a primary that has all of the source's history,
// and is not the promotion that was asked for: the service turns it to the source
// again and refuses the completion.
func TestFailoverIsNotThePromotion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inject(t, simulator.Fault{
		Kind: simulator.FaultFailover, Operation: "CompleteMigration", Count: 1, Lasts: 200 * time.Millisecond,
	})
	opts, rec := w.options(), &recorder{}
	opts.Observers = []progress.Observer{rec}
	writers := startWriters(t, 2, w.source.Addr())
	opts.Cutover = migration.NewSourceFence(writers.switchTo)
	result, err := w.migrator(t, w.plan(), opts).Run(t.Context())
	if err != nil || result.State != progress.StateDone || result.Cutover.Attempts < 2 {
		for _, e := range rec.all() {
			t.Log(e.Meta().State, e)
		}
		t.Fatalf("%s after %d attempts, %v, want done after a refusal", result.State, result.Cutover.Attempts, err)
	}
	writers.stop()
	primary := w.group.PrimaryEndpoint().String()
	if lost := writers.missing(t, primary); len(lost) > 0 {
		t.Errorf("%d acknowledged writes are lost", len(lost))
	}
	if w.group.Status() != "available" || !open(t, primary) {
		t.Errorf("the group is %s, its primary takes writes: %t", w.group.Status(), open(t, primary))
	}
}

// A service that gives the migration up while it completes leaves an available group
// behind, whose primary may be empty: no event but its own says that it was promoted.
func TestGivenUpIsNotThePromotion(t *testing.T) {
	t.Parallel()
	for _, kind := range []simulator.FaultKind{simulator.FaultFailover, simulator.FaultReplacement} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.inject(t, simulator.Fault{
				Kind: kind, Operation: "CompleteMigration", Count: 1, Lasts: 100 * time.Millisecond, Then: simulator.AftermathEnds,
			})
			opts := w.options()
			writers := startWriters(t, 2, w.source.Addr())
			opts.Cutover = migration.NewSourceFence(writers.switchTo)
			_, err := w.migrator(t, w.plan(), opts).Run(t.Context())
			if err == nil || !strings.Contains(err.Error(), "Migration operation failed for replication group") {
				t.Errorf("%v, want the event that says that it failed", err)
			}
			if source := w.source.Addr(); !open(t, source) || writers.acknowledgedBy(w.group.PrimaryEndpoint().String()) > 0 {
				t.Errorf("the source takes writes: %t, and the target has taken some", open(t, source))
			}
		})
	}
}
