package node_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/simulator"
)

// TestPermissions: the rules are enough, and none of them is too much.
func TestPermissions(t *testing.T) {
	t.Parallel()
	servers := []*simulator.Redis{
		startRedis(t, "--cluster-enabled", "yes", "--rename-command", "SET", "", "--rename-command", "GET", "G"),
		startRedis(t, "--rename-command", "CONFIG", ""),
		startRedis(t),
	}
	rules := strings.Fields(node.FactsRules)
	all := gathered(t, servers, rules)
	if want := "[config]"; strings.Count(all, "gaps []") != 5 || strings.Count(all, "gaps "+want) != 1 || strings.Contains(all, "NOPERM") {
		t.Fatalf("with all rules: %s", all)
	}
	for i, rule := range rules {
		if got := gathered(t, servers, slices.Delete(slices.Clone(rules), i, i+1)); got == all {
			t.Errorf("nothing is missed without %s", rule)
		}
	}
}

// gathered is what a user with these rules learns of servers.
func gathered(t *testing.T, servers []*simulator.Redis, rules []string) string {
	t.Helper()
	var out strings.Builder
	for _, server := range servers {
		n := asUser(t, server.Addr(), rules)
		f, gaps, err := n.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "source: gaps %v, databases %d, commands %+v, denied %v, users %v\n", subjects(gaps), f.Databases, f.Commands, f.DefaultUserDenied, f.Users)
		_, gaps, err = n.TargetFacts(t.Context())
		fmt.Fprintf(&out, "target: gaps %v, %v\n", subjects(gaps), err)
		_, err = n.Load(t.Context(), 0)
		fmt.Fprintf(&out, "load: %v\n", err)
		role, err := n.Role(t.Context())
		fmt.Fprintf(&out, "role: %s, %v\n", role.Name, err)
		fence, err := n.FenceFacts(t.Context())
		fmt.Fprintf(&out, "fence: %+v, %v\n", fence, err)
		feeding, err := node.NewMonitor(n).Look(t.Context())
		fmt.Fprintf(&out, "buffers: %t, %v\n", feeding.Clients != nil, err)
	}
	return out.String()
}

// asUser is a node as a user who has these rules and no others.
func asUser(t *testing.T, addr string, rules []string) *node.Node {
	t.Helper()
	args := []any{"ACL", "SETUSER", "lift", "reset", "on", ">sesame"}
	for _, r := range rules {
		args = append(args, r)
	}
	if err := application(t, addr).Do(t.Context(), args...).Err(); err != nil {
		t.Fatal(err)
	}
	return open(t, node.Config{Address: addr, Username: "lift", Password: password("sesame"), Timeout: 5 * time.Second})
}

// TestFencePermissionsAreEnough: and none of them is too much.
func TestFencePermissionsAreEnough(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	admin := open(t, node.Config{Address: server.Addr()})
	use := func(rules []string) (preflight.FenceRung, error) {
		n := asUser(t, server.Addr(), append(strings.Fields(node.FactsRules), rules...))
		rung, err := n.CloseFence(t.Context(), node.FenceOrder{Budget: time.Minute})
		if err == nil {
			err = errors.Join(n.ReleaseParked(t.Context()), openFence(t.Context(), n))
		}
		if cleanup := openFence(t.Context(), admin); cleanup != nil {
			t.Fatal(cleanup)
		}
		return rung, err
	}
	for want, rules := range map[preflight.FenceRung]string{preflight.FencePause: node.FenceRules, preflight.FenceACL: node.FenceRulesACL} {
		all := strings.Fields(rules)
		if rung, err := use(all); err != nil || rung != want {
			t.Fatalf("with %s it is %s, %v", rules, rung, err)
		}
		for i, rule := range all {
			if rung, err := use(slices.Delete(slices.Clone(all), i, i+1)); err == nil && rung == want {
				t.Errorf("it works without %s", rule)
			}
		}
	}
}

// The guide has the rules as they are tried here.
func TestRulesOfTheGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/preflight.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, rules := range []string{node.FactsRules, node.FactsRulesBefore7, node.FenceRules, node.FenceRulesACL, node.EndingRules} {
		if !strings.Contains(string(guide), rules+"\n") && !strings.Contains(string(guide), rules+"`") {
			t.Errorf("docs/preflight.md does not have %q", rules)
		}
	}
}
