package lint

import (
	"go/ast"
	"strings"
)

// quiet: a library does not end the program that embeds it, and does not write
// to its terminal or its log. Examples are programs and may.
func quiet(t Tree) []Finding {
	var out []Finding
	for _, f := range t.GoFiles() {
		if f.Test() || f.Example() {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if what := loud(f, n); what != "" {
				out = append(out, f.find(n.Pos(), "a library uses "+what,
					"return an error, emit an event, or write to what the host passes in"))
			}
			return true
		})
	}
	return out
}

// loud names what the node uses of the host's process; "" if nothing.
func loud(f File, n ast.Node) string {
	if name, ok := f.selector(n, "os"); ok {
		switch name {
		case "Exit", "Stdout", "Stderr", "Stdin":
			return "os." + name
		}
	}
	if name, ok := f.selector(n, "fmt"); ok && strings.HasPrefix(name, "Print") {
		return "fmt." + name
	}
	if name, ok := f.selector(n, "log"); ok {
		for _, prefix := range []string{"Print", "Fatal", "Panic", "Default", "SetOutput"} {
			if strings.HasPrefix(name, prefix) {
				return "log." + name
			}
		}
	}
	if call, ok := n.(*ast.CallExpr); ok {
		if id, ok := call.Fun.(*ast.Ident); ok && (id.Name == "print" || id.Name == "println") {
			return id.Name
		}
	}
	return ""
}
