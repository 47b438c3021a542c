package lint

import "go/ast"

// noInit: importing a package does nothing.
func noInit(t Tree) []Finding {
	var out []Finding
	for _, f := range t.GoFiles() {
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				out = append(out, f.find(fn.Pos(), "init runs by itself when the package is imported",
					"do it in a constructor, or in main"))
			}
		}
	}
	return out
}
