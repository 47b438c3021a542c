package migration

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The guide and the code tell the same: every step of the timeline in
// docs/cutover.md names the function that does it, and that one names the step.
func TestEveryStepOfTheGuideIsInTheCode(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/cutover.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(b)
	}
	rows := regexp.MustCompile("(?m)^\\| (\\d+) \\| [^|]* \\| `([a-zA-Z.]+)` \\|").FindAllStringSubmatch(string(guide), -1)
	if len(rows) != 10 {
		t.Fatalf("%d steps in the timeline, want 10", len(rows))
	}
	for i, row := range rows {
		name := row[2][strings.LastIndex(row[2], ".")+1:]
		want := fmt.Sprintf(`// Step %s of docs/cutover\.md\.\nfunc (\([a-z]+ \*\w+\) )?%s\(`, row[1], name)
		if row[1] != fmt.Sprint(i+1) || !regexp.MustCompile(want).MatchString(code.String()) {
			t.Errorf("step %s: no function %s says that it is that", row[1], name)
		}
	}
}
