package lint

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestFootprint holds that a program which imports the library does not get what
// only tests and command lines need. The figures are those of make footprint.
func TestFootprint(t *testing.T) {
	t.Parallel()
	io := []string{"net", awsCore, elasticache, smithy, goRedis, redcon, fsm, backoff} // what plain data has no use for
	for _, c := range []struct {
		pkg  string
		has  string // proof that the list is the real one
		more []string
	}{
		{"preflight", "fmt", io},
		{"progress", "log/slog", io},
		{"migration", "github.com/redis/go-redis/v9", []string{module + "/simulator", module + "/migrationtest", redcon}},
		{"simulator", "net/http", []string{module + "/migration", module + "/internal"}},
		{"migrationtest", module + "/simulator", nil},
	} {
		t.Run(c.pkg, func(t *testing.T) {
			t.Parallel()
			deps := dependencies(t, c.pkg)
			if !slices.Contains(deps, c.has) {
				t.Fatalf("%s is not among the %d dependencies: this is not the list of %s", c.has, len(deps), c.pkg)
			}
			for _, found := range unwanted(deps, c.more) {
				t.Errorf("%s depends on %s", c.pkg, found)
			}
		})
	}
}

// dependencies are the import paths that a package of ours is built from.
func dependencies(t *testing.T, pkg string) []string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "./"+pkg)
	list.Dir = root
	var stderr strings.Builder
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", list, err, &stderr)
	}
	return strings.Fields(string(out))
}

// unwanted finds what no program should get by importing the library, and what
// is under one of the prefixes.
func unwanted(deps, prefixes []string) []string {
	var out []string
	for _, dep := range deps {
		for what, banned := range map[string][]string{
			"a test framework": {"testing", "net/http/httptest", "github.com/stretchr", "github.com/onsi", "gotest.tools", "github.com/golang/mock", "go.uber.org/mock"},
			"a command line or user interface": {
				"flag", "github.com/spf13", "github.com/urfave", "github.com/alecthomas", "github.com/vbauerster", "github.com/charmbracelet",
				"github.com/mattn", "github.com/fatih", "github.com/schollz", "github.com/cheggaaa",
			},
			"the EC2 SDK":                {ec2},
			"not meant for this package": prefixes,
		} {
			if slices.ContainsFunc(banned, func(b string) bool {
				return dep == b || strings.HasPrefix(dep, b+"/") && dep != "net/netip" // which only calculates
			}) {
				out = append(out, fmt.Sprintf("%s: %s", dep, what))
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestUnwanted asserts that the check finds what it is there for.
func TestUnwanted(t *testing.T) {
	t.Parallel()
	deps := []string{"fmt", "testing", "testing/synctest", "github.com/stretchr/testify/assert", "github.com/spf13/cobra", ec2 + "/types", "net/http", "net/http/httptest"}
	if got := unwanted(deps, nil); len(got) != 6 {
		t.Errorf("found %q, want all but fmt and net/http", got)
	}
	if got := unwanted([]string{"net/http", "netip", "net/netip"}, []string{"net"}); len(got) != 1 {
		t.Errorf("found %q, want net/http alone", got)
	}
}
