package preflight

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func fixed(id string, o Outcome) Check {
	return Check{ID: id, Title: "title of " + id, Judge: func(Facts) Finding {
		f := Finding{Outcome: o, Subject: "s", Observed: "o", Required: "r"}
		if o != Pass {
			f.Remedy = "change it"
		}
		return f
	}}
}

func TestWaivers(t *testing.T) {
	t.Parallel()
	never := func(c Check) Check { c.Waivable = NeverWaived; return c }
	warn := func(c Check) Check { c.Severity = Warning; return c }
	rows := []struct {
		why    string
		check  Check
		waive  []string
		blocks bool
		unused []string
	}{
		{"a pass", fixed("a.b", Pass), nil, false, nil},
		{"a pass needs no waiver", fixed("a.b", Pass), []string{"a.b"}, false, []string{"a.b"}},
		{"a failure", fixed("a.b", Fail), nil, true, nil},
		{"a waived failure", fixed("a.b", Fail), []string{"a.b"}, false, nil},
		{"unknown is no pass", fixed("a.b", Unknown), nil, true, nil},
		{"a waived unknown", fixed("a.b", Unknown), []string{"a.b"}, false, nil},
		{"a failure that nobody may waive", never(fixed("a.b", Fail)), []string{"a.b"}, true, []string{"a.b"}},
		{"its unknown may be", never(fixed("a.b", Unknown)), []string{"a.b"}, false, nil},
		{"a warning", warn(fixed("a.b", Fail)), nil, false, nil},
		{"a misspelt waiver", fixed("a.b", Fail), []string{"a.c"}, true, []string{"a.c"}},
		{"a host cannot waive inside its check", Check{ID: "a.b", Title: "t", Judge: func(Facts) Finding {
			return Finding{Outcome: Fail, Waived: true}
		}}, nil, true, nil},
	}
	for _, r := range rows {
		got := Judge(Facts{}, []Check{r.check}, r.waive)
		if blocks := got.Err() != nil; blocks != r.blocks || !slices.Equal(got.UnusedWaivers, r.unused) {
			t.Errorf("%s: blocks %t, unused %v; want %t, %v", r.why, blocks, got.UnusedWaivers, r.blocks, r.unused)
		}
	}
}

func TestBadChecksAreUnknown(t *testing.T) {
	t.Parallel()
	rows := []struct {
		why, observed string
		judge         func(Facts) Finding
	}{
		{"panics", "boom", func(Facts) Finding { panic("boom") }},
		{"reads a part that is absent", "nil pointer", func(f Facts) Finding { return Finding{Outcome: Pass, Observed: f.Target.ID} }},
		{"returns nothing", `outcome ""`, func(Facts) Finding { return Finding{} }},
		{"returns nonsense", `outcome "ok"`, func(Facts) Finding { return Finding{Outcome: "ok"} }},
		{"has no function", "no Judge", nil},
	}
	for _, r := range rows {
		report := Judge(Facts{}, []Check{{ID: "host.own", Title: "own", Judge: r.judge}, fixed("a.b", Pass)}, nil)
		f := report.Findings[0]
		if f.Outcome != Unknown || !strings.Contains(f.Observed, r.observed) || f.CheckID != "host.own" || f.Title != "own" || !f.Blocks() {
			t.Errorf("a check that %s: %+v", r.why, f)
		}
		if report.Findings[1].Outcome != Pass {
			t.Errorf("a check that %s disturbs the next one", r.why)
		}
	}
}

func mixedReport() Report {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	warning := fixed("host.warning", Fail)
	warning.Severity = Warning
	strange := fixed("host.strange", Unknown)
	strange.Judge = func(Facts) Finding {
		return Finding{Outcome: Unknown, Subject: "x", Observed: "evil\x1b[2J\nline", Required: "r", Remedy: "m"}
	}
	return Judge(Facts{GatheredAt: at}, []Check{
		fixed("target.exists", Pass), warning, strange, fixed("pair.rdb-version", Pass), fixed("target.multi-az", Fail), fixed("pair.memory", Fail),
	}, []string{"pair.memory", "misspelt"})
}

func TestSummary(t *testing.T) {
	t.Parallel()
	for want, checks := range map[string][]Check{
		"0 checks: 0 passed, 0 failed, 0 unknown; nothing blocks":          {},
		"1 check: 1 passed, 0 failed, 0 unknown; nothing blocks":           {fixed("a.b", Pass)},
		"2 checks: 1 passed, 0 failed, 1 unknown; 1 blocks":                {fixed("a.b", Pass), fixed("a.c", Unknown)},
		"2 checks: 0 passed, 2 failed, 0 unknown; 2 block":                 {fixed("a.b", Fail), fixed("a.c", Fail)},
		"1 check: 0 passed, 1 failed, 0 unknown; 1 waived, nothing blocks": {fixed("w.w", Fail)},
	} {
		if got := Judge(Facts{}, checks, []string{"w.w"}).Summary(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	want := Counts{Checks: 6, Passed: 2, Failed: 3, Unknown: 1, Warnings: 1, Waived: 1, Blocking: 2}
	if got := mixedReport().Counts(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Nobody gets a go by giving no checks.
func TestNoChecksMeanTheBuiltinOnes(t *testing.T) {
	t.Parallel()
	if got, want := len(Judge(goodFacts(), nil, nil).Findings), len(Judge(goodFacts(), Builtin(), nil).Findings); got != want || Judge(Facts{}, nil, nil).Err() == nil {
		t.Errorf("%d findings, want %d", got, want)
	}
}

func TestFailedError(t *testing.T) {
	t.Parallel()
	err := mixedReport().Err()
	var failed *FailedError
	if !errors.As(err, &failed) || len(failed.Report.Findings) != 6 {
		t.Fatalf("got %v", err)
	}
	text := err.Error()
	if !strings.HasPrefix(text, "preflight: 6 checks: ") || strings.Contains(text, "pair.memory") ||
		!strings.Contains(text, "target.multi-az: fail: observed o, required r: change it") {
		t.Errorf("got %q", text)
	}
}

func TestFactsJSON(t *testing.T) {
	t.Parallel()
	want := goodFacts()
	want.GatheredAt = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	gap(&want, "target.databases", "AccessDenied")
	var got Facts
	if err := json.Unmarshal([]byte(mustJSON(t, want)), &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	if err := Validate([]Check{fixed("a.b", Pass)}, []string{"a.b"}); err != nil {
		t.Error(err)
	}
	err := Validate([]Check{
		fixed("a.b", Pass), fixed("a.b", Fail), {},
		{ID: "c.d", Title: "t", Judge: fixed("c.d", Pass).Judge, Severity: "fatal", Waivable: "sometimes"},
	}, []string{"a.b", "x.y", ""})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`check "a.b": ID is used more than once`, `check number 3 (title ""): ID is empty`,
		`check number 3 (title ""): Title is empty`, `check number 3 (title ""): Judge is nil`,
		`check "c.d": Severity is "fatal": allowed are "blocking" and "warning"`,
		`check "c.d": Waivable is "sometimes": allowed are "may_waive" and "never"`,
		`waived id "x.y": no check has it`, `waived id "": no check has it`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 8 {
		t.Errorf("%d problems, want 8:\n%v", n, err)
	}
}
