package preflight

import (
	"errors"
	"fmt"
	"path"
	"slices"
)

// Only returns the checks whose id matches one of the patterns, in their order:
// to look at a part. A pattern is an id, or one with wildcards as in
// [path.Match], e.g. "network.*". No pattern, one that is malformed and one that
// matches nothing are errors, all at once. The input is not changed.
//
// A list without the checks of [MissingSafety] is good for a report, not for a
// migration.
func Only(checks []Check, patterns ...string) ([]Check, error) {
	if len(patterns) == 0 {
		return nil, errors.New("preflight: only: no pattern; at least one is needed")
	}
	chosen, err := match("only", checks, patterns)
	if err != nil {
		return nil, err
	}
	return pick(checks, chosen), nil
}

// Without returns the checks but for those whose id matches one of the
// patterns, which are as for [Only]; no pattern leaves out nothing. A check that
// is [NeverWaived] stays: to leave it out is refused with an error.
func Without(checks []Check, patterns ...string) ([]Check, error) {
	chosen, err := match("without", checks, patterns)
	errs := []error{err}
	for i, c := range checks {
		if chosen[i] && c.Waivable == NeverWaived {
			errs = append(errs, fmt.Errorf("preflight: without: check %q cannot be left out: %s", c.ID, neverBecause))
		}
		chosen[i] = !chosen[i]
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return pick(checks, chosen), nil
}

// WithSeverity returns the checks with the severity s for those whose id
// matches one of the patterns, which are as for [Only]: it is set for a failure
// and for what cannot be told. A check that is [NeverWaived] cannot become a
// [Warning]: that is refused with an error, as is a severity that does not exist.
func WithSeverity(checks []Check, s Severity, patterns ...string) ([]Check, error) {
	chosen, err := match("severity", checks, patterns)
	errs := []error{err}
	if s != Blocking && s != Warning {
		errs = append(errs, fmt.Errorf("preflight: severity: %q; allowed are %q and %q", s, Blocking, Warning))
	}
	out := slices.Clone(checks)
	for i := range out {
		if !chosen[i] {
			continue
		}
		if s == Warning && out[i].Waivable == NeverWaived {
			errs = append(errs, fmt.Errorf("preflight: severity: check %q cannot become a warning: %s", out[i].ID, neverBecause))
		}
		out[i].Severity, out[i].UnknownSeverity = s, s
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return out, nil
}

const neverBecause = "it is never waived, because what it finds loses or corrupts data in silence"

// MissingSafety returns the ids of the built-in checks that are [NeverWaived]
// and that the list lacks, or has with a lower severity or as waivable: without
// them a migration may corrupt data in silence. A function Judge or Applies of
// another make cannot be told from the built-in one.
func MissingSafety(checks []Check) []string {
	var out []string
	for _, b := range Builtin() {
		if b.Waivable != NeverWaived {
			continue
		}
		i := slices.IndexFunc(checks, func(c Check) bool { return c.ID == b.ID })
		if i < 0 || checks[i].weaker(b) {
			out = append(out, b.ID)
		}
	}
	return out
}

// weaker tells whether a result of c stops less than the same one of b.
func (c Check) weaker(b Check) bool {
	for _, o := range []Outcome{Fail, Unknown} {
		if b.severity(o) == Blocking && c.severity(o) != Blocking {
			return true
		}
	}
	return b.Waivable == NeverWaived && c.Waivable != NeverWaived
}

// match tells which of the checks match one of the patterns.
func match(op string, checks []Check, patterns []string) ([]bool, error) {
	var errs []error
	chosen := make([]bool, len(checks))
	for _, pattern := range patterns {
		found := false
		for i, c := range checks {
			if ok, _ := path.Match(pattern, c.ID); ok { // malformed is told below
				chosen[i], found = true, true
			}
		}
		if _, err := path.Match(pattern, ""); err != nil {
			errs = append(errs, fmt.Errorf("preflight: %s: pattern %q: %w; an id or one with wildcards is allowed", op, pattern, err))
		} else if !found {
			errs = append(errs, fmt.Errorf("preflight: %s: pattern %q: no check matches it", op, pattern))
		}
	}
	return chosen, errors.Join(errs...)
}

func pick(checks []Check, chosen []bool) []Check {
	out := make([]Check, 0, len(checks))
	for i, c := range checks {
		if chosen[i] {
			out = append(out, c)
		}
	}
	return out
}
