package vpc_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/preflight/vpc"
)

// guide is what docs/preflight.md says has to be allowed.
type guide struct{ group, network, analyzer []string }

var jsonBlock = regexp.MustCompile("(?s)```json\n(.*?)```")

// permissions reads the lists of the guide.
func permissions(t testing.TB) guide {
	t.Helper()
	text := readDocument(t, "docs/preflight.md")
	_, text, _ = strings.Cut(text, "\n## Permissions\n")
	text, _, _ = strings.Cut(text, "\n## ")
	var lists [][]string
	for _, block := range jsonBlock.FindAllStringSubmatch(text, -1) {
		var list []string
		if err := json.Unmarshal([]byte(block[1]), &list); err != nil {
			t.Fatalf("%v in %s", err, block[1])
		}
		lists = append(lists, list)
	}
	if len(lists) != 3 {
		t.Fatalf("the guide has %d lists of actions, want those for the group, for the network and for the analyzer", len(lists))
	}
	return guide{lists[0], lists[1], lists[2]}
}

func readDocument(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPermissionsOfTheGuide: its lists are those of this package, and whoever
// does not ask for the analyzer needs nothing that could change anything.
func TestPermissionsOfTheGuide(t *testing.T) {
	t.Parallel()
	guide := permissions(t)
	equal(t, guide.network, vpc.Actions())
	var ours []string
	for _, action := range guide.analyzer {
		if strings.HasPrefix(action, "ec2:") {
			ours = append(ours, action)
		}
	}
	equal(t, ours, vpc.AnalyzerActions())
	reads := regexp.MustCompile(`^(ec2|elasticache):(Describe|Get|Search)[A-Za-z]+$`)
	for _, action := range slices.Concat(guide.group, guide.network) {
		if !reads.MatchString(action) {
			t.Errorf("%s is not an action that only reads", action)
		}
	}
}

// TestPolicyOfTheReadme: the statement that it says suffices for the report
// allows what the report asks for. EC2 is all of it or left out.
func TestPolicyOfTheReadme(t *testing.T) {
	t.Parallel()
	var policy struct {
		Statement []struct {
			Effect string
			Action []string
		}
	}
	block := jsonBlock.FindStringSubmatch(readDocument(t, "README.md"))
	if block == nil {
		t.Fatal("README.md has no policy")
	}
	if err := json.Unmarshal([]byte(block[1]), &policy); err != nil {
		t.Fatal(err)
	}
	if len(policy.Statement) == 0 || policy.Statement[0].Effect != "Allow" {
		t.Fatalf("the policy is %+v, want a statement that allows", policy)
	}
	allowed := policy.Statement[0].Action
	guide := permissions(t)
	wanted := guide.group
	if slices.ContainsFunc(allowed, func(a string) bool { return strings.HasPrefix(a, "ec2:") }) {
		wanted = slices.Concat(wanted, guide.network)
	}
	for _, action := range wanted {
		if !slices.Contains(allowed, action) {
			t.Errorf("the first statement of the policy does not allow %s", action)
		}
	}
}
