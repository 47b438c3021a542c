package preflight_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cachelift/cachelift/preflight"
)

// facts are some of two ends. A host gets facts from the migration; in a test
// they are made by hand.
func facts() preflight.Facts {
	return preflight.Facts{
		GatheredAt: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
		Target:     &preflight.Target{ID: "orders", Exists: true, Status: "available", Engine: "valkey", EngineVersion: "8.0.1"},
		Source:     &preflight.Node{Address: "10.0.0.241:6379", Engine: "redis", Version: "7.0.15", Role: "master", UsedMemory: 1 << 30, LastSaveSeconds: -1},
	}
}

// small is a check of one's own: a value with a pure function. What it did not
// see it does not know.
func small() preflight.Check {
	return preflight.Check{
		ID:       "house.size",
		Title:    "The source is small enough for a night",
		Severity: preflight.Warning,
		Judge: func(f preflight.Facts) preflight.Finding {
			if f.Source == nil {
				return preflight.Finding{Outcome: preflight.Unknown, Observed: "the source was not seen: " + f.Reason("source")}
			}
			found := preflight.Finding{
				Outcome: preflight.Pass, Subject: f.Source.Address,
				Observed: fmt.Sprintf("%d MiB", f.Source.UsedMemory>>20), Required: "at most 512 MiB",
			}
			if f.Source.UsedMemory > 512<<20 {
				found.Outcome, found.Remedy = preflight.Fail, "plan for a longer night"
			}
			return found
		},
	}
}

// named is another one.
func named() preflight.Check {
	return preflight.Check{
		ID:     "house.name",
		Title:  "The group is named after the environment",
		DocURL: "https://wiki.example/cache-names",
		Judge: func(f preflight.Facts) preflight.Finding {
			if f.Target == nil {
				return preflight.Finding{Outcome: preflight.Unknown, Observed: "the group was not seen: " + f.Reason("target")}
			}
			found := preflight.Finding{Outcome: preflight.Pass, Subject: f.Target.ID, Observed: f.Target.ID, Required: "prod-<service>"}
			if !strings.HasPrefix(f.Target.ID, "prod-") {
				found.Outcome, found.Remedy = preflight.Fail, "create the group as prod-"+f.Target.ID
			}
			return found
		},
	}
}

// engine passes.
func engine() preflight.Check {
	return preflight.Check{
		ID: "team.engine", Title: "The target is a Valkey",
		Judge: func(f preflight.Facts) preflight.Finding {
			if f.Target == nil || f.Target.Engine != "valkey" {
				return preflight.Finding{Outcome: preflight.Fail, Required: "valkey", Remedy: "create the group with the engine valkey"}
			}
			return preflight.Finding{Outcome: preflight.Pass, Subject: f.Target.ID, Observed: "valkey " + f.Target.EngineVersion, Required: "valkey"}
		},
	}
}

// Judge is a pure function of the facts.
func ExampleJudge() {
	checks := []preflight.Check{named(), small(), engine()}
	report := preflight.Judge(facts(), checks, nil)
	fmt.Println(report.Summary())
	for _, f := range report.Blocking() {
		fmt.Printf("%s %s: observed %s, required %s\n", f.CheckID, f.Outcome, f.Observed, f.Required)
	}

	// Somebody takes the responsibility for it.
	report = preflight.Judge(facts(), checks, []string{"house.name"})
	fmt.Println(report.Summary())
	// Output:
	// 3 checks: 1 passed, 2 failed, 0 unknown; 1 blocks
	// house.name fail: observed orders, required prod-<service>
	// 3 checks: 1 passed, 2 failed, 0 unknown; 1 waived, nothing blocks
}

// The built-in checks are values: this lists those whose failure nobody can
// waive, because it loses or corrupts data in silence.
func ExampleBuiltin() {
	for _, c := range preflight.Builtin() {
		if c.Waivable == preflight.NeverWaived {
			fmt.Println(c.ID)
		}
	}
	// Output:
	// target.in-transit-encryption
	// target.auth
	// target.renamed-commands
	// source.auth
	// source.renamed-commands
	// pair.rdb-version
	// pair.databases
	// pair.databases-in-use
}

// A check of one's own stands beside the built-in ones.
func ExampleCheck() {
	checks := []preflight.Check{small()} // append(preflight.Builtin(), small()) in a migration
	fmt.Print(preflight.Judge(facts(), checks, nil))
	// Output:
	// FAIL     house.size  The source is small enough for a night (warning)
	//          subject   10.0.0.241:6379
	//          observed  1024 MiB
	//          required  at most 512 MiB
	//          remedy    plan for a longer night
	//
	// 1 check: 0 passed, 1 failed, 0 unknown; nothing blocks
}

// Validate finds mistakes in the lists, all at once.
func ExampleValidate() {
	checks := append(preflight.Builtin(), preflight.Check{ID: "house.size", Severity: "fatal"})
	fmt.Println(preflight.Validate(checks, []string{"target.multiaz"}))
	// Output:
	// preflight: check "house.size": Title is empty
	// preflight: check "house.size": Judge is nil
	// preflight: check "house.size": Severity is "fatal": allowed are "blocking" and "warning"
	// preflight: waived id "target.multiaz": no check has it
}

// What a run returns when the checks block.
func ExampleFailedError() {
	err := preflight.Judge(facts(), []preflight.Check{named(), engine()}, nil).Err()
	err = fmt.Errorf("orders: %w", err)

	var failed *preflight.FailedError
	if errors.As(err, &failed) {
		fmt.Println(failed.Report.Summary())
	}
	// Output:
	// 2 checks: 1 passed, 1 failed, 0 unknown; 1 blocks
}
