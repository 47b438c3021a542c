package migration

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/progress"
)

// What holds the cut-over is told when it changes, also if only until when, and not
// each time that it is looked at.
func TestHeldIsToldWhenItChanges(t *testing.T) {
	t.Parallel()
	var told []time.Time
	keep := progress.ObserverFunc(func(_ context.Context, e progress.Event) {
		if h, ok := e.(progress.CutoverHeld); ok {
			told = append(told, h.Until)
		}
	})
	plan := NewPlan("orders", Source{Address: "10.0.0.241", Port: 6379}, ReplicationGroup("prod-cache"))
	m, err := New(plan, elasticache.New(elasticache.Options{}), &Options{Observers: []progress.Observer{keep}})
	if err != nil {
		t.Fatal(err)
	}
	r := m.newRun(t.Context(), progress.StateDone)
	defer r.close()
	tonight := time.Date(2026, 1, 17, 2, 0, 0, 0, time.UTC)
	for _, until := range []time.Time{tonight, tonight, tonight.AddDate(0, 0, 1), tonight.AddDate(0, 0, 1)} {
		r.tellHeld(progress.CutoverHeld{Hold: progress.HoldOutsideWindow, Until: until})
	}
	r.tellHeld(progress.CutoverHeld{Hold: progress.HoldNone})
	r.tellHeld(progress.CutoverHeld{Hold: progress.HoldNone})
	r.out.Close(time.Minute)
	if len(told) != 3 || !told[0].Equal(tonight) || !told[1].Equal(tonight.AddDate(0, 0, 1)) || !told[2].IsZero() {
		t.Errorf("observers were told of %v, want tonight, the night after and the end", told)
	}
}
