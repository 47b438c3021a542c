package migration

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// Validate reports every problem of the workflow at once: changes that could
// not be made, such as a step that would be unreachable or the removal of a
// state that safety needs, and steps that are not complete, that share a name,
// or that need the write pause and stand outside it.
func (w Workflow) Validate() error {
	w = w.orDefault()
	errs := slices.Clone(w.problems)
	builtin, used := map[string]bool{}, map[string]bool{}
	for _, s := range progress.States() {
		builtin[canonical(string(s))] = true
	}
	f := newFlow(w)
	for _, g := range w.stages {
		if g.step == nil {
			continue
		}
		errs = append(errs, g.step.validate()...)
		errs = append(errs, g.step.validateCompares(f)...)
		name := canonical(g.step.Name)
		if used[name] || builtin[name] && g.replaces != g.state {
			errs = append(errs, g.step.bad("Name is taken by another step or a built-in state, and - and _ count as the same; want one of its own"))
		}
		used[name] = true
		if g.step.Undo != nil && f.pastNoReturn(g.state) {
			errs = append(errs, g.step.bad("Undo is set and it stands past the point of no return, where nothing is undone; want it before completing"))
		}
		if g.step.NeedsPause && !f.inPause(g.state) {
			errs = append(errs, g.step.bad("NeedsPause is set and it stands outside the write pause; want it after pausing and before switching"))
		}
	}
	return errors.Join(errs...)
}

// fits reports the steps whose Timeout is longer than the write pause in which
// they stand may be.
func (w Workflow) fits(pause time.Duration) []error {
	w = w.orDefault()
	f := newFlow(w)
	var errs []error
	for _, g := range w.stages {
		if g.step != nil && f.inPause(g.state) && g.step.Timeout > pause {
			errs = append(errs, g.step.bad("Timeout is %v inside the write pause, want at most Options.MaxWritePause, %v", g.step.Timeout, pause))
		}
	}
	return errs
}

var stepName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

func (s Step) validate() []error {
	var errs []error
	if !stepName.MatchString(s.Name) {
		errs = append(errs, s.bad("Name is not allowed, want 1 to 40 lower-case letters, digits, - and _, a letter first"))
	}
	if s.Run == nil {
		errs = append(errs, s.bad("Run is nil, want a function"))
	}
	if s.Timeout < 0 {
		errs = append(errs, s.bad("Timeout is %v, want 0 or more", s.Timeout))
	}
	if s.Retry.Initial < 0 || s.Retry.Max < 0 || s.Retry.MaxElapsed < 0 || s.Retry.Tries < 0 {
		errs = append(errs, s.bad("Retry has Initial %v, Max %v, MaxElapsed %v, Tries %d, want none below 0", s.Retry.Initial, s.Retry.Max, s.Retry.MaxElapsed, s.Retry.Tries))
	}
	return errs
}

func (s Step) bad(format string, args ...any) error {
	return fmt.Errorf("migration: Workflow: step %q: "+format, append([]any{s.Name}, args...)...)
}

// canonical is what two names must not share: in a diagram - and _ are the
// same.
func canonical(name string) string { return strings.ReplaceAll(name, "-", "_") }

func (w Workflow) unknown(s progress.State) string {
	states := make([]progress.State, len(w.stages))
	for i, g := range w.stages {
		states[i] = g.state
	}
	if slices.Contains(progress.States(), s) && s != progress.StateTesting {
		return fmt.Sprintf("it is not on the way of a migration, want one of %v", states)
	}
	return fmt.Sprintf("there is no such state, want one of %v", states)
}

func names(steps []Step) string {
	var out []string
	for _, s := range steps {
		out = append(out, fmt.Sprintf("%q", s.Name))
	}
	return strings.Join(out, ", ")
}
