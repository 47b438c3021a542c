package preflight

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func gap(f *Facts, subject, reason string) { f.Gaps = append(f.Gaps, Gap{subject, reason}) }

type builtinRow struct {
	why    string
	change func(*Facts)
	check  string
	want   Outcome
	// observed and remedy must contain these.
	observed string
	remedy   string
}

func noTarget(f *Facts) { f.Target, f.TargetNode = nil, nil; gap(f, "target", "AccessDenied") }
func absent(f *Facts)   { f.Target, f.TargetNode = &Target{ID: "prod"}, nil }
func noSource(f *Facts) { f.Source = nil; gap(f, "source", "i/o timeout") }
func good(*Facts)       {}
func unasked(f *Facts)  { *f = Facts{} }
func noProbe(f *Facts)  { f.SourceProbe = nil }
func reply(s string) func(*Facts) {
	return func(f *Facts) { f.SourceProbe.Reply = s }
}

func builtinRows() []builtinRow {
	return slices.Concat(targetRows(), sourceRows(), fenceRows(), pairRows(), networkRows())
}

func TestBuiltin(t *testing.T) {
	t.Parallel()
	rows := builtinRows()
	covered := map[string]map[Outcome]bool{}
	for _, r := range rows {
		facts := goodFacts()
		r.change(&facts)
		before := mustJSON(t, facts)
		f := findingOf(t, Judge(facts, Builtin(), nil), r.check)
		if after := mustJSON(t, facts); after != before {
			t.Errorf("%s (%s): judging changed the facts:\n%s\n%s", r.check, r.why, before, after)
		}
		if f.Outcome != r.want || !strings.Contains(f.Observed, r.observed) || !strings.Contains(f.Remedy, r.remedy) {
			t.Errorf("%s (%s): want %s, observed ...%s..., remedy ...%s...; got %+v", r.check, r.why, r.want, r.observed, r.remedy, f)
		}
		complain(t, r.why, f)
		if covered[r.check] == nil {
			covered[r.check] = map[Outcome]bool{}
		}
		covered[r.check][r.want] = true
	}
	for _, c := range Builtin() {
		for _, o := range []Outcome{Pass, Fail, Unknown} {
			if !covered[c.ID][o] {
				t.Errorf("%s has no row for %s", c.ID, o)
			}
		}
	}
}

// complain checks what holds for every finding of a built-in check.
func complain(t *testing.T, why string, f Finding) {
	t.Helper()
	if f.CheckID == "" || f.Title == "" || f.Subject == "" || f.Observed == "" || f.Required == "" || f.DocURL == "" || (f.Severity != Blocking && f.Severity != Warning) {
		t.Errorf("%s (%s): something is empty: %+v", f.CheckID, why, f)
	}
	if (f.Remedy == "") != (f.Outcome == Pass) {
		t.Errorf("%s (%s): outcome %s with remedy %q", f.CheckID, why, f.Outcome, f.Remedy)
	}
	if strings.ContainsAny(f.Remedy+f.Observed+f.Required, "\n\t") || strings.Contains(f.Remedy+f.Observed, "%!") {
		t.Errorf("%s (%s): not one clean line: %+v", f.CheckID, why, f)
	}
}

func TestBuiltinAsASet(t *testing.T) {
	t.Parallel()
	if err := Validate(Builtin(), nil); err != nil {
		t.Error(err)
	}
	if err := Judge(goodFacts(), Builtin(), nil).Err(); err != nil {
		t.Errorf("good facts: %v", err)
	}
	// An absent group gives one failure, not a list of nonsense.
	facts := goodFacts()
	absent(&facts)
	for _, f := range Judge(facts, Builtin(), nil).Findings {
		if f.Outcome == Fail && f.CheckID != "target.exists" {
			t.Errorf("without a group, %s fails: %s", f.CheckID, f.Observed)
		}
	}
	never := map[string]bool{
		"target.in-transit-encryption": true, "target.auth": true, "target.renamed-commands": true,
		"source.auth": true, "source.renamed-commands": true,
		"pair.databases": true, "pair.databases-in-use": true, "pair.rdb-version": true,
	}
	for _, c := range Builtin() {
		if (c.Waivable == NeverWaived) != never[c.ID] {
			t.Errorf("%s: waivable is %q", c.ID, c.Waivable)
		}
		if !slices.ContainsFunc([]string{guide, "https://docs.aws.amazon.com/vpc/", "https://redis.io/docs/"}, func(page string) bool { return strings.HasPrefix(c.DocURL, page) }) {
			t.Errorf("%s: DocURL %q is no page of the documentation", c.ID, c.DocURL)
		}
		if c.Detail == "" {
			t.Errorf("%s: no Detail", c.ID)
		}
	}
	Builtin()[0].ID = "changed"
	if Builtin()[0].ID != "target.exists" {
		t.Error("Builtin returns shared memory")
	}
}

func findingOf(t *testing.T, r Report, id string) Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.CheckID == id {
			return f
		}
	}
	t.Fatalf("no finding of %s", id)
	return Finding{}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func FuzzBuiltin(f *testing.F) {
	for _, r := range builtinRows() {
		facts := goodFacts()
		r.change(&facts)
		b, err := json.Marshal(facts)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var facts, copied Facts
		if json.Unmarshal(data, &facts) != nil || json.Unmarshal(data, &copied) != nil {
			t.Skip()
		}
		// Not through Judge, which would hide a panic.
		for _, c := range Builtin() {
			got := c.Judge(facts)
			if got.Outcome != Pass && got.Outcome != Fail && got.Outcome != Unknown {
				t.Errorf("%s: outcome %q", c.ID, got.Outcome)
			}
			if got.Subject == "" || got.Observed == "" || got.Required == "" || (got.Remedy == "") != (got.Outcome == Pass) {
				t.Errorf("%s: incomplete: %+v", c.ID, got)
			}
		}
		if !reflect.DeepEqual(facts, copied) {
			t.Error("judging changed the facts")
		}
		if s := Judge(facts, Builtin(), nil).String(); strings.ContainsAny(s, "\x1b\r\t") {
			t.Errorf("control characters reach the terminal: %q", s)
		}
	})
}
