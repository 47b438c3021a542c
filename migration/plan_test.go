package migration_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

func goodPlan() migration.Plan {
	return migration.NewPlan("orders", migration.Source{Address: "10.0.0.241", Port: 6379}, migration.ReplicationGroup("prod-cache"))
}

func TestNewReportsEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	_, err := migration.New(migration.Plan{}, nil, &migration.Options{
		MaxWritePause: -time.Second, PollEvery: -1, CutoverAttempts: -1,
		Retry: migration.Retry{Tries: -2}, Waive: []string{"no.such-check"},
		Assume: migration.Assumptions{EventTexts: []migration.EventText{{Means: "nonsense"}}},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"Plan.ID", "Plan.CreatedAt", "Plan.Source.Address", "Plan.Source.Port", "Plan.Target", "api is nil",
		"Options.MaxWritePause", "Options.PollEvery", "Options.CutoverAttempts", "Options.Retry.Tries", "no.such-check", "EventTexts[0]",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s:\n%v", want, err)
		}
	}
}

func TestPlanValidation(t *testing.T) {
	t.Parallel()
	api := elasticache.New(elasticache.Options{})
	for _, tc := range []struct {
		name   string
		change func(*migration.Plan)
		ok     bool
	}{
		{"IPv4", func(p *migration.Plan) {}, true},
		{"IPv6", func(p *migration.Plan) { p.Source.Address = "fd00::1" }, true},
		{"DNS name", func(p *migration.Plan) { p.Source.Address = "redis.internal.example" }, true},
		{"port in the address", func(p *migration.Plan) { p.Source.Address = "10.0.0.1:6379" }, false},
		{"two addresses", func(p *migration.Plan) { p.Source.Address = "10.0.0.1,10.0.0.2" }, false},
		{"URL", func(p *migration.Plan) { p.Source.Address = "redis://10.0.0.1" }, false},
		{"port 0", func(p *migration.Plan) { p.Source.Port = 0 }, false},
		{"port too high", func(p *migration.Plan) { p.Source.Port = 65536 }, false},
		{"no target", func(p *migration.Plan) { p.Target = migration.Target{} }, false},
		{"id with two hyphens in a row", func(p *migration.Plan) { p.Target = migration.ReplicationGroup("a--b") }, false},
		{"id begins with a digit", func(p *migration.Plan) { p.Target = migration.ReplicationGroup("1a") }, false},
		{"id of 40", func(p *migration.Plan) { p.Target = migration.ReplicationGroup(strings.Repeat("a", 40)) }, true},
		{"id of 41", func(p *migration.Plan) { p.Target = migration.ReplicationGroup(strings.Repeat("a", 41)) }, false},
		{"control character", func(p *migration.Plan) { p.ID = "a\nb" }, false},
	} {
		p := goodPlan()
		tc.change(&p)
		if _, err := migration.New(p, api, nil); (err == nil) != tc.ok {
			t.Errorf("%s: error %v, want ok %v", tc.name, err, tc.ok)
		}
	}
}

func TestPlanSurvivesJSON(t *testing.T) {
	t.Parallel()
	p := goodPlan()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back migration.Plan
	if err := json.Unmarshal(b, &back); err != nil || back != p {
		t.Errorf("%s came back as %+v, %v", b, back, err)
	}
	if !strings.Contains(string(b), `"target":{"replication_group_id":"prod-cache"}`) {
		t.Errorf("unexpected form: %s", b)
	}
}

func TestRunUntilRefusesStatesThatLeaveWritesPaused(t *testing.T) {
	t.Parallel()
	m, err := migration.New(goodPlan(), elasticache.New(elasticache.Options{}), &migration.Options{Cutover: &gate{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []progress.State{progress.StatePausing, progress.StateDraining, progress.StateFailed, "", "nonsense"} {
		if _, err := m.RunUntil(t.Context(), s); err == nil || !strings.Contains(err.Error(), "in_sync") {
			t.Errorf("RunUntil(%q) = %v, want an error that names what is allowed", s, err)
		}
	}
}

func TestUnboundFence(t *testing.T) {
	t.Parallel()
	f := migration.NewSourceFence(nil)
	if err := f.PauseWrites(t.Context()); err == nil || !strings.Contains(err.Error(), "Options.Cutover") {
		t.Errorf("PauseWrites = %v, want an error that says what to do", err)
	}
}

// A host can teach the library the texts of a service that words them
// otherwise.
func TestEventTextsAreConfigurable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	opts := w.options()
	opts.Assume.EventTexts = []migration.EventText{{Pattern: regexp.MustCompile(`^Test migration successful`), Means: migration.EventTestFailed}}
	_, err := w.migrator(t, w.plan(), opts).RunUntil(t.Context(), progress.StateInSync)
	if err == nil || !strings.Contains(err.Error(), "Test migration successful") {
		t.Errorf("error is %v, want the event that was declared a failure", err)
	}
}
