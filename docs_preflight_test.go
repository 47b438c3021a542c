package cachelift_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
)

// What docs/preflight.md shows.

// ready asks whether the migration can work. It changes nothing anywhere.
func ready(ctx context.Context, m *migration.Migrator, w io.Writer) error {
	report, err := m.Preflight(ctx)
	if err != nil {
		return err // of ctx; what could not be seen is in the report
	}
	if err := report.WriteText(w); err != nil {
		return err
	}
	return report.Err() // nil, or a *preflight.FailedError with the report
}

// freeze is what the company's calendar says about a group.
type freeze struct {
	Until time.Time `json:"until"`
}

// calendar is a source of facts.
type calendar struct {
	ask func(ctx context.Context, group string) (freeze, error)
}

func (calendar) Name() string { return "calendar" }

func (c calendar) Gather(ctx context.Context, known preflight.Facts) (preflight.Supplement, error) {
	if known.Target == nil {
		return preflight.Supplement{}, errors.New("the group is not known: " + known.Reason("target"))
	}
	found, err := c.ask(ctx, known.Target.ID)
	if err != nil {
		return preflight.Supplement{}, err // a gap "calendar" with this reason
	}
	raw, err := json.Marshal(found)
	return preflight.Supplement{Extra: raw}, err
}

// noFreeze is a check.
func noFreeze() preflight.Check {
	return preflight.Check{
		ID:              "house.freeze",
		Title:           "No change freeze covers the migration",
		UnknownSeverity: preflight.Warning, // the calendar is often down
		Judge: func(f preflight.Facts) preflight.Finding {
			found, ok, err := preflight.ExtraFacts[freeze](f, "calendar")
			switch {
			case err != nil:
				return preflight.Finding{Outcome: preflight.Unknown, Observed: err.Error()}
			case !ok:
				return preflight.Finding{Outcome: preflight.Unknown, Observed: "not seen: " + f.Reason("calendar")}
			case found.Until.After(f.GatheredAt):
				return preflight.Finding{
					Outcome: preflight.Fail, Observed: "a freeze until " + found.Until.Format(time.RFC3339),
					Required: "no freeze", Remedy: "migrate after it",
				}
			}
			return preflight.Finding{Outcome: preflight.Pass, Observed: "no freeze"}
		},
	}
}

// houseRules are the options of every migration in this company.
func houseRules(cfg aws.Config, c calendar) (*migration.Options, error) {
	checks := append(preflight.Builtin(), noFreeze())
	checks, err := preflight.WithSeverity(checks, preflight.Blocking, "network.*")
	if err != nil {
		return nil, err // a pattern that matches nothing is an error
	}
	checks, err = preflight.Without(checks, "target.windows")
	if err != nil {
		return nil, err
	}
	return &migration.Options{
		Checks: checks,
		Facts:  []preflight.FactSource{vpc.New(ec2.NewFromConfig(cfg), nil), c},
		Waive:  []string{"source.fork-headroom"},
	}, nil
}

// replay judges stored facts, without a connection to anything.
func replay(file io.Reader, ticket io.Writer) error {
	facts, err := preflight.ReadFacts(file)
	if err != nil {
		return err
	}
	return preflight.Judge(facts, preflight.Builtin(), nil).WriteMarkdown(ticket)
}

func TestTheReportOfTheGuide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		never := preflight.Check{ID: "house.never", Title: "Never", Judge: func(preflight.Facts) preflight.Finding {
			return preflight.Finding{Outcome: preflight.Fail, Observed: "x", Required: "y", Remedy: "z"}
		}}
		var text bytes.Buffer
		err := ready(t.Context(), s.Migrator(&migration.Options{Checks: append(preflight.Builtin(), never)}), &text)
		var failed *preflight.FailedError
		if !errors.As(err, &failed) || !strings.Contains(text.String(), "FAIL     house.never") {
			t.Errorf("got %v and\n%s", err, &text)
		}
	})
}

func TestTheFreezeOfTheGuide(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		why    string
		answer freeze
		err    error
		want   preflight.Outcome
	}{
		{"no freeze", freeze{}, nil, preflight.Pass},
		{"a freeze", freeze{Until: start.Add(time.Hour)}, nil, preflight.Fail},
		{"one that is over", freeze{Until: start.Add(-time.Hour)}, nil, preflight.Pass},
		{"no answer", freeze{}, errors.New("time-out"), preflight.Unknown},
	} {
		facts := preflight.Facts{GatheredAt: start, Target: &preflight.Target{ID: "orders"}}
		source := calendar{ask: func(context.Context, string) (freeze, error) { return c.answer, c.err }}
		found, err := source.Gather(t.Context(), facts)
		if err != nil {
			facts.Gaps = append(facts.Gaps, preflight.Gap{Subject: source.Name(), Reason: err.Error()})
		} else {
			facts.Extra = map[string]json.RawMessage{source.Name(): found.Extra}
		}
		report := preflight.Judge(facts, []preflight.Check{noFreeze()}, nil)
		if f := report.Findings[0]; f.Outcome != c.want || f.Blocks() != (c.want == preflight.Fail) {
			t.Errorf("%s: %+v", c.why, f)
		}
	}
	if _, err := (calendar{}).Gather(t.Context(), preflight.Facts{}); err == nil {
		t.Error("no error without a group")
	}
}

func TestTheHouseRulesOfTheGuide(t *testing.T) {
	t.Parallel()
	opts, err := houseRules(aws.Config{}, calendar{})
	if err != nil {
		t.Fatal(err)
	}
	if err := preflight.Validate(opts.Checks, opts.Waive); err != nil {
		t.Error(err)
	}
	if missing := preflight.MissingSafety(opts.Checks); len(missing) > 0 {
		t.Errorf("the checks lack %v", missing)
	}
	if len(opts.Checks) != len(preflight.Builtin()) || len(opts.Facts) != 2 {
		t.Errorf("%d checks, %d sources", len(opts.Checks), len(opts.Facts))
	}
}

func TestTheReplayOfTheGuide(t *testing.T) {
	t.Parallel()
	var file, ticket bytes.Buffer
	if err := preflight.WriteFacts(&file, preflight.Facts{GatheredAt: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}); err != nil {
		t.Fatal(err)
	}
	if err := replay(&file, &ticket); err != nil || !strings.HasPrefix(ticket.String(), "# Preflight: the migration is blocked\n") {
		t.Errorf("got %v and\n%s", err, &ticket)
	}
	if err := replay(&file, &ticket); err == nil { // it was read to its end
		t.Error("no error for an empty file")
	}
}

// The guide names every permission, and every field of the documents that
// people write programs for.
func TestTheGuideToPreflightIsComplete(t *testing.T) {
	t.Parallel()
	guide := read(t, "docs/preflight.md")
	for _, action := range vpc.Actions() {
		if !strings.Contains(guide, `"`+action+`"`) {
			t.Errorf("the permission %s is missing", action)
		}
	}
	report, err := json.Marshal(preflight.Report{Findings: []preflight.Finding{{}}})
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal(report, &document); err != nil {
		t.Fatal(err)
	}
	var fields []string
	for name := range document {
		if name != "summary" { // its fields are listed
			fields = append(fields, name)
		}
	}
	fields = append(fields, names("summary.", preflight.Counts{})...)
	fields = append(fields, names("findings[].", preflight.Finding{})...)
	fields = append(fields, names("", preflight.Report{})...)
	fields = append(fields, names("", preflight.Facts{})...)
	slices.Sort(fields)
	for _, name := range slices.Compact(fields) {
		if !strings.Contains(guide, "\n| `"+name+"` |") {
			t.Errorf("the field %s is missing", name)
		}
	}
	if len(fields) < 30 {
		t.Errorf("%d fields: the test looks for the wrong thing", len(fields))
	}
}

// names are the JSON names of the fields of a struct.
func names(prefix string, v any) []string {
	var out []string
	for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		out = append(out, prefix+name)
	}
	return out
}
