package preflight

import (
	"slices"
	"testing"
)

func targetRows() []builtinRow {
	return slices.Concat(targetStateRows(), windowRows(), targetModeRows(), targetNodeRows(), targetParameterRows())
}

// sideEffects are the rows whose change breaks more than one requirement, by
// their reason, with the other checks that rightly fail.
func sideEffects() map[string][]string {
	return map[string][]string{
		"keys in a high database":                        {"pair.databases"},
		"the target has only database 0 in cluster mode": {"target.cluster-mode"},
		"shards differ":                                  {"target.cluster-mode", "source.cluster-mode"},
	}
}

// One misconfiguration is found by one check, so that a report names the cause
// and not its consequences.
func TestOneCauseFailsOneCheck(t *testing.T) {
	t.Parallel()
	for _, r := range append(targetRows(), pairRows()...) {
		if r.want != Fail {
			continue
		}
		facts := goodFacts()
		r.change(&facts)
		expected := append(sideEffects()[r.why], r.check)
		for _, f := range Judge(facts, Builtin(), nil).Findings {
			if failed := f.Outcome == Fail; failed != slices.Contains(expected, f.CheckID) {
				t.Errorf("%s (%s): %s has the outcome %s: %s", r.check, r.why, f.CheckID, f.Outcome, f.Observed)
			}
		}
	}
}

func TestGoodFactsPassTargetAndPair(t *testing.T) {
	t.Parallel()
	checks := append(targetChecks(), pairChecks()...)
	findings := Judge(goodFacts(), checks, nil).Findings
	for _, f := range findings {
		if f.Outcome != Pass {
			t.Errorf("%s: %s: %s", f.CheckID, f.Outcome, f.Observed)
		}
	}
	if got, want := len(findings), len(checks)-1; got != want { // pair.cluster-mode does not apply
		t.Errorf("%d findings, want %d", got, want)
	}
}

// Data tiering and its node types come together, and are one cause.
func TestNodeTypeLeavesEnabledTieringToTheOtherCheck(t *testing.T) {
	t.Parallel()
	facts := goodFacts()
	facts.Target.NodeType, facts.Target.DataTiering = "cache.r6gd.xlarge", "enabled"
	for _, f := range Judge(facts, Builtin(), nil).Findings {
		if f.CheckID == "target.node-type" || (f.Outcome == Fail && f.CheckID != "target.data-tiering") {
			t.Errorf("%s: %s: %s", f.CheckID, f.Outcome, f.Observed)
		}
	}
	// What was not seen is nobody else's matter.
	gap(&facts, "target.data_tiering", "garbled")
	if f := findingOf(t, Judge(facts, Builtin(), nil), "target.node-type"); f.Outcome != Fail {
		t.Errorf("with a gap: %+v", f)
	}
}
