package migrationtest_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The kit is a library: whoever imports it does not get flags of the testing
// package.
func TestKitDoesNotImportTesting(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	for _, bad := range []string{"testing", "flag", "github.com/aws/aws-sdk-go-v2/service/ec2"} {
		if slices.Contains(deps, bad) {
			t.Errorf("the kit imports %s", bad)
		}
	}
	if !slices.Contains(deps, "github.com/cachelift/cachelift/simulator") {
		t.Errorf("go list does not see what is imported: %d packages", len(deps))
	}
}
