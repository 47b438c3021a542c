package cachelift_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)\n```")

// Every program in the README and in docs is part of a test file of this
// folder, word for word, so that it compiles and, in most cases, runs.
func TestDocumentedProgramsCompile(t *testing.T) {
	t.Parallel()
	var code strings.Builder
	tests, _ := filepath.Glob("*_test.go") // the pattern is good
	for _, file := range tests {
		code.WriteString(read(t, file))
	}
	guides, _ := filepath.Glob("docs/*.md")
	blocks := 0
	for _, file := range append(guides, "README.md") {
		for _, block := range goBlock.FindAllStringSubmatch(read(t, file), -1) {
			blocks++
			if !strings.Contains(code.String(), block[1]) {
				t.Errorf("%s: no test file has the program\n%s", file, block[1])
			}
		}
	}
	if blocks < 2 {
		t.Errorf("%d programs found: the test looks for the wrong thing", blocks)
	}
}
