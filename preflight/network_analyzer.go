package preflight

import (
	"cmp"
	"fmt"
	"strings"
)

// judgeAnalyses reads the results of the VPC Reachability Analyzer. An analysis
// that did not succeed is no answer (documented).
func judgeAnalyses(f Facts) Finding {
	const required = "a path from every interface of the target to the source"
	var results []result
	if f.Network != nil {
		for _, a := range f.Network.Analyses {
			results = append(results, beyondInterface(analysisResult(a), a.To, f.Network.SourceInterfaces))
		}
	}
	if len(results) == 0 {
		return unknown("no analysis: "+f.why("network.analyses", "network"), "run the VPC Reachability Analyzer again").finding(f.pairName(), required)
	}
	v := conclude(results)
	if left := f.leftAtAWS(); left != "" && v.outcome == Pass {
		v.observed += "; " + left // a pass has no remedy
	} else if left != "" {
		v.observed, v.remedy = v.observed+"; something was left at AWS", v.remedy+"; "+left
	}
	return v.finding(f.pairName(), required)
}

// leftAtAWS says what an analysis left behind, and how to delete it: beside
// results, that is what gaps are about.
func (f Facts) leftAtAWS() string {
	var reasons []string
	for _, g := range f.Gaps {
		if g.Subject == "network.analyses" {
			reasons = append(reasons, g.Reason)
		}
	}
	return strings.Join(reasons, "; ")
}

// beyondInterface: a path that ends at the interface of a load balancer is no
// path to the server.
func beyondInterface(r result, to string, sources []Interface) result {
	for _, i := range sources {
		if i.ID == to && i.behind() != "" && r.outcome == Pass {
			r.outcome = Unknown
			r.notes = append(r.notes, answer{Unknown, "what is behind " + i.name() + " is not seen from here", byAddress})
		}
	}
	return r
}

func analysisResult(a Analysis) result {
	where := fmt.Sprintf("%s -> %s", orNothing(a.From, "no interface"), orNothing(a.To, "no interface"))
	id := cmp.Or(a.ID, "not started")
	switch {
	case a.Status == "succeeded" && a.Err == "" && a.PathFound:
		return result{where, Pass, []answer{{Pass, "path found (" + id + ")", ""}}}
	case a.Status == "succeeded" && a.Err == "":
		why := orNothing(strings.Join(a.Explanations, ", "), "no explanation was given")
		return result{where, Fail, []answer{{
			Fail, fmt.Sprintf("no path (%s): %s", id, why),
			"correct what the explanations name: aws ec2 describe-network-insights-analyses --network-insights-analysis-ids " + orNothing(a.ID, "<its id>"),
		}}}
	default:
		return stuck(where, fmt.Sprintf("no answer (%s): status %q %s", id, a.Status, a.Err), "run it again; an analysis that fails says nothing about the network")
	}
}
