package lint

import "strings"

// portable are the characters that every file system and the Go module proxy
// take; with others in a name nobody could fetch the module.
const portable = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/"

// fileNames refuses names such as those that a slip in a shell leaves behind.
func fileNames(t Tree) []Finding {
	var out []Finding
	for _, f := range t.Files {
		if strings.Trim(f.Path, portable) != "" {
			out = append(out, Finding{Path: f.Path, Line: 1, Text: "the name has characters that a module may not have",
				Remedy: "remove the file if it is there by mistake, or give it a name of letters, digits, dots, hyphens and underscores"})
		}
	}
	return out
}
