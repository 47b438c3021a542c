package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/preflight"
)

// judging checks the flags of the preflight report and returns the checks with
// the severities of --severity. The list is whole, as a migration needs it;
// --only is for what is shown.
func (f *flags) judging() ([]preflight.Check, error) {
	checks, err := f.withSeverities()
	errs := []error{err}
	if _, err := f.shown(checks); err != nil {
		errs = append(errs, blame("--only", err))
	}
	if err := preflight.Validate(checks, f.waive); err != nil {
		errs = append(errs, blame("--waive", err))
	}
	if !slices.Contains(f.formats, f.output) {
		errs = append(errs, fmt.Errorf("--output is %q, want %s", f.output, strings.Join(f.formats, ", ")))
	}
	return checks, errors.Join(errs...)
}

// withSeverities are the built-in checks as --severity wants them.
func (f *flags) withSeverities() ([]preflight.Check, error) {
	checks := preflight.Builtin()
	var errs []error
	for _, s := range f.severities {
		id, severity, ok := strings.Cut(s, "=")
		if !ok || severity != string(preflight.Blocking) && severity != string(preflight.Warning) {
			errs = append(errs, fmt.Errorf("--severity is %q, want ID=%s or ID=%s", s, preflight.Blocking, preflight.Warning))
			continue
		}
		changed, err := preflight.WithSeverity(checks, preflight.Severity(severity), id)
		if err != nil {
			errs = append(errs, blame("--severity", err))
			continue
		}
		checks = changed
	}
	return checks, errors.Join(errs...)
}

// shown are the checks that --only keeps.
func (f *flags) shown(checks []preflight.Check) ([]preflight.Check, error) {
	if len(f.only) == 0 {
		return checks, nil
	}
	return preflight.Only(checks, f.only...)
}

// blame names the flag from which a value came that the library refuses, in
// front of each of its errors.
func blame(flag string, err error) error {
	var all []error
	for _, e := range flatten(err) {
		all = append(all, fmt.Errorf("%s: %w", flag, e))
	}
	return errors.Join(all...)
}
