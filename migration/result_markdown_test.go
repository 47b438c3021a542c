package migration_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
)

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
