package lint

import "go/ast"

// noStoredContext: a context belongs to a call. One that is kept in a struct
// outlives the call, and nobody can tell whose cancellation counts.
func noStoredContext(t Tree) []Finding {
	var out []Finding
	for _, f := range t.GoFiles() {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			s, ok := n.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range s.Fields.List {
				if name, ok := f.selector(field.Type, "context"); ok && name == "Context" {
					out = append(out, f.find(field.Pos(), "a struct stores a context.Context",
						"pass it as the first parameter of each call"))
				}
			}
			return true
		})
	}
	return out
}
