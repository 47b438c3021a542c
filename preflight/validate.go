package preflight

import (
	"errors"
	"fmt"
)

// Validate reports all mistakes in a list of checks and of ids to waive at
// once, joined: an empty or repeated id, a missing title or Judge, a Severity
// or Waivable that is none of the constants, and a waived id that no check
// has. It returns nil if there is none.
func Validate(checks []Check, waive []string) error {
	var errs []error
	seen := map[string]bool{}
	for i, c := range checks {
		name := fmt.Sprintf("check %q", c.ID)
		switch {
		case c.ID == "":
			name = fmt.Sprintf("check number %d (title %q)", i+1, c.Title)
			errs = append(errs, fmt.Errorf("preflight: %s: ID is empty", name))
		case seen[c.ID]:
			errs = append(errs, fmt.Errorf("preflight: %s: ID is used more than once", name))
		}
		seen[c.ID] = true
		errs = append(errs, c.mistakes(name)...)
	}
	for _, id := range waive {
		if id == "" || !seen[id] {
			errs = append(errs, fmt.Errorf("preflight: waived id %q: no check has it", id))
		}
	}
	return errors.Join(errs...)
}

func (c Check) mistakes(name string) []error {
	var errs []error
	if c.Title == "" {
		errs = append(errs, fmt.Errorf("preflight: %s: Title is empty", name))
	}
	if c.Judge == nil {
		errs = append(errs, fmt.Errorf("preflight: %s: Judge is nil", name))
	}
	for field, s := range map[string]Severity{"Severity": c.Severity, "UnknownSeverity": c.UnknownSeverity} {
		if s != "" && s != Blocking && s != Warning {
			errs = append(errs, fmt.Errorf("preflight: %s: %s is %q: allowed are %q and %q", name, field, s, Blocking, Warning))
		}
	}
	switch c.Waivable {
	case "", MayWaive, NeverWaived:
	default:
		errs = append(errs, fmt.Errorf("preflight: %s: Waivable is %q: allowed are %q and %q", name, c.Waivable, MayWaive, NeverWaived))
	}
	return errs
}
