package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// documented: every export has a comment of its own, down to the fields of
// structs, the methods of interfaces and each constant of a group. Embedded
// fields are documented where their type is; those of internal structs are for
// us to judge.
func documented(t Tree) []Finding {
	var out []Finding
	for _, f := range t.GoFiles() {
		if f.Test() {
			continue
		}
		d := docs{file: f}
		for _, decl := range f.AST.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				d.function(decl)
			case *ast.GenDecl:
				d.group(decl)
			}
		}
		out = append(out, d.missing...)
	}
	return out
}

// docs gathers what is missing in one file.
type docs struct {
	file    File
	missing []Finding
}

// need records a finding if the name is exported and none of the comments is
// there.
func (d *docs) need(kind, owner string, name *ast.Ident, comments ...*ast.CommentGroup) {
	if !name.IsExported() {
		return
	}
	for _, c := range comments {
		if c.Text() != "" {
			return
		}
	}
	d.missing = append(d.missing, d.file.find(name.Pos(),
		fmt.Sprintf("%s %s%s has no doc comment", kind, owner, name.Name),
		"say what it does for the caller, with units, defaults and errors"))
}

func (d *docs) function(fn *ast.FuncDecl) {
	if fn.Recv == nil {
		d.need("function", "", fn.Name, fn.Doc)
		return
	}
	if recv := receiver(fn); recv != nil && recv.IsExported() {
		d.need("method", recv.Name+".", fn.Name, fn.Doc)
	}
}

// group looks at a const, var or type declaration. The comment of a group in
// parentheses is not the comment of its members.
func (d *docs) group(g *ast.GenDecl) {
	var shared *ast.CommentGroup
	if g.Lparen == token.NoPos {
		shared = g.Doc
	}
	for _, s := range g.Specs {
		switch s := s.(type) {
		case *ast.ValueSpec:
			for _, name := range s.Names {
				d.need(g.Tok.String(), "", name, s.Doc, s.Comment, shared)
			}
		case *ast.TypeSpec:
			d.need("type", "", s.Name, s.Doc, s.Comment, shared)
			if s.Name.IsExported() {
				d.members(s.Name.Name+".", s.Type)
			}
		}
	}
}

// members looks into a struct or interface, also where it stands inside
// another one.
func (d *docs) members(owner string, typ ast.Expr) {
	kind := "field"
	var list *ast.FieldList
	switch typ := typ.(type) {
	case *ast.StructType:
		list = typ.Fields
	case *ast.InterfaceType:
		kind, list = "method", typ.Methods
	default:
		return
	}
	if kind == "field" && strings.Contains(d.file.Path, "internal/") {
		return
	}
	for _, field := range list.List {
		for _, name := range field.Names {
			d.need(kind, owner, name, field.Doc, field.Comment)
			if name.IsExported() {
				d.members(owner+name.Name+".", field.Type)
			}
		}
	}
}

// receiver is the name of the type that a method belongs to; nil for a
// function.
func receiver(fn *ast.FuncDecl) *ast.Ident {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return nil
	}
	e := fn.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x
		default:
			return nil
		}
	}
}
