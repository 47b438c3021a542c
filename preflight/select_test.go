package preflight

import (
	"slices"
	"strings"
	"testing"
)

func ids(checks []Check) string {
	var out []string
	for _, c := range checks {
		out = append(out, c.ID)
	}
	return strings.Join(out, " ")
}

// some has a check that is never waived, and two of one family.
func some() []Check {
	safety := fixed("pair.databases", Fail)
	safety.Waivable = NeverWaived
	warning := fixed("target.b", Fail)
	warning.Severity = Warning
	network := fixed("network.route", Unknown)
	network.UnknownSeverity = Warning
	return []Check{fixed("target.a", Pass), warning, safety, network}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	type choose func([]Check, ...string) ([]Check, error)
	severity := func(s Severity) choose {
		return func(c []Check, p ...string) ([]Check, error) { return WithSeverity(c, s, p...) }
	}
	const all = "target.a target.b pair.databases network.route"
	for _, c := range []struct {
		why      string
		choose   choose
		patterns []string
		want     string   // the ids
		errs     []string // all of them
	}{
		{"by id", Only, []string{"target.b"}, "target.b", nil},
		{"in the order of the checks, once", Only, []string{"network.route", "target.*", "target.a"}, "target.a target.b network.route", nil},
		{"safety may be looked at or not", Only, []string{"pair.databases"}, "pair.databases", nil},
		{"all", Only, []string{"*"}, all, nil},
		{"a class", Only, []string{"target.[ab]"}, "target.a target.b", nil},
		{"only nothing", Only, nil, "", []string{"only: no pattern; at least one is needed"}},
		{"misspelt, and malformed", Only, []string{"target.a", "target", "tagret.*", "[a"}, "", []string{
			`only: pattern "target": no check matches it`, `only: pattern "tagret.*": no check matches it`, `only: pattern "[a": syntax error in pattern`,
		}},
		{"without one", Without, []string{"target.b"}, "target.a pair.databases network.route", nil},
		{"without a family", Without, []string{"target.*"}, "pair.databases network.route", nil},
		{"without nothing", Without, nil, all, nil},
		{"without safety", Without, []string{"pair.*", "x.y"}, "", []string{
			`without: pattern "x.y": no check matches it`, `without: check "pair.databases" cannot be left out: it is never waived, because`,
		}},
		{"lower", severity(Warning), []string{"target.a"}, all, nil},
		{"raise safety to what it is", severity(Blocking), []string{"*"}, all, nil},
		{"no severity for nothing", severity(Warning), nil, all, nil},
		{"lower safety", severity(Warning), []string{"*", ""}, "", []string{
			`severity: pattern "": no check matches it`, `severity: check "pair.databases" cannot become a warning: it is never waived`,
		}},
		{"no severity", severity("fatal"), []string{"target.a", "a"}, "", []string{
			`severity: pattern "a": no check matches it`, `severity: "fatal"; allowed are "blocking" and "warning"`,
		}},
	} {
		checks := some()
		got, err := c.choose(checks, c.patterns...)
		if ids(got) != c.want {
			t.Errorf("%s: got %q, want %q", c.why, ids(got), c.want)
		}
		var lines []string
		if err != nil {
			lines = strings.Split(err.Error(), "\n")
		}
		if !slices.EqualFunc(lines, c.errs, func(got, want string) bool { return strings.HasPrefix(got, "preflight: "+want) }) {
			t.Errorf("%s: got the errors %q, want %q", c.why, lines, c.errs)
		}
		sameAsSome(t, c.why, checks)
	}
}

// sameAsSome holds that choosing does not change the input, nor share it.
func sameAsSome(t *testing.T, why string, checks []Check) {
	t.Helper()
	for i, want := range some() {
		got := checks[i]
		if got.ID != want.ID || got.Severity != want.Severity || got.UnknownSeverity != want.UnknownSeverity || got.Waivable != want.Waivable {
			t.Errorf("%s: the input was changed: %+v", why, got)
		}
	}
}

func TestWithSeverity(t *testing.T) {
	t.Parallel()
	checks := some()
	severities := func(checks []Check) string {
		var out []string
		for _, f := range Judge(Facts{}, checks, nil).Findings {
			out = append(out, string(f.Severity))
		}
		return strings.Join(out, " ")
	}
	if got := severities(checks); got != "blocking warning blocking warning" {
		t.Fatalf("got %s", got)
	}
	raised, err := WithSeverity(checks, Blocking, "*")
	if err != nil || severities(raised) != "blocking blocking blocking blocking" {
		t.Errorf("got %v, %s", err, severities(raised))
	}
	lowered, err := WithSeverity(raised, Warning, "target.*", "network.*")
	if err != nil || severities(lowered) != "warning warning blocking warning" {
		t.Errorf("got %v, %s", err, severities(lowered))
	}
	if none, err := WithSeverity(raised, Warning); err != nil || severities(none) != severities(raised) {
		t.Errorf("got %v, %s", err, severities(none))
	}
	kept, err := Without(checks)
	if err != nil {
		t.Fatal(err)
	}
	kept[0].ID = "changed"
	sameAsSome(t, "Without nothing", checks)
}

func TestMissingSafety(t *testing.T) {
	t.Parallel()
	if got := MissingSafety(Builtin()); len(got) != 0 {
		t.Errorf("the built-in checks lack %v", got)
	}
	all := MissingSafety(nil)
	for _, id := range []string{"target.in-transit-encryption", "target.auth", "source.auth", "pair.databases"} {
		if !slices.Contains(all, id) {
			t.Errorf("%s is not among %v", id, all)
		}
	}
	for _, c := range Builtin() {
		if (c.Waivable == NeverWaived) != slices.Contains(all, c.ID) {
			t.Errorf("%s is %q, and all is %v", c.ID, c.Waivable, all)
		}
	}
	for why, change := range map[string]func(*Check){
		"waivable":             func(c *Check) { c.Waivable = MayWaive },
		"waivable by default":  func(c *Check) { c.Waivable = "" },
		"a warning":            func(c *Check) { c.Severity = Warning },
		"unknown is a warning": func(c *Check) { c.Severity, c.UnknownSeverity = Blocking, Warning },
		"another id":           func(c *Check) { c.ID += "s" },
	} {
		checks := Builtin()
		i := slices.IndexFunc(checks, func(c Check) bool { return c.ID == "pair.databases" })
		change(&checks[i])
		if got := MissingSafety(checks); !slices.Equal(got, []string{"pair.databases"}) {
			t.Errorf("%s: got %v", why, got)
		}
	}
	only, err := Only(Builtin(), "target.*")
	if err != nil || !slices.Contains(MissingSafety(only), "pair.databases") || slices.Contains(MissingSafety(only), "target.auth") {
		t.Errorf("got %v, %v", err, MissingSafety(only))
	}
	warned, err := WithSeverity(Builtin(), Warning, "target.multi-az")
	if err != nil || len(MissingSafety(warned)) != 0 {
		t.Errorf("got %v, %v", err, MissingSafety(warned))
	}
}
