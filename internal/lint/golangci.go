package lint

import (
	"fmt"
	"strings"
)

// without leaves out the rooms inside of a deep one that have a row of their own.
func without(r Room, base string) string {
	out := ""
	for _, other := range Rooms() {
		if other.Path != r.Path && strings.HasPrefix(other.Path, base+"/") && strings.HasSuffix(r.Path, "/...") {
			out += fmt.Sprintf(" \"!**/%s/**\",", other.Path)
		}
	}
	return out
}

// Depguard renders the import table as rules of the linter depguard, for
// .golangci.yml, so that an editor shows a wrong import while it is typed. The
// root has no row there: its pattern would match every folder.
func Depguard() string {
	var b strings.Builder
	for _, r := range Rooms() {
		if r.Path == "." || len(r.Third) == 1 && r.Third[0] == anything {
			continue
		}
		base, deep := strings.CutSuffix(r.Path, "/...")
		files := "*.go" // this package, not those below it
		if deep {
			files = "**"
		}
		fmt.Fprintf(&b, "        # %s: %s\n", r.Path, r.Owns)
		fmt.Fprintf(&b, "        %s:\n", strings.ReplaceAll(base, "/", "-"))
		fmt.Fprintf(&b, "          list-mode: strict\n")
		fmt.Fprintf(&b, "          files: [\"**/%s/%s\", \"!**/examples/**\",%s \"!$test\"]\n", base, files, without(r, base))
		fmt.Fprintf(&b, "          allow:\n            - $gostd\n")
		if deep {
			fmt.Fprintf(&b, "            - %s/%s\n", module, base)
		}
		for _, to := range r.Ours {
			to, deep := strings.CutSuffix(to, "/...")
			if !deep {
				to += "$"
			}
			fmt.Fprintf(&b, "            - %s/%s\n", module, to)
		}
		for _, m := range r.Third {
			fmt.Fprintf(&b, "            - %s\n", m)
		}
		fmt.Fprintf(&b, "          deny:\n            - {pkg: testing, desc: only tests may import testing}\n")
	}
	return b.String()
}
