package vpc_test

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
)

// TestClientThatExits: a call that ends its goroutine, as a test's FailNow does,
// leaves what a call that is denied does, and keeps nobody waiting. A lock-up would
// fail the test: nothing else runs in its bubble.
func TestClientThatExits(t *testing.T) {
	t.Parallel()
	const reason = "the call ended its goroutine"
	for _, op := range append(actions(), "*") {
		synctest.Test(t, func(t *testing.T) {
			refusing, exiting := world(), world()
			refusing.fail = map[string]error{}
			for _, action := range actions() {
				if op == action || op == "*" {
					refusing.fail[action] = denied(action)
				}
			}
			exiting.exits = op
			want, err := vpc.New(refusing, nil).Gather(t.Context(), known())
			if err != nil {
				t.Fatal(err)
			}
			got, err := vpc.New(exiting, nil).Gather(t.Context(), known())
			if err != nil {
				t.Fatal(err)
			}
			if string(asJSON(t, got.Network)) != string(asJSON(t, want.Network)) {
				t.Errorf("%s: got %s, want %s", op, asJSON(t, got.Network), asJSON(t, want.Network))
			}
			if !slices.Equal(subjects(got.Gaps), subjects(want.Gaps)) || !strings.Contains(string(asJSON(t, got.Gaps)), reason) {
				t.Errorf("%s: gaps %v, want those of %v", op, got.Gaps, want.Gaps)
			}
			for list, is := range lists(got.Network) {
				if !is && (preflight.Facts{Gaps: got.Gaps}).Reason("network."+list) == "" {
					t.Errorf("%s: %s is absent without a reason", op, list)
				}
			}
		})
	}
}

// actions are the operations by which Gather reads.
func actions() []string {
	out := vpc.Actions()
	for i := range out {
		out[i] = strings.TrimPrefix(out[i], "ec2:")
	}
	return out
}

func subjects(gaps []preflight.Gap) []string {
	var out []string
	for _, g := range gaps {
		out = append(out, g.Subject)
	}
	slices.Sort(out)
	return out
}

// TestAnalyzerThatExits: wherever it does, a reason is there and the rest is read.
func TestAnalyzerThatExits(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why  string
		fake func(*fake)
		opts vpc.Options
		gap  string
	}{
		{"where the source is", func(f *fake) { f.exits = "DescribeNetworkInterfaces" }, vpc.Options{Analyzer: exits{}, LookupHost: primaryAddress}, "network.analyses"},
		{"the name of the primary", func(*fake) {}, vpc.Options{Analyzer: exits{}, LookupHost: func(context.Context, string) ([]string, error) {
			runtime.Goexit()
			return nil, nil
		}}, "network.analyses"},
		{"the first call", func(*fake) {}, vpc.Options{Analyzer: exits{}, LookupHost: primaryAddress}, "network.analyses"},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := sameVPC()
			f.interfaces = append(f.interfaces, eni("eni-target", "vpc-1", "subnet-a", "10.0.1.99", "sg-target"))
			row.fake(f)
			facts := known()
			facts.Target.Members = []preflight.Member{{ID: "prod-001", Role: "primary", Endpoint: "prod-001.cache:6379"}}
			got, err := vpc.New(f, &row.opts).Gather(t.Context(), facts)
			if err != nil || got.Network.Subnets == nil {
				t.Errorf("%s: %+v, %v", row.why, got, err)
			}
			if r := (preflight.Facts{Gaps: got.Gaps}).Reason(row.gap); r == "" {
				t.Errorf("%s: no gap %s in %v", row.why, row.gap, got.Gaps)
			}
		})
	}
}

func primaryAddress(context.Context, string) ([]string, error) { return []string{"10.0.1.99"}, nil }

// exits is an analyzer whose first call ends its goroutine.
type exits struct{ vpc.AnalyzerAPI }

func (exits) CreateNetworkInsightsPath(context.Context, *ec2.CreateNetworkInsightsPathInput, ...func(*ec2.Options)) (*ec2.CreateNetworkInsightsPathOutput, error) {
	runtime.Goexit()
	return nil, nil
}
