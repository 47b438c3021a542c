package lint

import (
	"fmt"
	"slices"
	"strings"
)

// rooms holds the table of [Rooms] against the imports of every Go file,
// generated ones included. A test file may import any third-party module and
// every public room besides what its room may import.
func rooms(t Tree) []Finding {
	var out []Finding
	for _, f := range t.Files {
		if f.AST == nil {
			continue
		}
		room, known := roomOf(f.Dir())
		if !known {
			out = append(out, f.find(f.AST.Package,
				fmt.Sprintf("the folder %s is not in the import table", f.Dir()),
				"add a row to internal/lint/table.go that says what it owns and may import, or move the file"))
			continue
		}
		for _, imp := range f.AST.Imports {
			if why := refused(room, f, importOf(imp)); why != "" {
				out = append(out, f.find(imp.Pos(), why,
					"move the code to the room that owns it, or change the table in internal/lint/table.go and say why"))
			}
		}
	}
	return out
}

// refused says why the file, in its room, may not import p; "" if it may.
func refused(room Room, f File, p string) string {
	dir, ours := ownFolder(p)
	switch {
	case ours:
		if mayImport(room, f, dir) {
			return ""
		}
		return fmt.Sprintf("room %s may not import %s", room.Path, dir)
	case p == "testing" || strings.HasPrefix(p, "testing/"):
		if f.Test() {
			return ""
		}
		return fmt.Sprintf("only tests may import %s", p)
	case !strings.Contains(strings.SplitN(p, "/", 2)[0], "."):
		return "" // the standard library
	case f.Test() || slices.ContainsFunc(room.Third, func(m string) bool {
		return m == anything || p == m || strings.HasPrefix(p, m+"/")
	}):
		return ""
	default:
		return fmt.Sprintf("room %s may not import %s", room.Path, p)
	}
}

// ownFolder is the folder of an import path of this project.
func ownFolder(p string) (dir string, ours bool) {
	if p == module {
		return ".", true
	}
	return strings.CutPrefix(p, module+"/")
}

// mayImport reports whether a file of the room may import our folder dir.
func mayImport(room Room, f File, dir string) bool {
	to, known := roomOf(dir)
	return known && (room.imports(to) || f.Test() && to.Public())
}
