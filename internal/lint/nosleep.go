package lint

import "go/ast"

// noSleep: a test that sleeps is slow or flaky, and mostly both.
func noSleep(t Tree) []Finding {
	var out []Finding
	for _, f := range t.GoFiles() {
		if !f.Test() {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if name, ok := f.selector(n, "time"); ok && name == "Sleep" {
				out = append(out, f.find(n.Pos(), "a test calls time.Sleep",
					"poll on a ticker with a deadline, wait for a channel, or use testing/synctest"))
			}
			return true
		})
	}
	return out
}
