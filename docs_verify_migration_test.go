package cachelift_test

import (
	"strings"
	"testing"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/verify"
)

func compared(opts migration.Options) migration.Options {
	opts.Verify = migration.Verify{
		InSync:  &verify.Options{Sample: verify.Sample{LossRate: 0.00001}},
		InPause: &verify.Options{},
	}
	return opts
}

// TestComparisonsOfTheGuide: what docs/verify.md shows can be given to New.
func TestComparisonsOfTheGuide(t *testing.T) {
	t.Parallel()
	plan := migration.NewPlan("test", migration.Source{Address: "10.0.0.5", Port: 6379}, migration.ReplicationGroup("prod-cache"))
	opts := compared(migration.Options{Cutover: migration.NewSourceFence(nil)})
	m, err := migration.New(plan, struct{ migration.ElastiCacheAPI }{}, &opts)
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.RunUntil(t.Context(), "no such state")
	if want := string(migration.StepVerifyInSync); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s among the states", err, want)
	}
}
