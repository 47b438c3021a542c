// Package preflight judges whether a migration can work before anything is
// changed.
//
// It is pure: [Facts] go in as plain data, a [Report] comes out. Nothing here
// opens a connection or knows an SDK; [github.com/cachelift/cachelift/migration]
// gathers the facts, [github.com/cachelift/cachelift/preflight/vpc] those of the
// network. So a test can write facts by hand, and a report can be replayed from
// stored facts ([WriteFacts], [ReadFacts]).
//
// A [Check] is a value with a stable id. Its result has three outcomes:
// [Pass], [Fail] and [Unknown]. What could not be seen is never a pass: an
// unknown result of a blocking check blocks until somebody waives it by id.
//
//	report := preflight.Judge(facts, preflight.Builtin(), nil)
//	if err := report.Err(); err != nil { // a *preflight.FailedError
//		fmt.Println(report)
//	}
package preflight
