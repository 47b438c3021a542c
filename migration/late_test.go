package migration

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/progress"
)

// Where the pause is used up when the completion is to be requested, only a step that is
// there is blamed.
func TestLateIsNotTheFaultOfAStepThatIsNotThere(t *testing.T) {
	t.Parallel()
	step := Step{Name: "check", Run: func(context.Context, *Session) error { return nil }}
	for _, test := range []struct {
		why      string
		workflow Workflow
		blamed   bool
	}{
		{"no step", DefaultWorkflow(), false},
		{"a step before the pause", DefaultWorkflow().Before(progress.StatePausing, step), false},
		{"a step whose time is in the drain's", DefaultWorkflow().After(progress.StatePausing, step), false},
		{"a step after the drain", DefaultWorkflow().After(progress.StateDraining, step), true},
	} {
		plan := NewPlan("orders", Source{Address: "10.0.0.241", Port: 6379}, ReplicationGroup("prod-cache"))
		m, err := New(plan, elasticache.New(elasticache.Options{}), &Options{Cutover: stillClosed{}, Workflow: test.workflow})
		if err != nil {
			t.Fatal(err)
		}
		r := m.newRun(t.Context(), progress.StateDone)
		r.cutover.deadline = time.Now().Add(-time.Millisecond)
		var refused *refusal
		_, err = r.stepCompleting(t.Context())
		if !errors.Is(err, ErrPausedTooLong) || !errors.As(err, &refused) || strings.Contains(err.Error(), "a step") != test.blamed {
			t.Errorf("%s: %v", test.why, err)
		}
		r.close()
	}
}

// stillClosed is a Cutover that has paused writes.
type stillClosed struct{ Cutover }

func (stillClosed) WritesPaused(context.Context) (bool, error) { return true, nil }
