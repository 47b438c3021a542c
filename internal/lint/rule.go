package lint

import (
	"cmp"
	"fmt"
	"slices"
)

// Rule is one rule of the house.
type Rule struct {
	// Name is how findings refer to the rule.
	Name string
	// Check returns a finding for each place that breaks the rule. It must not
	// change the tree.
	Check func(Tree) []Finding
}

// Finding is one place that breaks a rule.
type Finding struct {
	// Path is the file, relative to the root of the tree.
	Path string
	// Line is the line in it, from 1.
	Line int
	// Rule is the name of the rule; [Run] fills it in.
	Rule string
	// Text says what is wrong.
	Text string
	// Remedy says what to do.
	Remedy string
}

// String is the finding in one line that an editor can jump to.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s; %s", f.Path, f.Line, f.Rule, f.Text, f.Remedy)
}

// Rules returns every rule.
func Rules() []Rule {
	return []Rule{
		{Name: "parses", Check: parses},
		{Name: "rooms", Check: rooms},
		{Name: "size", Check: size},
		{Name: "documented", Check: documented},
		{Name: "package-name", Check: packageNames},
		{Name: "file-name", Check: fileNames},
		{Name: "no-init", Check: noInit},
		{Name: "no-sleep", Check: noSleep},
		{Name: "no-bool", Check: noBool},
		{Name: "no-stored-context", Check: noStoredContext},
		{Name: "no-globals", Check: noGlobals},
		{Name: "quiet", Check: quiet},
		{Name: "self-contained", Check: selfContained},
	}
}

// Run holds the rules against the tree and returns what it found, ordered by
// place.
func Run(t Tree, rules []Rule) []Finding {
	var all []Finding
	for _, r := range rules {
		for _, f := range r.Check(t) {
			f.Rule = r.Name
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	return all
}
