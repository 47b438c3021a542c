package lint

import (
	"fmt"
	"go/ast"
	"slices"
)

// The budgets, in lines.
const (
	maxFile         = 500
	maxMedianFile   = 150
	maxFunction     = 80
	maxTestFunction = 120
)

// size: a file has one idea and a function fits on a screen. Tests may be a
// little longer, since a scenario reads best in one piece; generated files are
// free.
func size(t Tree) []Finding {
	var out []Finding
	var code []File
	for _, f := range t.GoFiles() {
		if f.Lines() > maxFile {
			out = append(out, Finding{
				Path: f.Path, Line: f.Lines(),
				Text:   fmt.Sprintf("the file has %d lines, at most %d are allowed", f.Lines(), maxFile),
				Remedy: "split it: one idea a file",
			})
		}
		if !f.Test() {
			code = append(code, f)
		}
		out = append(out, longFunctions(f)...)
	}
	return append(out, longMedian(code)...)
}

// longFunctions finds the functions over budget. The comment before a function
// does not count.
func longFunctions(f File) []Finding {
	limit := maxFunction
	if f.Test() {
		limit = maxTestFunction
	}
	var out []Finding
	for _, d := range f.AST.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		lines := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
		if lines > limit {
			out = append(out, f.find(fn.Pos(),
				fmt.Sprintf("function %s has %d lines, at most %d are allowed", fn.Name.Name, lines, limit),
				"name its parts and make them functions"))
		}
	}
	return out
}

// longMedian finds that half of the files are too long; it names the file in
// the middle.
func longMedian(code []File) []Finding {
	if len(code) == 0 {
		return nil
	}
	slices.SortStableFunc(code, func(a, b File) int { return a.Lines() - b.Lines() })
	mid := code[(len(code)-1)/2]
	if mid.Lines() <= maxMedianFile {
		return nil
	}
	return []Finding{{
		Path: mid.Path, Line: mid.Lines(),
		Text: fmt.Sprintf("the median of %d files is %d lines, at most %d are allowed",
			len(code), mid.Lines(), maxMedianFile),
		Remedy: "split the long files: one idea a file",
	}}
}
