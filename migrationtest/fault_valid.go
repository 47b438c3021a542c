package migrationtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// operations are those that a migration calls and the simulator serves.
func operations() []string {
	return []string{
		"DescribeReplicationGroups", "DescribeCacheClusters", "DescribeCacheSubnetGroups", "DescribeCacheParameters",
		"DescribeEvents", "TestMigration", "StartMigration", "CompleteMigration",
	}
}

// validate reports every problem of a fault.
func (f Fault) validate() error {
	var problems []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf("migrationtest: Fault (%s): %s", f, fmt.Sprintf(format, args...)))
		}
	}
	if f.effect == effectService {
		check(f.from == 0 && f.until == 0 && f.when == nil, "From, Until and When cannot be used with InService; set its When")
		check(f.service.Count >= 0, "Times is below 1, want 1 or more")
		check(f.service.After >= 0, "After is %d, want 0 or more", f.service.After)
		return errors.Join(problems...)
	}
	check(slices.Contains([]End{API, Source, Target}, f.to), "the end is %q, want %q, %q or %q", f.to, API, Source, Target)
	switch {
	case f.to == API:
		check(f.name == "" || slices.Contains(operations(), f.name), "the operation is %q, want one of %q", f.name, operations())
	case f.name != strings.ToUpper(f.name):
		check(false, "the command is %q, want upper case", f.name)
	case subcommands()[f.name] != nil:
		check(false, "the command is %q alone, want e.g. %q", f.name, f.name+" "+subcommands()[f.name][0])
	default:
		check(f.name == "" || slices.Contains(commandNames(), f.name),
			"the command is %q, want one that the servers in memory know, or %s: %q", f.name, connectName, commandNames())
	}
	check(f.times >= 0, "Times is below 1, want 1 or more")
	check(f.skip >= 0, "After is %d, want 0 or more", f.skip)
	check(f.from >= 0, "From is %v, want 0 or more", f.from)
	check(f.until >= 0, "Until is 0 or less, want more")
	check(f.until <= 0 || f.until > f.from, "Until is %v, want more than From, which is %v", f.until, f.from)
	check(f.effect != effectRefuse || f.code != "", "the error is empty, want what to refuse with")
	check(f.effect != effectDelay || f.delay > 0, "the delay is %v, want more than 0", f.delay)
	return errors.Join(problems...)
}
