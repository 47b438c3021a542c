package lint

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// module is the path of the main module. The import paths of the nested
// modules begin with it too.
const module = "github.com/cachelift/cachelift"

// Tree is the project's files.
type Tree struct {
	// Files has every text file, ordered by path.
	Files []File
}

// File is one text file; if it is Go source of a package, a parsed one.
type File struct {
	// Path is the slash-separated path from the root of the tree.
	Path string
	// Text is the content.
	Text string
	// AST is the syntax tree; nil if the file is not Go source of a package.
	// It is partial if Err is set.
	AST *ast.File
	// Err is the syntax error of a Go file.
	Err error

	fset *token.FileSet
}

// Load reads and parses all text files below the root of fsys but those that
// belong to git. Go files in testdata are text, as they are to the go command.
func Load(fsys fs.FS) (Tree, error) {
	var t Tree
	fset := token.NewFileSet()
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		src, err := fs.ReadFile(fsys, p)
		if err != nil || bytes.IndexByte(src, 0) >= 0 {
			return err // a file with a zero byte is not text
		}
		f := File{Path: p, Text: string(src), fset: fset}
		if strings.HasSuffix(p, ".go") && !strings.Contains("/"+p, "/testdata/") {
			f.AST, f.Err = parser.ParseFile(fset, p, src, parser.ParseComments|parser.SkipObjectResolution)
		}
		t.Files = append(t.Files, f)
		return nil
	})
	return t, err
}

// GoFiles returns the Go sources of packages, tests included, generated files
// not.
func (t Tree) GoFiles() []File {
	var out []File
	for _, f := range t.Files {
		if f.AST != nil && !ast.IsGenerated(f.AST) {
			out = append(out, f)
		}
	}
	return out
}

// Dir is the folder of the file, "." for the root.
func (f File) Dir() string { return path.Dir(f.Path) }

// Test reports whether the file is compiled into tests alone.
func (f File) Test() bool { return strings.HasSuffix(f.Path, "_test.go") }

// Example reports whether the file belongs to the examples: programs to read
// and copy, not a library.
func (f File) Example() bool { return strings.HasPrefix(f.Path, "examples/") }

// Public reports whether other programs can import the file's package.
func (f File) Public() bool {
	return !f.Test() && !f.Example() && f.AST.Name.Name != "main" &&
		!strings.Contains("/"+f.Path, "/internal/")
}

// Lines is the number of lines of the file.
func (f File) Lines() int { return strings.Count(f.Text, "\n") }

// find makes a finding at a position of the file.
func (f File) find(pos token.Pos, text, remedy string) Finding {
	return Finding{Path: f.Path, Line: f.fset.Position(pos).Line, Text: text, Remedy: remedy}
}

// selector reports whether e is the name of the package with the given import
// path, and which one, e.g. "Sleep" for time.Sleep. It looks at the file's
// imports, so that an alias does not hide a use.
func (f File) selector(e ast.Node, importPath string) (name string, ok bool) {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	x, ok := sel.X.(*ast.Ident)
	if !ok {
		return "", false
	}
	for _, imp := range f.AST.Imports {
		local := path.Base(importOf(imp))
		if imp.Name != nil {
			local = imp.Name.Name
		}
		if local == x.Name && importOf(imp) == importPath {
			return sel.Sel.Name, true
		}
	}
	return "", false
}

// importOf is the import path of a spec.
func importOf(s *ast.ImportSpec) string { return strings.Trim(s.Path.Value, "`\"") }
