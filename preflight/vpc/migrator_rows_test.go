package vpc_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/preflight"
)

// The network checks.
const (
	checkAddress = "network.address"
	checkVPC     = "network.vpc"
	checkRoute   = "network.route"
	checkGroup   = "network.security-group"
	checkACL     = "network.acl"
)

// networkRow is a network in which one thing is wrong.
type networkRow struct {
	name    string
	from    topology
	change  func(*stage)
	fails   []string // all checks that fail
	unknown []string // all checks that cannot tell; all others pass
	blocks  bool     // one of these stops a migration, even unknown
	seen    []string // what the findings of these say was observed
	remedy  []string // what they say is to be done
}

// TestNetworkMisconfigurations: each of them alone is found by the checks that
// it belongs to, named with its ids, and is all that is found.
func TestNetworkMisconfigurations(t *testing.T) {
	t.Parallel()
	for _, row := range slices.Concat(
		fineRows(), sourceGroupRows(), targetGroupRows(), routeRows(), peeringRows(),
		transitRows(), aclRows(), transitACLRows(), addressRows(), hiddenRows(),
	) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, row.check)
		})
	}
}

func (row networkRow) check(t *testing.T) {
	s := newStage(t, row.from, 0)
	if row.change != nil {
		row.change(s)
	}
	row.judge(t, s.report(t))
}

// judge compares the whole report with what the row says.
func (row networkRow) judge(t *testing.T, report preflight.Report) {
	t.Helper()
	seen, remedy := "", ""
	for _, f := range report.Findings {
		want := preflight.Pass
		switch {
		case slices.Contains(row.fails, f.CheckID):
			want = preflight.Fail
		case slices.Contains(row.unknown, f.CheckID):
			want = preflight.Unknown
		}
		if f.Outcome != want {
			t.Errorf("%s is %s, want %s: %s; %s", f.CheckID, f.Outcome, want, f.Observed, f.Remedy)
		}
		if want == preflight.Pass {
			continue
		}
		if f.Observed == "" || f.Required == "" || f.Remedy == "" || f.Subject == "" {
			t.Errorf("%s has no evidence or no remedy: %+v", f.CheckID, f)
		}
		seen, remedy = seen+f.Observed+"\n", remedy+f.Remedy+"\n"
	}
	if len(report.Findings) < len(preflight.Builtin())-2 { // source.fence and network.analyzer need not apply
		t.Errorf("the report has %d findings", len(report.Findings))
	}
	missing(t, "observed", seen, row.seen)
	missing(t, "remedy", remedy, row.remedy)
	var failed *preflight.FailedError
	if err := report.Err(); errors.As(err, &failed) != (row.blocks || len(row.fails) > 0) {
		t.Errorf("the report's error is %v; %v fail", err, row.fails)
	}
}

// missing reports parts that a text lacks.
func missing(t *testing.T, what, text string, parts []string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %q:\n%s", what, part, text)
		}
	}
}
