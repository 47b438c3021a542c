package lint

import (
	"fmt"
	"go/ast"
)

// noBool: nobody can read Start(ctx, true, false). It looks at the exported
// functions and methods of public packages and at the methods of their
// exported interfaces.
func noBool(t Tree) []Finding {
	var out []Finding
	for _, f := range t.GoFiles() {
		if !f.Public() {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				recv := receiver(n)
				if n.Name.IsExported() && (recv == nil || recv.IsExported()) {
					out = append(out, boolParameters(f, n.Name.Name, n.Type)...)
				}
				return false
			case *ast.TypeSpec:
				if it, ok := n.Type.(*ast.InterfaceType); ok && n.Name.IsExported() {
					out = append(out, boolMethods(f, n.Name.Name, it)...)
				}
			}
			return true
		})
	}
	return out
}

// boolMethods looks at the exported methods of an interface.
func boolMethods(f File, owner string, it *ast.InterfaceType) []Finding {
	var out []Finding
	for _, m := range it.Methods.List {
		fn, ok := m.Type.(*ast.FuncType)
		if ok && len(m.Names) == 1 && m.Names[0].IsExported() {
			out = append(out, boolParameters(f, owner+"."+m.Names[0].Name, fn)...)
		}
	}
	return out
}

func boolParameters(f File, name string, fn *ast.FuncType) []Finding {
	var out []Finding
	for _, p := range fn.Params.List {
		typ := p.Type
		if e, ok := typ.(*ast.Ellipsis); ok {
			typ = e.Elt
		}
		if id, ok := typ.(*ast.Ident); ok && id.Name == "bool" {
			out = append(out, f.find(p.Pos(), fmt.Sprintf("%s has a boolean parameter", name),
				"make it two functions, a typed string, or a field of an options struct"))
		}
	}
	return out
}
