package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// noGlobals: two migrations in one program share nothing, so a package has no
// variables. What is a variable only because Go has no such constant is
// allowed: errors to compare with, compiled regular expressions, embedded
// files and the blank variables that assert an interface. A test binary is its
// own program; its flags are free.
func noGlobals(t Tree) []Finding {
	var out []Finding
	for _, f := range t.GoFiles() {
		if f.Test() {
			continue
		}
		for _, d := range f.AST.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				spec := s.(*ast.ValueSpec)
				if !embedded(g, spec) {
					out = append(out, mutable(f, spec)...)
				}
			}
		}
	}
	return out
}

// mutable finds the variables of the spec that are not constant in spirit.
func mutable(f File, spec *ast.ValueSpec) []Finding {
	var out []Finding
	for i, name := range spec.Names {
		if name.Name == "_" || len(spec.Values) == len(spec.Names) && constant(f, spec.Values[i]) {
			continue
		}
		out = append(out, f.find(name.Pos(), fmt.Sprintf("the package has the variable %s", name.Name),
			"make it a constant, a function that returns it, or a field"))
	}
	return out
}

// constant reports whether the value is of a kind that is never changed.
func constant(f File, value ast.Expr) bool {
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return false
	}
	if name, ok := f.selector(call.Fun, "errors"); ok {
		return name == "New"
	}
	name, ok := f.selector(call.Fun, "regexp")
	return ok && name == "MustCompile"
}

// embedded reports whether a go:embed directive fills the variable.
func embedded(g *ast.GenDecl, spec *ast.ValueSpec) bool {
	for _, doc := range []*ast.CommentGroup{g.Doc, spec.Doc} {
		if doc == nil {
			continue
		}
		for _, c := range doc.List {
			if strings.HasPrefix(c.Text, "//go:embed ") {
				return true
			}
		}
	}
	return false
}
