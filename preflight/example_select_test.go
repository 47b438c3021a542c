package preflight_test

import (
	"fmt"

	"github.com/cachelift/cachelift/preflight"
)

func house() []preflight.Check {
	return []preflight.Check{small(), named(), engine()}
}

// A filter looks at a part. A pattern that matches nothing is an error, so that
// a misspelling does not leave a check out in silence.
func ExampleOnly() {
	checks, err := preflight.Only(house(), "house.*")
	for _, c := range checks {
		fmt.Println(c.ID)
	}
	fmt.Println(err)

	_, err = preflight.Only(house(), "haus.*", "house.nmae")
	fmt.Println(err)
	// Output:
	// house.size
	// house.name
	// <nil>
	// preflight: only: pattern "haus.*": no check matches it
	// preflight: only: pattern "house.nmae": no check matches it
}

// What a host does not need it leaves out; what keeps data whole stays.
func ExampleWithout() {
	checks, err := preflight.Without(house(), "house.size")
	for _, c := range checks {
		fmt.Println(c.ID)
	}
	fmt.Println(err)

	_, err = preflight.Without(preflight.Builtin(), "target.auth")
	fmt.Println(err)
	// Output:
	// house.name
	// team.engine
	// <nil>
	// preflight: without: check "target.auth" cannot be left out: it is never waived, because what it finds loses or corrupts data in silence
}

// A severity is raised or lowered by id.
func ExampleWithSeverity() {
	checks, err := preflight.WithSeverity(house(), preflight.Blocking, "house.size")
	if err == nil {
		checks, err = preflight.WithSeverity(checks, preflight.Warning, "house.name", "team.*")
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range preflight.Judge(facts(), checks, nil).Findings {
		fmt.Println(f.CheckID, f.Outcome, f.Severity)
	}
	// Output:
	// house.size fail blocking
	// house.name fail warning
	// team.engine pass warning
}

// A list of checks for a migration has those that keep data whole.
func ExampleMissingSafety() {
	fmt.Println(len(preflight.MissingSafety(preflight.Builtin())))

	weak := preflight.Builtin()
	for i := range weak {
		if weak[i].ID == "pair.databases" {
			weak[i].Severity = preflight.Warning
		}
	}
	fmt.Println(preflight.MissingSafety(weak))
	// Output:
	// 0
	// [pair.databases]
}
