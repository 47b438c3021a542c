package migration_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// A run that failed, and one that went on after it, say so in what goes to a ticket.
func TestResultSaysWhatWentWrong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		why := errors.New("the load balancer is locked")
		wf := migration.DefaultWorkflow().After(progress.StatePausing, migration.Step{
			Name: "drain", Run: func(context.Context, *migration.Session) error { return why },
		})
		failed, err := s.Migrator(&migration.Options{Workflow: wf, CutoverAttempts: 2}).Run(t.Context())
		if !errors.Is(err, why) || failed.Error != err.Error() || len(failed.BackedOut) == 0 || failed.Resumed {
			t.Fatalf("error %v, result %+v", err, failed)
		}
		resumed, err := s.Migrator(nil).Run(t.Context())
		s.AssertDone(resumed, err)
		if resumed.Error != "" || !resumed.Resumed {
			t.Errorf("the run that went on has error %q, resumed %t", resumed.Error, resumed.Resumed)
		}
		for _, row := range []struct {
			of    migration.Result
			wants []string
		}{
			{failed, []string{"| ended with | migration: ", why.Error(), "| backed out, attempt 1 | ", "# Preflight:"}},
			{resumed, []string{"in the result of the run that began it"}},
		} {
			var md strings.Builder
			if err := row.of.WriteMarkdown(&md); err != nil {
				t.Fatal(err)
			}
			for _, want := range row.wants {
				if !strings.Contains(md.String(), want) {
					t.Errorf("the Markdown lacks %q:\n%s", want, md.String())
				}
			}
		}
	})
}

// What goes to a change ticket tells all that the cut-over rests on, and no secret.
func TestResultIsEvidence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		result, err := s.Migrator(nil).Run(t.Context())
		s.AssertDone(result, err)
		c := result.Cutover
		if c.LeftAt < c.SourceOffset || c.PromotedID == "" || c.PromotedID == c.ReplicationID || c.RequestedAt.Before(c.PausedAt) ||
			c.PromotedAt.Before(c.RequestedAt) || c.SwitchedAt.Before(c.PromotedAt) || c.Pause != c.SwitchedAt.Sub(c.PausedAt) {
			t.Errorf("the cut-over does not add up: %+v", c)
		}
		if v := result.Versions; !strings.HasPrefix(v.Source, "redis ") || !strings.HasPrefix(v.Target, "redis ") || len(result.Events) < 3 || len(result.Settings) == 0 {
			t.Errorf("versions %+v, %d events, settings %+v", v, len(result.Events), result.Settings)
		}
		var md strings.Builder
		if err := result.WriteMarkdown(&md); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"# Migration " + result.Plan.ID + ": done", "## Cut-over", c.ReplicationID, c.PromotedID, "write pause at the most",
			"## Settings of the source", "min-replicas-to-write", "## Events of ElastiCache", "Complete Migration successful", "# Preflight:",
		} {
			if !strings.Contains(md.String(), want) {
				t.Errorf("the Markdown lacks %q:\n%s", want, md.String())
			}
		}
		b, err := json.Marshal(result)
		if err != nil {
			t.Fatal(err)
		}
		var back migration.Result
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(back); err != nil || string(again) != string(b) {
			t.Errorf("the JSON does not survive: %v", err)
		}
	})
}
