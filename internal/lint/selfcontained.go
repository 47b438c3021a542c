package lint

import (
	"fmt"
	"regexp"
	"strings"
)

// outside matches what a reader of the project cannot see: the place where it
// was made, and a tracker by number. (The pattern does not match itself.)
var outside = regexp.MustCompile(
	`(?i)\bissues? #?[0-9]+|\bissues? #|\bdesign[.]md\b|\bshared/reference/` +
		`|(^|[^\w.~:/-])/(work|tmp|home|root)/\S`)

// selfContained: the project speaks of itself alone. It looks at every text
// file.
func selfContained(t Tree) []Finding {
	var out []Finding
	for _, f := range t.Files {
		if !outside.MatchString(f.Text) {
			continue
		}
		for i, line := range strings.Split(f.Text, "\n") {
			if m := outside.FindString(line); m != "" {
				out = append(out, Finding{
					Path: f.Path, Line: i + 1,
					Text:   fmt.Sprintf("%q means nothing to a reader elsewhere", strings.TrimSpace(m)),
					Remedy: "say the matter itself; make paths relative or temporary",
				})
			}
		}
	}
	return out
}
