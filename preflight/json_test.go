package preflight

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestReportJSON(t *testing.T) {
	t.Parallel()
	for _, want := range []Report{mixedReport(), Judge(goodFacts(), Builtin(), nil), Judge(Facts{}, nil, nil)} {
		var got Report
		if err := json.Unmarshal([]byte(mustJSON(t, want)), &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) || got.String() != want.String() {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	}
}

func TestReportSchema(t *testing.T) {
	t.Parallel()
	r := mixedReport()
	r.Findings = r.Findings[2:3]
	r.Findings[0].DocURL = "https://example.com/?a=1"
	want := `{"schema":"cachelift.preflight.report/1","at":"2026-11-20T12:00:00Z","ready":false,` +
		`"summary":{"checks":1,"passed":0,"failed":0,"unknown":1,"warnings":0,"waived":0,"blocking":1},"blocking":["host.strange"],` +
		`"findings":[{"check":"host.strange","title":"title of host.strange","outcome":"unknown","severity":"blocking","subject":"x",` +
		`"observed":"evil\u001b[2J\nline","required":"r","remedy":"m","doc":"https://example.com/?a=1"}],"unused_waivers":["misspelt"]}`
	if got := mustJSON(t, r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want = `{"schema":"cachelift.preflight.report/1","at":"0001-01-01T00:00:00Z","ready":true,` +
		`"summary":{"checks":0,"passed":0,"failed":0,"unknown":0,"warnings":0,"waived":0,"blocking":0},"blocking":[],"findings":[]}`
	if got := mustJSON(t, Report{}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestReportIsReadWithCare(t *testing.T) {
	t.Parallel()
	const begin = `{"schema":"cachelift.preflight.report/1","at":"2026-11-20T12:00:00Z",`
	for _, c := range []struct{ why, doc, want string }{
		{"no schema", `{"at":"2026-11-20T12:00:00Z","findings":[]}`, `schema: is missing; allowed is "cachelift.preflight.report/1"`},
		{"newer", `{"schema":"cachelift.preflight.report/2","findings":{}}`, `schema: "cachelift.preflight.report/2" is newer than this version of the library can read; allowed is "cachelift.preflight.report/1"`},
		{"unknown version", `{"schema":"cachelift.preflight.report/x"}`, `schema: "cachelift.preflight.report/x" is unknown; allowed is`},
		{"older", `{"schema":"cachelift.preflight.report/0"}`, `/0" is unknown; allowed is`},
		{"facts", `{"schema":"cachelift.preflight.facts/1"}`, `schema: "cachelift.preflight.facts/1" is unknown; allowed is`},
		{"a schema of another type", `{"schema":1}`, `preflight: report: json: cannot unmarshal number into Go struct field .schema`},
		{"a list", `[]`, "preflight: report: json: cannot unmarshal array"},
		{"no findings, which would be ready", begin + `"ready":true}`, "findings: is missing; a list is allowed"},
		{"another type", begin + `"findings":[{"check":7}]}`, "findings.check"},
		{"an outcome that is none", begin + `"findings":[{"check":"a.b","outcome":"ok","severity":"blocking"}]}`, `findings[0].outcome: "ok"; allowed are "pass", "fail" and "unknown"`},
		{"a severity that would not block", begin + `"findings":[{"check":"a.b","outcome":"fail","severity":"fatal"}]}`, `findings[0].severity: "fatal"; allowed are "blocking" and "warning"`},
		{"no id", begin + `"findings":[{"outcome":"fail","severity":"warning"}]}`, `findings[0].check: is empty`},
	} {
		got := mixedReport()
		err := json.Unmarshal([]byte(c.doc), &got)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want ...%s...", c.why, err, c.want)
		}
		if !reflect.DeepEqual(got, mixedReport()) {
			t.Errorf("%s: the report was changed: %+v", c.why, got)
		}
	}
}

// A later version may add fields; what follows from the findings is not believed.
func TestReportFromALaterVersion(t *testing.T) {
	t.Parallel()
	doc := strings.Replace(mustJSON(t, mixedReport()), `"ready":false,`, `"ready":true,"new":{"a":[1]},`, 1)
	doc = strings.Replace(doc, `{"check":`, `{"new":7,"check":`, 1)
	var got Report
	if err := json.Unmarshal([]byte(doc), &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, mixedReport()) || len(got.Blocking()) != 2 {
		t.Errorf("got %+v", got)
	}
	if err := json.Unmarshal([]byte("null"), &got); err != nil || !reflect.DeepEqual(got, mixedReport()) {
		t.Errorf("null changes nothing: %v, %+v", err, got)
	}
}
