package target_test

import (
	"regexp"
	"testing"

	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text string
		want target.Verdict
		why  string
	}{
		{"Starting migration operation for target cluster prod with source cluster endpoint 10.0.0.1 and port 6379", target.VerdictStarted, "reported"},
		{"Migration operation failed for replication group prod because of invalid RDB received", target.VerdictFailed, "reported"},
		{"Migration operation failed for replication group prod.", target.VerdictFailed, "documented"},
		{"Migration operation succeeded for replication group prod.", target.VerdictCompleted, "documented"},
		{"Complete Migration successful for prod", target.VerdictCompleted, "documented"},
		{"Complete Migration successful for failed-not-in-sync", target.VerdictCompleted, "a group's name is not a verdict"},
		{"Starting migration operation for target cluster migration-failed-over with source cluster endpoint h and port 1", target.VerdictStarted, "the same"},
		{"Migration operation succeeded for replication group test-migration-failed.", target.VerdictCompleted, "the same"},
		{"Complete Migration failed for prod: data is not in sync with the source, lag 12", target.VerdictNotInSync, "assumed"},
		{"Complete Migration failed for prod: node prod-001 is being replaced", target.VerdictNotInSync, "assumed: the group goes on migrating"},
		{"Test migration successful for replication group prod", target.VerdictTestPassed, "assumed"},
		{"Test migration failed for replication group prod: connection refused", target.VerdictTestFailed, "assumed, not a failed migration"},
		{"Test migration unsuccessful for replication group prod", target.VerdictTestFailed, "the word holds its opposite"},
		{"Snapshot succeeded for snapshot with ID 'x' of replication group with ID 'prod'", target.VerdictNone, "another matter"},
		{"Added cache node 0001 in availability zone us-east-1e", target.VerdictNone, "another matter"},
		{"", target.VerdictNone, "nothing"},
	} {
		if got := target.DefaultTexts().Read(progress.ServiceEvent{Message: row.text}); got != row.want {
			t.Errorf("%q reads %s, want %s (%s)", row.text, got, row.want, row.why)
		}
	}
}

func TestTextsCanBeReplaced(t *testing.T) {
	t.Parallel()
	e := progress.ServiceEvent{Message: "Umzug gescheitert"}
	g := target.New(newFake(), "prod")
	if got := g.Verdict(e); got != target.VerdictNone {
		t.Errorf("got %s", got)
	}
	texts := append(target.DefaultTexts(), target.Text{Pattern: regexp.MustCompile("gescheitert$"), Verdict: target.VerdictFailed, Known: target.Assumed})
	if got := g.WithTexts(texts).Verdict(e); got != target.VerdictFailed {
		t.Errorf("got %s", got)
	}
	if got := g.Verdict(e); got != target.VerdictNone {
		t.Errorf("the original reads %s", got)
	}
}
