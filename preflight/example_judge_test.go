package preflight_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/preflight"
)

// facts are those of two ends that fit but for Multi-AZ. A host gets facts from
// Migrator.Preflight; in a test they are made by hand.
func facts() preflight.Facts {
	return preflight.Facts{
		GatheredAt: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
		Target: &preflight.Target{
			ID: "prod-cache", Exists: true, Status: "available", NodeGroups: 1, MultiAZ: "disabled", AutomaticFailover: "disabled",
			Engine: "redis", EngineVersion: "7.0.7", Members: []preflight.Member{{ID: "prod-cache-001"}, {ID: "prod-cache-002"}},
			Primary: "prod-cache.example:6379", Databases: 16,
		},
		TargetNode:  &preflight.Node{Address: "prod-cache.example:6379", Engine: "redis", Version: "7.0.7", Role: "master", Databases: 16, MaxMemory: 6 << 30},
		Source:      &preflight.Node{Address: "10.0.0.241:6379", Engine: "redis", Version: "7.0.15", Role: "master", Databases: 16, UsedMemory: 1 << 30},
		SourceProbe: &preflight.Probe{Address: "10.0.0.241:6379", Reached: true, Reply: "PONG"},
	}
}

// Judge is a pure function of the facts.
func ExampleJudge() {
	report := preflight.Judge(facts(), preflight.Builtin(), nil)
	fmt.Println(report.Summary())
	for _, f := range report.Blocking() {
		fmt.Printf("%s %s: observed %s, required %s\n", f.CheckID, f.Outcome, f.Observed, f.Required)
	}

	// Somebody takes the responsibility for it.
	report = preflight.Judge(facts(), preflight.Builtin(), []string{"target.multi-az"})
	fmt.Println(report.Summary())
	// Output:
	// 14 checks: 13 passed, 1 failed, 0 unknown; 1 blocks
	// target.multi-az fail: observed Multi-AZ disabled, automatic failover disabled, required Multi-AZ enabled and automatic failover enabled
	// 14 checks: 13 passed, 1 failed, 0 unknown; 1 waived, nothing blocks
}

// The ids are what waivers and reports refer to.
func ExampleBuiltin() {
	for _, c := range preflight.Builtin() {
		if c.Waivable == preflight.NeverWaived {
			fmt.Println(c.ID)
		}
	}
	// Output:
	// target.in-transit-encryption
	// target.auth
	// source.auth
	// pair.databases
}

// A check of one's own stands beside the built-in ones, in Options.Checks too.
func ExampleCheck() {
	small := preflight.Check{
		ID:       "house.size",
		Title:    "the source is small enough for a night",
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
	fmt.Print(preflight.Judge(facts(), []preflight.Check{small}, nil))
	// Output:
	// FAIL     house.size  the source is small enough for a night (warning)
	//          subject   10.0.0.241:6379
	//          observed  1024 MiB
	//          required  at most 512 MiB
	//          remedy    plan for a longer night
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

// A report prints itself: what blocks first, with evidence and remedy.
func ExampleReport() {
	checks := preflight.Builtin()
	fmt.Print(preflight.Judge(facts(), checks[:6], nil))
	// Output:
	// FAIL     target.multi-az               Multi-AZ is on
	//          subject   prod-cache
	//          observed  Multi-AZ disabled, automatic failover disabled
	//          required  Multi-AZ enabled and automatic failover enabled
	//          remedy    aws elasticache modify-replication-group --replication-group-id prod-cache --automatic-failover-enabled --multi-az-enabled --apply-immediately
	//          see       https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Migration-Prepare.html
	// pass     target.exists                 The replication group exists: exists
	// pass     target.status                 The replication group is available: status "available"
	// pass     target.cluster-mode           Cluster mode is off on the target: cluster mode not given, ClusterEnabled false
	// pass     target.in-transit-encryption  In-transit encryption is off on the target: disabled
	// pass     target.auth                   AUTH and user groups are off on the target: no AUTH token, no user group
	// 6 checks: 5 passed, 1 failed, 0 unknown; 1 blocks
}

// What a run returns when the checks block.
func ExampleFailedError() {
	err := preflight.Judge(facts(), preflight.Builtin(), nil).Err()
	err = fmt.Errorf("orders: %w", err)

	var failed *preflight.FailedError
	if errors.As(err, &failed) {
		fmt.Println(failed.Report.Summary())
	}
	// Output:
	// 14 checks: 13 passed, 1 failed, 0 unknown; 1 blocks
}
