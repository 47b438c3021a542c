package vpc_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachelift/cachelift/simulator"
)

// TestReportWithAnalyzer: what the analyzer says is one more finding, beside
// which the others stay as they are; nothing is left behind.
func TestReportWithAnalyzer(t *testing.T) {
	t.Parallel()
	const check = "network.analyzer"
	for _, row := range []struct {
		analysis simulator.Analysis
		deny     string // an operation
		networkRow
	}{
		{simulator.Analysis{Polls: 2}, "", networkRow{name: "a path"}},
		{
			simulator.Analysis{Explanations: []simulator.Explanation{{Code: "ENI_SG_RULES_MISMATCH", Component: sourceGroup}}}, "",
			networkRow{
				name: "no path", fails: []string{check}, seen: []string{"eni-primary -> eni-source: no path (nia-", "ENI_SG_RULES_MISMATCH sg-source"},
				remedy: []string{"describe-network-insights-analyses --network-insights-analysis-ids nia-"},
			},
		},
		{
			simulator.Analysis{Failed: "internal"}, "",
			networkRow{name: "an analysis that fails", unknown: []string{check}, seen: []string{`status "failed"`, "internal"}},
		},
		{
			simulator.Analysis{Polls: -1}, "",
			networkRow{name: "an analysis without end", unknown: []string{check}, seen: []string{`status "running"`, "no answer in time"}},
		},
		{
			simulator.Analysis{}, "StartNetworkInsightsAnalysis",
			networkRow{name: "an analysis that is denied", unknown: []string{check}, seen: []string{"allow the action ec2:StartNetworkInsightsAnalysis"}},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, oneVPC, 0)
				s.net.Analyze(row.analysis)
				s.analyze()
				if row.deny != "" {
					if _, err := s.sim.Inject(simulator.Fault{Kind: simulator.FaultRefuse, Operation: row.deny, Code: "UnauthorizedOperation"}); err != nil {
						t.Fatal(err)
					}
				}
				report := s.report(t)
				row.judge(t, report)
				if last := report.Findings[len(report.Findings)-1]; last.CheckID != check {
					t.Errorf("the report has no %s", check)
				}
			})
		})
	}
}

// analyze asks the analyzer too. The primary's address is that of an interface.
func (s *stage) analyze() {
	s.net.Interface("eni-primary", s.net.DefaultSubnet("a"), "10.0.0.7", defaultGroup)
	s.options.Analyzer = ec2.NewFromConfig(s.sim.Config())
	s.options.AnalyzerWithin = 21 * time.Second // between two looks
	s.options.LookupHost = func(context.Context, string) ([]string, error) { return []string{"10.0.0.7"}, nil }
}
