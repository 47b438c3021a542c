package vpc_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
)

// analyzer is a Reachability Analyzer that needs some looks for its answer.
type analyzer struct {
	running int // looks before the answer; -1 for ever
	answer  types.NetworkInsightsAnalysis
	fail    map[string]error
	slow    map[string]time.Duration

	mu    sync.Mutex
	calls []string
	left  []string // what is there
	asked ec2.CreateNetworkInsightsPathInput
}

func (a *analyzer) enter(ctx context.Context, op string) error {
	a.mu.Lock()
	a.calls = append(a.calls, op)
	a.mu.Unlock()
	timer := time.NewTimer(a.slow[op])
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return a.fail[op]
}

// change is enter, with what it does to what is there.
func (a *analyzer) change(ctx context.Context, op, id string) error {
	if err := a.enter(ctx, op); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if strings.HasPrefix(op, "Delete") {
		if i := slices.Index(a.left, id); i != len(a.left)-1 {
			return fmt.Errorf("%s is not the last of %q", id, a.left)
		}
		a.left = a.left[:len(a.left)-1]
		return nil
	}
	a.left = append(a.left, id)
	return nil
}

func (a *analyzer) CreateNetworkInsightsPath(ctx context.Context, in *ec2.CreateNetworkInsightsPathInput, _ ...func(*ec2.Options)) (*ec2.CreateNetworkInsightsPathOutput, error) {
	a.asked = *in
	err := a.change(ctx, "CreatePath", "nip-1")
	return &ec2.CreateNetworkInsightsPathOutput{NetworkInsightsPath: &types.NetworkInsightsPath{NetworkInsightsPathId: aws.String("nip-1")}}, err
}

func (a *analyzer) StartNetworkInsightsAnalysis(ctx context.Context, in *ec2.StartNetworkInsightsAnalysisInput, _ ...func(*ec2.Options)) (*ec2.StartNetworkInsightsAnalysisOutput, error) {
	if *in.NetworkInsightsPathId != "nip-1" || *in.ClientToken == "" {
		return nil, errors.New("another path, or no token")
	}
	err := a.change(ctx, "Start", "nia-1")
	return &ec2.StartNetworkInsightsAnalysisOutput{NetworkInsightsAnalysis: &types.NetworkInsightsAnalysis{NetworkInsightsAnalysisId: aws.String("nia-1")}}, err
}

func (a *analyzer) DescribeNetworkInsightsAnalyses(ctx context.Context, in *ec2.DescribeNetworkInsightsAnalysesInput, _ ...func(*ec2.Options)) (*ec2.DescribeNetworkInsightsAnalysesOutput, error) {
	if err := a.enter(ctx, "Describe"); err != nil {
		return nil, err
	}
	out := types.NetworkInsightsAnalysis{Status: types.AnalysisStatusRunning}
	if a.running == 0 && in.NetworkInsightsAnalysisIds[0] == "nia-1" {
		out = a.answer
	}
	a.running--
	return &ec2.DescribeNetworkInsightsAnalysesOutput{NetworkInsightsAnalyses: []types.NetworkInsightsAnalysis{out}}, nil
}

func (a *analyzer) DeleteNetworkInsightsAnalysis(ctx context.Context, in *ec2.DeleteNetworkInsightsAnalysisInput, _ ...func(*ec2.Options)) (*ec2.DeleteNetworkInsightsAnalysisOutput, error) {
	return &ec2.DeleteNetworkInsightsAnalysisOutput{}, a.change(ctx, "DeleteAnalysis", *in.NetworkInsightsAnalysisId)
}

func (a *analyzer) DeleteNetworkInsightsPath(ctx context.Context, in *ec2.DeleteNetworkInsightsPathInput, _ ...func(*ec2.Options)) (*ec2.DeleteNetworkInsightsPathOutput, error) {
	return &ec2.DeleteNetworkInsightsPathOutput{}, a.change(ctx, "DeletePath", *in.NetworkInsightsPathId)
}

// analyzing are the options with which prod-001, the primary, is at 10.0.1.7.
func analyzing(a *analyzer) *vpc.Options {
	return &vpc.Options{Analyzer: a, LookupHost: func(_ context.Context, host string) ([]string, error) {
		if host != "prod-001.example" {
			return nil, fmt.Errorf("no such host: %s", host)
		}
		return []string{"10.0.1.7", "fd00::7"}, nil
	}}
}

func found(path bool, explanations ...types.Explanation) types.NetworkInsightsAnalysis {
	return types.NetworkInsightsAnalysis{Status: types.AnalysisStatusSucceeded, NetworkPathFound: &path, Explanations: explanations}
}

// analysis is what a run of the analyzer comes to.
type analysis struct {
	name   string
	is     *analyzer
	cancel time.Duration // 0: never
	want   preflight.Analysis
	calls  string
	gap    string // contained in the gap's reason
	left   int
	took   time.Duration
}

func analyses() []analysis {
	component := func(id string) *types.AnalysisComponent { return &types.AnalysisComponent{Id: &id} }
	refused := &smithy.GenericAPIError{Code: "UnauthorizedOperation", Message: "no"}
	const all = "CreatePath Start Describe Describe DeleteAnalysis DeletePath"
	base := preflight.Analysis{From: "eni-primary", To: "eni-source", ID: "nia-1"}
	result := func(change func(*preflight.Analysis)) preflight.Analysis {
		r := base
		change(&r)
		return r
	}
	return []analysis{
		{"a path", &analyzer{running: 1, answer: found(true)}, 0, result(func(r *preflight.Analysis) { r.Status, r.PathFound = "succeeded", true }), all, "", 0, 4 * time.Second},
		{"no path", &analyzer{running: 1, answer: found(
			false,
			types.Explanation{ExplanationCode: aws.String("ENI_SG_RULES_MISMATCH"), NetworkInterface: component("eni-source"), SecurityGroups: []types.AnalysisComponent{*component("sg-a"), *component("sg-b")}},
			types.Explanation{ExplanationCode: aws.String("NO_ROUTE_TO_DESTINATION"), RouteTable: component("rtb-main"), Vpc: &types.AnalysisComponent{Arn: aws.String("arn:vpc")}},
		)}, 0, result(func(r *preflight.Analysis) {
			r.Status = "succeeded"
			r.Explanations = []string{"ENI_SG_RULES_MISMATCH eni-source sg-a sg-b", "NO_ROUTE_TO_DESTINATION rtb-main arn:vpc"}
		}), all, "", 0, 4 * time.Second},
		{"failed is no answer", &analyzer{running: 1, answer: types.NetworkInsightsAnalysis{
			Status: types.AnalysisStatusFailed, StatusMessage: aws.String("internal"), NetworkPathFound: aws.Bool(true),
		}}, 0, result(func(r *preflight.Analysis) { r.Status, r.Err = "failed", "the analysis failed: internal" }), all, "", 0, 4 * time.Second},
		{"no answer in time", &analyzer{running: -1}, 0, result(func(r *preflight.Analysis) {
			r.Status, r.Err = "running", "no answer in time: context deadline exceeded"
		}), "CreatePath Start Describe Describe Describe Describe DeleteAnalysis DeletePath", "", 0, 9 * time.Second},
		{"cancelled while it runs", &analyzer{running: -1, slow: map[string]time.Duration{"DeletePath": time.Second}}, 5 * time.Second, result(func(r *preflight.Analysis) {
			r.Status, r.Err = "running", "no answer in time: context canceled"
		}), all, "", 0, 6 * time.Second},
		{"cancelled while it asks", &analyzer{running: -1, slow: map[string]time.Duration{"Describe": time.Second}}, 2500 * time.Millisecond, result(func(r *preflight.Analysis) {
			r.Status, r.Err = "running", "ec2:DescribeNetworkInsightsAnalyses: context canceled"
		}), "CreatePath Start Describe DeleteAnalysis DeletePath", "", 0, 2500 * time.Millisecond},
		{"cancelled while the path is made", &analyzer{slow: map[string]time.Duration{"CreatePath": time.Second}}, 500 * time.Millisecond, result(func(r *preflight.Analysis) {
			r.ID, r.Err = "", "ec2:StartNetworkInsightsAnalysis: no time was left to ask: context canceled"
		}), "CreatePath DeletePath", "", 0, time.Second},
		{"cancelled while it is begun", &analyzer{running: -1, slow: map[string]time.Duration{"Start": time.Second}}, 500 * time.Millisecond, result(func(r *preflight.Analysis) {
			r.Status, r.Err = "running", "no answer in time: context canceled"
		}), "CreatePath Start DeleteAnalysis DeletePath", "", 0, time.Second},
		{"no answer about the path", &analyzer{slow: map[string]time.Duration{"CreatePath": time.Hour}}, 500 * time.Millisecond, result(func(r *preflight.Analysis) {
			r.ID, r.Err = "", "ec2:CreateNetworkInsightsPath: context canceled"
		}), "CreatePath", "a path from eni-primary to eni-source may have been left at AWS; look for it: aws ec2 describe-network-insights-paths --filters Name=source,Values=eni-primary Name=destination,Values=eni-source, and delete it: aws ec2 delete-network-insights-path --network-insights-path-id <its id> (", 0, 2 * time.Second},
		{"the path is denied", &analyzer{fail: map[string]error{"CreatePath": refused}}, 0, result(func(r *preflight.Analysis) {
			r.ID, r.Err = "", "ec2:CreateNetworkInsightsPath: UnauthorizedOperation: no (allow the action ec2:CreateNetworkInsightsPath on resource *)"
		}), "CreatePath", "", 0, 0},
		{"the analysis breaks", &analyzer{fail: map[string]error{"Start": &smithy.GenericAPIError{Code: "InternalError"}}}, 0, result(func(r *preflight.Analysis) {
			r.ID, r.Err = "", "ec2:StartNetworkInsightsAnalysis: InternalError: "
		}), "CreatePath Start DeletePath", "an analysis of the path nip-1 may have been left at AWS; look for it: aws ec2 describe-network-insights-analyses --network-insights-path-id nip-1, and delete it: aws ec2 delete-network-insights-analysis", 0, 0},
		{"looking is denied", &analyzer{fail: map[string]error{"Describe": refused}}, 0, result(func(r *preflight.Analysis) {
			r.Status, r.Err = "running", "ec2:DescribeNetworkInsightsAnalyses: UnauthorizedOperation: no (allow the action ec2:DescribeNetworkInsightsAnalyses on resource *)"
		}), "CreatePath Start Describe DeleteAnalysis DeletePath", "", 0, 2 * time.Second},
		{"the analysis stays", &analyzer{answer: found(true), fail: map[string]error{"DeleteAnalysis": refused}}, 0, result(func(r *preflight.Analysis) { r.Status, r.PathFound = "succeeded", true }),
			"CreatePath Start Describe DeleteAnalysis", "delete them: aws ec2 delete-network-insights-analysis --network-insights-analysis-id nia-1, then aws ec2 delete-network-insights-path --network-insights-path-id nip-1 (ec2:DeleteNetworkInsightsAnalysis: Unauth", 2, 2 * time.Second},
		{"the path stays", &analyzer{answer: found(true), slow: map[string]time.Duration{"DeletePath": time.Hour}}, 0, result(func(r *preflight.Analysis) { r.Status, r.PathFound = "succeeded", true }),
			"CreatePath Start Describe DeleteAnalysis DeletePath", "delete it: aws ec2 delete-network-insights-path --network-insights-path-id nip-1 (ec2:DeleteNetworkInsightsPath: context deadline", 1, 4500 * time.Millisecond},
	}
}

func TestAnalyzer(t *testing.T) {
	t.Parallel()
	for _, test := range analyses() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.cancel > 0 {
					defer time.AfterFunc(test.cancel, cancel).Stop()
				}
				opts := analyzing(test.is)
				opts.AnalyzerWithin = 9 * time.Second
				began := time.Now()
				got, err := vpc.New(sameVPC(), opts).Gather(ctx, known())
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took != test.took {
					t.Errorf("it took %v, want %v", took, test.took)
				}
				equal(t, got.Network.Analyses, []preflight.Analysis{test.want})
				if calls := strings.Join(test.is.calls, " "); calls != test.calls {
					t.Errorf("calls are %s\nwant      %s", calls, test.calls)
				}
				if reason := (preflight.Facts{Gaps: got.Gaps}).Reason("network.analyses"); (reason == "") != (test.gap == "") || !strings.Contains(reason, test.gap) {
					t.Errorf("the gap is %q, want %q", reason, test.gap)
				}
				if len(test.is.left) != test.left {
					t.Errorf("%q were left", test.is.left)
				}
				in := test.is.asked
				if *in.Source != "eni-primary" || *in.Destination != "eni-source" || *in.DestinationPort != 6379 || in.Protocol != types.ProtocolTcp || *in.ClientToken == "" {
					t.Errorf("the path is %+v", in)
				}
			})
		})
	}
}

// TestNoAnalysis: what is missing for an analysis is said, and nothing is made.
func TestNoAnalysis(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*fake, *vpc.Options, *preflight.Facts)
		want   string
	}{
		{"a bad port", func(_ *fake, _ *vpc.Options, k *preflight.Facts) { k.SourceAddress.Port = 65536 }, "the source's port is 65536, want 1 to 65535"},
		{"no source", func(f *fake, _ *vpc.Options, _ *preflight.Facts) { f.interfaces = f.interfaces[1:] }, "0 interfaces are known to have the source's address"},
		{"no primary", func(_ *fake, _ *vpc.Options, k *preflight.Facts) { k.Target.Members, k.Target.Primary = nil, "" }, "the target's primary and its VPC are not known"},
		{"no name", func(_ *fake, _ *vpc.Options, k *preflight.Facts) { k.Target.Members = nil }, "look up prod.example: no such host: prod.example"},
		{"no interface", func(f *fake, _ *vpc.Options, _ *preflight.Facts) { f.interfaces = f.interfaces[:2] }, "0 interfaces in vpc-1 have the address 10.0.1.7 of prod-001.example"},
		{"interfaces are denied", func(f *fake, _ *vpc.Options, _ *preflight.Facts) {
			f.fail = map[string]error{"DescribeNetworkInterfaces": denied("DescribeNetworkInterfaces")}
		}, "allow the action ec2:DescribeNetworkInterfaces"},
		{"IPv6 alone", func(_ *fake, o *vpc.Options, _ *preflight.Facts) {
			o.LookupHost = func(context.Context, string) ([]string, error) { return []string{"fd00::7"}, nil }
		}, "prod-001.example has no IPv4 address"},
		{"the resolver panics", func(_ *fake, o *vpc.Options, _ *preflight.Facts) {
			o.LookupHost = func(context.Context, string) ([]string, error) { panic("a bug") }
		}, "look up prod-001.example: panicked: a bug"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := &analyzer{}
			f, opts, facts := sameVPC(), analyzing(a), known()
			test.change(f, opts, &facts)
			got, err := vpc.New(f, opts).Gather(t.Context(), facts)
			if err != nil {
				t.Fatal(err)
			}
			if reason := (preflight.Facts{Gaps: got.Gaps}).Reason("network.analyses"); !strings.HasPrefix(reason, "not analyzed: ") || !strings.Contains(reason, test.want) {
				t.Errorf("the gap is %q, want %q", reason, test.want)
			}
			if got.Network.Analyses != nil || len(a.calls) != 0 {
				t.Errorf("analyses %+v, calls %q", got.Network.Analyses, a.calls)
			}
		})
	}
}
