package lint

import (
	"errors"
	"go/scanner"
)

// parses: every Go file must be Go. The other rules look at what could be
// parsed of a broken one.
func parses(t Tree) []Finding {
	var out []Finding
	for _, f := range t.Files {
		if f.Err == nil {
			continue
		}
		found := Finding{Path: f.Path, Line: 1, Text: f.Err.Error(), Remedy: "repair the syntax"}
		if list := scanner.ErrorList(nil); errors.As(f.Err, &list) && len(list) > 0 {
			found.Line, found.Text = list[0].Pos.Line, list[0].Msg
		}
		out = append(out, found)
	}
	return out
}
