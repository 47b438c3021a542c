package lint

import "strings"

// packageNames: a package is named for what it owns.
func packageNames(t Tree) []Finding {
	var out []Finding
	for _, f := range t.Files {
		if f.AST == nil {
			continue
		}
		switch name := strings.TrimSuffix(f.AST.Name.Name, "_test"); name {
		case "util", "utils", "common", "types", "helper", "helpers", "misc", "shared":
			out = append(out, f.find(f.AST.Name.Pos(), "the package name "+name+" says nothing",
				"name the package for what it owns, or put the code where it is used"))
		}
	}
	return out
}
