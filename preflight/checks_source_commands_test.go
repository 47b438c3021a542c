package preflight

import (
	"strings"
	"testing"
)

// A command that is renamed and one that is disabled are two matters, and each is
// told by its own check.
func TestRenamedBesideDisabled(t *testing.T) {
	t.Parallel()
	facts := goodFacts()
	facts.Source.Commands.Missing, facts.Source.Commands.Disabled = []string{"FLUSHALL", "set"}, []string{"flushall"}
	r := Judge(facts, sourceChecks(), []string{"source.disabled-commands"})
	renamed, disabled := findingOf(t, r, "source.renamed-commands"), findingOf(t, r, "source.disabled-commands")
	if renamed.Outcome != Fail || !strings.HasSuffix(renamed.Observed, "with the link up: set") || !strings.Contains(renamed.Remedy, "rename-command SET from redis.conf") {
		t.Errorf("got %+v", renamed)
	}
	if disabled.Outcome != Fail || disabled.Severity != Warning || !disabled.Waived || !strings.HasSuffix(disabled.Observed, "no write can be lost: flushall") {
		t.Errorf("got %+v", disabled)
	}
}

// Disabled alone says nothing: a command that the server has is not disabled.
func TestDisabledButNotMissing(t *testing.T) {
	t.Parallel()
	facts := goodFacts()
	facts.Source.Commands.Disabled = []string{"flushall"}
	for _, id := range []string{"source.renamed-commands", "source.disabled-commands"} {
		if f := findingOf(t, Judge(facts, sourceChecks(), nil), id); f.Outcome != Pass {
			t.Errorf("got %+v", f)
		}
	}
}
