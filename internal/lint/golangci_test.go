package lint

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the import table into .golangci.yml")

// TestGolangci asserts that the rows of depguard in .golangci.yml are those of
// the import table.
func TestGolangci(t *testing.T) {
	t.Parallel()
	file := filepath.Join(root, ".golangci.yml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "        # begin: import table\n", "        # end: import table\n"
	head, rest, ok := strings.Cut(string(text), begin)
	got, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s: the lines %q and %q are missing", file, begin, end)
	}
	if got == Depguard() {
		return
	}
	if !*update {
		t.Fatalf("%s differs from the import table; run: go test ./internal/lint -run Golangci -update", file)
	}
	if err := os.WriteFile(file, []byte(head+begin+Depguard()+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}
