// Package lint holds the rules of the house against the code: who may import
// whom, how long a file may be, what must be documented and what is banned.
//
// It is a plain test, go test ./internal/lint, so that the rules fail on a
// laptop without any tool installed. Files are parsed, never compiled: the
// rules work on a tree that does not build yet.
//
// A rule is a value with a pure function over a [Tree], one file a rule. To
// add one, write it, list it in [Rules] and give it at least one bad source in
// the tests: a rule that was never seen to fail is refused.
package lint
