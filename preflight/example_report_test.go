package preflight_test

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/cachelift/cachelift/preflight"
)

func report() preflight.Report {
	return preflight.Judge(facts(), []preflight.Check{small(), named(), engine()}, nil)
}

// A report prints itself: what blocks first, with evidence and remedy.
func ExampleReport() {
	fmt.Print(report())
	// Output:
	// FAIL     house.name   The group is named after the environment
	//          subject   orders
	//          observed  orders
	//          required  prod-<service>
	//          remedy    create the group as prod-orders
	//          see       https://wiki.example/cache-names
	//
	// FAIL     house.size   The source is small enough for a night (warning)
	//          subject   10.0.0.241:6379
	//          observed  1024 MiB
	//          required  at most 512 MiB
	//          remedy    plan for a longer night
	//
	// team: 1 of 1 passed
	// pass     team.engine  The target is a Valkey: valkey 8.0.1
	//
	// 3 checks: 1 passed, 2 failed, 0 unknown; 1 blocks
}

// For a terminal or a log: colours are used on a terminal alone. A waiver is
// printed with what it covers.
func ExampleReport_WriteText() {
	report := preflight.Judge(facts(), []preflight.Check{named()}, []string{"house.name", "house.nmae"})
	if err := report.WriteText(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// FAIL     house.name  The group is named after the environment (waived)
	//          subject   orders
	//          observed  orders
	//          required  prod-<service>
	//          remedy    create the group as prod-orders
	//          see       https://wiki.example/cache-names
	//
	// waivers without effect: house.nmae
	// 1 check: 0 passed, 1 failed, 0 unknown; 1 waived, nothing blocks
}

// For a change ticket.
func ExampleReport_WriteMarkdown() {
	if err := report().WriteMarkdown(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// # Preflight: the migration is blocked
	//
	// 3 checks: 1 passed, 2 failed, 0 unknown; 1 blocks. Facts of 2026-11-20T12:00:00Z.
	//
	// ## Blocks the migration
	//
	// | Check | Outcome | Subject | Observed | Required | Remedy |
	// |---|---|---|---|---|---|
	// | [house.name](https://wiki.example/cache-names)<br>The group is named after the environment | fail | orders | orders | prod-&lt;service&gt; | create the group as prod-orders |
	//
	// ## Warnings
	//
	// | Check | Outcome | Subject | Observed | Required | Remedy |
	// |---|---|---|---|---|---|
	// | house.size<br>The source is small enough for a night | fail | 10.0.0.241:6379 | 1024 MiB | at most 512 MiB | plan for a longer night |
	//
	// <details>
	// <summary>1 check passed</summary>
	//
	// | Check | Subject | Observed |
	// |---|---|---|
	// | team.engine<br>The target is a Valkey | orders | valkey 8.0.1 |
	//
	// </details>
}

// For a pipeline.
func ExampleReport_WriteJUnit() {
	report := preflight.Judge(facts(), []preflight.Check{small(), named()}, []string{"house.name"})
	if err := report.WriteJUnit(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// <?xml version="1.0" encoding="UTF-8"?>
	// <testsuites>
	//   <testsuite name="cachelift preflight" tests="2" failures="0" errors="0" skipped="1" timestamp="2026-11-20T12:00:00">
	//     <testcase classname="house" name="house.size">
	//       <system-out>warning: The source is small enough for a night&#xA;outcome: fail&#xA;subject: 10.0.0.241:6379&#xA;observed: 1024 MiB&#xA;required: at most 512 MiB&#xA;remedy: plan for a longer night&#xA;</system-out>
	//     </testcase>
	//     <testcase classname="house" name="house.name">
	//       <skipped message="The group is named after the environment (waived): orders">subject: orders&#xA;observed: orders&#xA;required: prod-&lt;service&gt;&#xA;remedy: create the group as prod-orders&#xA;see: https://wiki.example/cache-names&#xA;</skipped>
	//     </testcase>
	//     <system-out>2 checks: 0 passed, 2 failed, 0 unknown; 1 waived, nothing blocks</system-out>
	//   </testsuite>
	// </testsuites>
}

// For programs: a document of a versioned schema, which reads back as a report.
func ExampleReport_MarshalJSON() {
	b, err := json.Marshal(report())
	if err != nil {
		fmt.Println(err)
		return
	}
	var document struct {
		Schema   string
		Ready    bool
		Summary  preflight.Counts
		Blocking []string
	}
	if err := json.Unmarshal(b, &document); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(document.Schema, document.Ready, document.Summary.Warnings, document.Blocking)

	var again preflight.Report
	fmt.Println(json.Unmarshal(b, &again), again.Summary())
	// Output:
	// cachelift.preflight.report/1 false 1 [house.name]
	// <nil> 3 checks: 1 passed, 2 failed, 0 unknown; 1 blocks
}
