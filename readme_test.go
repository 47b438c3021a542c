package cachelift_test

import (
	"os"
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

// The README's program is the one that the Example compiles and runs.
func TestReadmeProgram(t *testing.T) {
	t.Parallel()
	_, rest, ok1 := strings.Cut(read(t, "example_test.go"), "// README begin\n")
	code, _, ok2 := strings.Cut(rest, "// README end\n")
	if !ok1 || !ok2 {
		t.Fatal("example_test.go has no README markers")
	}
	if !strings.Contains(read(t, "README.md"), "```go\n"+strings.TrimSpace(code)+"\n```") {
		t.Error("the first program of README.md is not that of example_test.go")
	}
}
