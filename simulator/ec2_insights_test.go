package simulator_test

import (
	"fmt"
	"testing"

	"github.com/cachelift/cachelift/simulator"
)

// insightsSim has a source and a node to go from.
func insightsSim(t *testing.T) *simulator.Sim {
	t.Helper()
	sim := newSim(t, inMemory())
	sim.EC2().Place("10.0.0.241")
	sim.EC2().Interface("eni-node", sim.EC2().DefaultSubnet("b"), "10.0.100.2", "sg-0c0ffee0000000001")
	return sim
}

func createPath(t *testing.T, sim *simulator.Sim, token string) string {
	t.Helper()
	out := ask(t, sim, "CreateNetworkInsightsPath", "Source=eni-node", "Destination=eni-source", "Protocol=tcp", "DestinationPort=6379", "ClientToken="+token)
	return out.text("networkInsightsPath/networkInsightsPathId")
}

func TestEC2Analyses(t *testing.T) {
	t.Parallel()
	const set = "networkInsightsAnalysisSet/item/"
	for _, test := range []struct {
		why                     string
		outcome                 simulator.Analysis
		running                 int // polls that show it running, of three
		status, found, message  string
		explanation, aboutWhich string
	}{
		{"a path by default", simulator.Analysis{}, 0, "succeeded", "true", "", "", ""},
		{"no path", simulator.Analysis{Polls: 2, Explanations: []simulator.Explanation{{Code: "ENI_SG_RULES_MISMATCH", Component: "sg-1"}}}, 2, "succeeded", "false", "", "ENI_SG_RULES_MISMATCH", "sg-1"},
		{"no answer", simulator.Analysis{Polls: 1, Failed: "too many components"}, 1, "failed", "", "too many components", "", ""},
		{"for ever", simulator.Analysis{Polls: -1}, 3, "running", "", "", "", ""},
		{"of another path", simulator.Analysis{Source: "eni-other", Failed: "no"}, 0, "succeeded", "true", "", "", ""},
	} {
		sim := insightsSim(t)
		sim.EC2().Analyze(test.outcome)
		path := createPath(t, sim, "1")
		started := ask(t, sim, "StartNetworkInsightsAnalysis", "NetworkInsightsPathId="+path, "ClientToken=2")
		id := started.text("networkInsightsAnalysis/networkInsightsAnalysisId")
		if s := started.text("networkInsightsAnalysis/status"); s != "running" {
			t.Errorf("%s: started as %q", test.why, s)
		}
		var last element
		for i := range 3 {
			last = ask(t, sim, "DescribeNetworkInsightsAnalyses", "NetworkInsightsAnalysisId.1="+id)
			if running := last.text(set+"status") == "running"; running != (i < test.running) {
				t.Errorf("%s: poll %d is %q", test.why, i+1, last.text(set+"status"))
			}
		}
		for path, want := range map[string]string{
			"status": test.status, "networkPathFound": test.found, "statusMessage": test.message,
			"explanationSet/item/explanationCode": test.explanation, "explanationSet/item/component/id": test.aboutWhich,
		} {
			if got := last.text(set + path); got != want {
				t.Errorf("%s: %s is %q, want %q", test.why, path, got, want)
			}
		}
		byPath := ask(t, sim, "DescribeNetworkInsightsAnalyses", "NetworkInsightsPathId="+path, "Filter.1.Name=status", "Filter.1.Value.1="+test.status)
		sameSet(t, "by path", byPath.texts(set+"networkInsightsAnalysisId"), id)
	}
}

// What a client forgets to delete can be seen.
func TestEC2InsightsLeftBehind(t *testing.T) {
	t.Parallel()
	sim := insightsSim(t)
	path := createPath(t, sim, "1")
	id := ask(t, sim, "StartNetworkInsightsAnalysis", "NetworkInsightsPathId="+path, "ClientToken=2").text("networkInsightsAnalysis/networkInsightsAnalysisId")
	paths, analyses := sim.EC2().InsightsPaths(), sim.EC2().InsightsAnalyses()
	if want := (simulator.InsightsPath{ID: path, Source: "eni-node", Destination: "eni-source", Protocol: "tcp", Port: 6379}); len(paths) != 1 || paths[0] != want {
		t.Errorf("paths %+v, want %+v", paths, want)
	}
	if want := (simulator.InsightsAnalysis{ID: id, PathID: path, Status: simulator.AnalysisSucceeded}); len(analyses) != 1 || analyses[0] != want {
		t.Errorf("analyses %+v, want %+v", analyses, want)
	}
	refused(t, sim, 400, "AnalysisExistsForNetworkInsightsPath", "DeleteNetworkInsightsPath", "NetworkInsightsPathId="+path)
	if got := ask(t, sim, "DeleteNetworkInsightsAnalysis", "NetworkInsightsAnalysisId="+id).text("networkInsightsAnalysisId"); got != id {
		t.Errorf("deleted %q", got)
	}
	ask(t, sim, "DeleteNetworkInsightsPath", "NetworkInsightsPathId="+path)
	if p, a := sim.EC2().InsightsPaths(), sim.EC2().InsightsAnalyses(); p != nil || a != nil {
		t.Errorf("left behind: %+v, %+v", p, a)
	}
	refused(t, sim, 400, "InvalidNetworkInsightsPathId.NotFound", "DeleteNetworkInsightsPath", "NetworkInsightsPathId="+path)
	refused(t, sim, 400, "InvalidNetworkInsightsAnalysisId.NotFound", "DeleteNetworkInsightsAnalysis", "NetworkInsightsAnalysisId="+id)
}

func TestEC2InsightsRequests(t *testing.T) {
	t.Parallel()
	sim := insightsSim(t)
	if a, b := createPath(t, sim, "1"), createPath(t, sim, "1"); a != b {
		t.Errorf("one client token made the paths %s and %s", a, b)
	}
	create := "CreateNetworkInsightsPath"
	for _, test := range []struct {
		code, action string
		parameters   []string
	}{
		{"IdempotentParameterMismatch", create, []string{"Source=eni-node", "Destination=eni-source", "Protocol=tcp", "DestinationPort=1", "ClientToken=1"}},
		{"MissingParameter", create, []string{"Destination=eni-source", "Protocol=tcp", "ClientToken=3"}},
		{"MissingParameter", create, []string{"Source=eni-node", "Destination=eni-source", "Protocol=tcp"}},
		{"MissingParameter", create, []string{"Source=eni-node", "Protocol=tcp", "ClientToken=3"}},
		{"InvalidParameterValue", create, []string{"Source=eni-node", "Destination=eni-source", "Protocol=icmp", "ClientToken=3"}},
		{"NetworkInsightsSource.NotFound", create, []string{"Source=eni-x", "Destination=eni-source", "Protocol=tcp", "ClientToken=3"}},
		{"NetworkInsightsDestination.NotFound", create, []string{"Source=eni-node", "Destination=i-x", "Protocol=tcp", "ClientToken=3"}},
		{"MissingParameter", "StartNetworkInsightsAnalysis", []string{"ClientToken=3"}},
		{"InvalidNetworkInsightsPathId.NotFound", "StartNetworkInsightsAnalysis", []string{"ClientToken=3", "NetworkInsightsPathId=nip-x"}},
		{"MissingParameter", "DescribeNetworkInsightsAnalyses", nil},
		{"InvalidNetworkInsightsPathId.NotFound", "DescribeNetworkInsightsAnalyses", []string{"NetworkInsightsPathId=nip-x"}},
		{"InvalidNetworkInsightsAnalysisId.NotFound", "DescribeNetworkInsightsAnalyses", []string{"NetworkInsightsAnalysisId.1=nia-x"}},
	} {
		refused(t, sim, 400, test.code, test.action, test.parameters...)
	}
	// Instances and ARNs are places to begin and to end at too.
	ask(t, sim, create, "Source=arn:aws:ec2:us-east-1:123456789012:network-interface/eni-node", "Destination=i-source", "Protocol=tcp", "ClientToken=4")
	for i := range 98 {
		createPath(t, sim, fmt.Sprint("more-", i))
	}
	refused(t, sim, 400, "NetworkInsightsPath.LimitExceeded", create, "Source=eni-node", "Destination=eni-source", "Protocol=tcp", "ClientToken=101")
}
