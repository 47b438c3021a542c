package migrationtest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// judgeStopped finds what is wrong after a run that ended with an error.
func (c *crashCase) judgeStopped(err error) []string {
	c.tb.Helper()
	all, _, _ := c.effects.seen()
	flowing, promoted := c.scenario.flowing(), c.promoted()
	switch {
	case flowing && promoted:
		return []string{fmt.Sprintf("writes are open on both ends; the run ended with %v", err)}
	case !flowing && !says(err):
		return []string{fmt.Sprintf("writes to the source are paused, and the error does not say so: %v", err)}
	case !flowing:
		return nil
	}
	var problems []string
	if now := c.settings(); now[fenceSetting] != c.before[fenceSetting] {
		problems = append(problems, fmt.Sprintf("%s of the source is %q, want %q as before; the run ended with %v", fenceSetting, now[fenceSetting], c.before[fenceSetting], err))
	}
	return append(problems, notUndone(c.way, all, c.effects.process)...)
}

// What a SourceFence sets, and what it adds to it.
const (
	fenceSetting = "min-replicas-to-write"
	fenceAdds    = 1_000_000
)

// judgeEnd finds what is wrong after a run that ended without an error.
func (c *crashCase) judgeEnd(result migration.Result, settings, want map[string]string) []string {
	c.tb.Helper()
	s := c.scenario
	all, order, _ := c.effects.seen()
	var problems []string
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	check(result.State == progress.StateDone, "the run ended in state %q, want %q", result.State, progress.StateDone)
	primary := s.target.PrimaryEndpoint().String()
	check(result.Cutover.Endpoint.String() == primary, "the application was switched to %q, want the group's primary %q", result.Cutover.Endpoint, primary)
	check(!s.flowing(), "writes are open on both ends: the source still acknowledges what the application writes")
	acknowledged, applied := s.server.AcknowledgedOffset(), s.target.AppliedOffset()
	check(applied >= acknowledged, "acknowledged writes are lost: the source has acknowledged up to offset %d, and the target has applied %d", acknowledged, applied)
	check(c.accepted(whatStart) == 1, "StartMigration took effect %d times, want once", c.accepted(whatStart))
	check(c.completions() == 1, "CompleteMigration took effect %d times, want once", c.completions())
	check(c.point.at < 0 || c.effects.hasStruck(), "%s did not come in this run: the host does not do the same each time", c.point.what)
	if at := c.point.at; at >= 0 && at < len(all) {
		check(all[at].name() == c.point.what, "%s came in the place of %s: the host does not do the same each time", all[at].name(), c.point.what)
	}
	problems = append(problems, judgeSteps(c.way, all, order)...)
	if want == nil {
		problems = append(problems, c.judgeFence(settings)...)
	} else {
		problems = append(problems, differing(settings, want)...)
	}
	if c.host.Check != nil {
		if err := c.host.Check(); err != nil {
			problems = append(problems, "Host.Check: "+err.Error())
		}
	}
	return problems
}

// judgeFence looks whether a SourceFence is closed after a success, and whether
// nobody has touched the setting of a source that is fenced otherwise.
func (c *crashCase) judgeFence(settings map[string]string) []string {
	want, err := strconv.Atoi(c.before[fenceSetting])
	if err != nil {
		return nil // a server without it
	}
	if c.fenced {
		want += fenceAdds
	}
	if now := settings[fenceSetting]; now != strconv.Itoa(want) {
		return []string{fmt.Sprintf("%s of the source is %q after the migration, want %d", fenceSetting, now, want)}
	}
	return nil
}

// differing are the settings that are not as they were after a migration in
// which nothing went wrong.
func differing(settings, want map[string]string) []string {
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if settings[name] != want[name] {
			problems = append(problems, fmt.Sprintf("%s of the source is %q, want %q as when nothing goes wrong", name, settings[name], want[name]))
		}
	}
	return problems
}
