package simulator

import (
	"fmt"
	"slices"
	"time"
)

// AnalysisStatus is what has become of an analysis.
type AnalysisStatus string

// The values of an [AnalysisStatus].
const (
	// AnalysisRunning: there is no answer yet.
	AnalysisRunning AnalysisStatus = "running"
	// AnalysisSucceeded: there is an answer, that there is a path or that there
	// is none.
	AnalysisSucceeded AnalysisStatus = "succeeded"
	// AnalysisFailed: there will be no answer.
	AnalysisFailed AnalysisStatus = "failed"
)

// Analysis is what an analysis of the Reachability Analyzer comes to. See
// [EC2.Analyze]. The zero Analysis finds a path at once.
type Analysis struct {
	// Source limits it to paths from this id, for example "eni-node". Empty: any.
	Source string
	// Destination limits it to paths to this id. Empty: any.
	Destination string
	// Polls is how often DescribeNetworkInsightsAnalyses shows the analysis as
	// running before it shows the outcome. A negative number: for ever.
	Polls int
	// Failed is the message of an analysis that fails, which is no answer.
	// Empty: it succeeds.
	Failed string
	// Explanations say why there is no path. None: there is one.
	Explanations []Explanation
}

// Explanation is one reason why there is no path.
type Explanation struct {
	// Code is for example "ENI_SG_RULES_MISMATCH" or "SUBNET_ACL_RESTRICTION".
	Code string
	// Component is the id that it is about, for example "sg-source".
	Component string
}

// InsightsPath is a path that a client created and has not deleted.
type InsightsPath struct {
	// ID is its id.
	ID string
	// Source is where traffic begins, as the client gave it.
	Source string
	// Destination is where it should end.
	Destination string
	// Protocol is "tcp" or "udp".
	Protocol string
	// Port is the destination port, 0 if none was given.
	Port int
}

// InsightsAnalysis is an analysis that a client started and has not deleted.
type InsightsAnalysis struct {
	// ID is its id.
	ID string
	// PathID is the path that it is about.
	PathID string
	// Status is what a client would see.
	Status AnalysisStatus
}

// analyzer is the state of the Reachability Analyzer.
type analyzer struct {
	outcomes []Analysis
	paths    []*insightsPath
	analyses []*insightsAnalysis
	made     int // paths and analyses so far
}

type insightsPath struct {
	InsightsPath
	token            string
	parameters       string // of the request, to recognise it
	sourceIP, destIP string
	created          time.Time
}

// ID returns the id.
func (p *insightsPath) ID() string { return p.InsightsPath.ID }

type insightsAnalysis struct {
	id, pathID, token string
	started           time.Time
	outcome           Analysis
	polls             int
}

// ID returns the id.
func (a *insightsAnalysis) ID() string { return a.id }

// status is what a client sees next.
func (a *insightsAnalysis) status() AnalysisStatus {
	switch {
	case a.outcome.Polls < 0 || a.polls < a.outcome.Polls:
		return AnalysisRunning
	case a.outcome.Failed != "":
		return AnalysisFailed
	}
	return AnalysisSucceeded
}

// Analyze says what analyses come to that are started from now on. Of several
// that fit a path the last one counts. Without any a path is found at once.
func (e *EC2) Analyze(outcome Analysis) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, x := range outcome.Explanations {
		if x.Code == "" {
			e.problem("Analysis.Explanations[%d].Code is empty", i)
		}
	}
	if outcome.Failed != "" && len(outcome.Explanations) > 0 {
		e.problem("Analysis has both Failed %q and Explanations, want one of them", outcome.Failed)
	}
	outcome.Explanations = slices.Clone(outcome.Explanations)
	e.analyzer.outcomes = append(e.analyzer.outcomes, outcome)
}

// InsightsPaths returns the paths that have not been deleted, oldest first.
func (e *EC2) InsightsPaths() []InsightsPath {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []InsightsPath
	for _, p := range e.analyzer.paths {
		out = append(out, p.InsightsPath)
	}
	return out
}

// InsightsAnalyses returns the analyses that have not been deleted, oldest first.
func (e *EC2) InsightsAnalyses() []InsightsAnalysis {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []InsightsAnalysis
	for _, a := range e.analyzer.analyses {
		out = append(out, InsightsAnalysis{ID: a.id, PathID: a.pathID, Status: a.status()})
	}
	return out
}

// outcome returns what an analysis of a path comes to.
func (a *analyzer) outcome(p *insightsPath) Analysis {
	for _, o := range slices.Backward(a.outcomes) {
		if (o.Source == "" || o.Source == p.Source) && (o.Destination == "" || o.Destination == p.Destination) {
			return o
		}
	}
	return Analysis{}
}

// newID returns an id for a path or an analysis.
func (a *analyzer) newID(prefix string) string {
	a.made++
	return generatedID(prefix, a.made)
}

func (e *EC2) arn(kind, id string) string {
	return fmt.Sprintf("arn:aws:ec2:%s:%s:%s/%s", e.region, account, kind, id)
}
