package simulator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cachelift/cachelift/simulator/internal/ec2wire"
)

const (
	pathNotFound     = "InvalidNetworkInsightsPathId.NotFound"
	analysisNotFound = "InvalidNetworkInsightsAnalysisId.NotFound"
	maxPaths         = 100 // an account's default quota (documented)
)

// createPath makes a path, or answers with the one that was made by the same
// client token (documented).
func (e *EC2) createPath(q ec2wire.Request) (ec2wire.Result, error) {
	source, err := q.Required("Source")
	if err != nil {
		return nil, err
	}
	token, err := q.Required("ClientToken")
	if err != nil {
		return nil, err
	}
	port, err := q.Int("DestinationPort", 0, 0, 65535)
	if err != nil {
		return nil, err
	}
	protocol, destination := q.String("Protocol"), q.String("Destination")
	switch {
	case protocol != "tcp" && protocol != "udp":
		return nil, ec2wire.InvalidValue("Value (%s) for parameter Protocol is invalid. Expecting tcp or udp", protocol)
	case destination == "" && q.String("FilterAtSource.DestinationAddress") == "":
		return nil, ec2wire.NewError("MissingParameter",
			"The request must include either the Destination parameter or the FilterAtSource.DestinationAddress parameter")
	case !e.analyzable(source):
		return nil, ec2wire.NewError("NetworkInsightsSource.NotFound", "The source '%s' does not exist", source)
	case destination != "" && !e.analyzable(destination):
		return nil, ec2wire.NewError("NetworkInsightsDestination.NotFound", "The destination '%s' does not exist", destination)
	}
	parameters := fmt.Sprint(q.Parameters()) // maps print in the order of their keys
	for _, p := range e.analyzer.paths {
		if p.token == token && p.parameters != parameters {
			return nil, ec2wire.NewError("IdempotentParameterMismatch", "The client token was used for a different request")
		}
		if p.token == token {
			return &ec2wire.CreateNetworkInsightsPathResponse{Path: e.pathShape(p)}, nil
		}
	}
	if len(e.analyzer.paths) >= maxPaths {
		return nil, ec2wire.NewError("NetworkInsightsPath.LimitExceeded", "The account has %d paths already", maxPaths)
	}
	p := &insightsPath{
		InsightsPath: InsightsPath{ID: e.analyzer.newID("nip-"), Source: source, Destination: destination, Protocol: protocol, Port: port},
		token:        token, parameters: parameters, sourceIP: q.String("SourceIp"), destIP: q.String("DestinationIp"), created: now(),
	}
	e.analyzer.paths = append(e.analyzer.paths, p)
	return &ec2wire.CreateNetworkInsightsPathResponse{Path: e.pathShape(p)}, nil
}

// analyzable tells whether a path can begin or end at an id or ARN: interfaces
// and their instances have to exist, of the rest the network knows nothing.
func (e *EC2) analyzable(id string) bool {
	if _, after, ok := strings.Cut(id, "/"); ok && strings.HasPrefix(id, "arn:") {
		id = after
	}
	kind, _, _ := strings.Cut(id, "-")
	if kind != "eni" && kind != "i" {
		return true
	}
	return slices.ContainsFunc(e.interfaces, func(i *Interface) bool {
		return (i.id == id || i.instance == id) && !i.subnet.vpc.hidden()
	})
}

func (e *EC2) pathShape(p *insightsPath) ec2wire.NetworkInsightsPath {
	out := ec2wire.NetworkInsightsPath{
		ID: p.ID(), Arn: e.arn("network-insights-path", p.ID()), CreatedDate: ec2wire.Time(p.created),
		Source: p.Source, SourceIP: p.sourceIP, Destination: p.Destination, DestinationIP: p.destIP, Protocol: p.Protocol,
	}
	if p.Port > 0 {
		out.DestinationPort = &p.Port
	}
	return out
}

func (e *EC2) startAnalysis(q ec2wire.Request) (ec2wire.Result, error) {
	id, err := q.Required("NetworkInsightsPathId")
	if err != nil {
		return nil, err
	}
	token, err := q.Required("ClientToken")
	if err != nil {
		return nil, err
	}
	path := find(e.analyzer.paths, id)
	if path == nil {
		return nil, ec2wire.NewError(pathNotFound, "The ID '%s' does not exist", id)
	}
	for _, a := range e.analyzer.analyses {
		if a.token == token && a.pathID != id {
			return nil, ec2wire.NewError("IdempotentParameterMismatch", "The client token was used for a different request")
		}
		if a.token == token {
			return &ec2wire.StartNetworkInsightsAnalysisResponse{Analysis: e.analysisShape(a, a.status())}, nil
		}
	}
	a := &insightsAnalysis{id: e.analyzer.newID("nia-"), pathID: id, token: token, started: now(), outcome: e.analyzer.outcome(path)}
	e.analyzer.analyses = append(e.analyzer.analyses, a)
	return &ec2wire.StartNetworkInsightsAnalysisResponse{Analysis: e.analysisShape(a, AnalysisRunning)}, nil
}

// describeAnalyses shows analyses; each time that one is shown as running
// counts as a poll.
func (e *EC2) describeAnalyses(q ec2wire.Request) (ec2wire.Result, error) {
	all, path := e.analyzer.analyses, q.String("NetworkInsightsPathId")
	if path == "" && len(q.List("NetworkInsightsAnalysisId")) == 0 {
		return nil, ec2wire.Missing("NetworkInsightsAnalysisId")
	}
	if path != "" {
		if find(e.analyzer.paths, path) == nil {
			return nil, ec2wire.NewError(pathNotFound, "The ID '%s' does not exist", path)
		}
		all = slices.DeleteFunc(slices.Clone(all), func(a *insightsAnalysis) bool { return a.pathID != path })
	}
	page, token, err := listing[*insightsAnalysis]{
		ids: "NetworkInsightsAnalysisId", notFound: analysisNotFound, what: "ID", limits: ec2wire.Limits{Least: 1, Most: 100},
		by: ec2wire.Attributes[*insightsAnalysis]{
			"status": one(func(a *insightsAnalysis) string { return string(a.status()) }),
			"path-found": func(a *insightsAnalysis) []string {
				if a.status() != AnalysisSucceeded {
					return nil
				}
				return []string{strconv.FormatBool(len(a.outcome.Explanations) == 0)}
			},
		},
	}.page(e, q, all)
	if err != nil {
		return nil, err
	}
	shape := func(a *insightsAnalysis) ec2wire.NetworkInsightsAnalysis {
		status := a.status()
		if status == AnalysisRunning {
			a.polls++
		}
		return e.analysisShape(a, status)
	}
	return &ec2wire.DescribeNetworkInsightsAnalysesResponse{Analyses: ec2wire.SetOf(page, shape), NextToken: token}, nil
}

func (e *EC2) analysisShape(a *insightsAnalysis, status AnalysisStatus) ec2wire.NetworkInsightsAnalysis {
	out := ec2wire.NetworkInsightsAnalysis{
		ID: a.id, Arn: e.arn("network-insights-analysis", a.id), PathID: a.pathID,
		StartDate: ec2wire.Time(a.started), Status: string(status),
	}
	switch status {
	case AnalysisFailed:
		out.StatusMessage = a.outcome.Failed
	case AnalysisSucceeded:
		found := len(a.outcome.Explanations) == 0
		out.PathFound = &found
		explanations := ec2wire.SetOf(a.outcome.Explanations, func(x Explanation) ec2wire.Explanation {
			shape := ec2wire.Explanation{Code: x.Code}
			if x.Component != "" {
				shape.Component = &ec2wire.AnalysisComponent{ID: x.Component, Arn: e.arn("component", x.Component)}
			}
			return shape
		})
		out.Explanations = &explanations
	}
	return out
}

// deleteAnalysis deletes an analysis, also one that runs (assumed).
func (e *EC2) deleteAnalysis(q ec2wire.Request) (ec2wire.Result, error) {
	id, err := q.Required("NetworkInsightsAnalysisId")
	if err != nil {
		return nil, err
	}
	if find(e.analyzer.analyses, id) == nil {
		return nil, ec2wire.NewError(analysisNotFound, "The ID '%s' does not exist", id)
	}
	e.analyzer.analyses = slices.DeleteFunc(e.analyzer.analyses, func(a *insightsAnalysis) bool { return a.id == id })
	return &ec2wire.DeleteNetworkInsightsAnalysisResponse{ID: id}, nil
}

// deletePath deletes a path that no analysis is left of (reported).
func (e *EC2) deletePath(q ec2wire.Request) (ec2wire.Result, error) {
	id, err := q.Required("NetworkInsightsPathId")
	if err != nil {
		return nil, err
	}
	if find(e.analyzer.paths, id) == nil {
		return nil, ec2wire.NewError(pathNotFound, "The ID '%s' does not exist", id)
	}
	if slices.ContainsFunc(e.analyzer.analyses, func(a *insightsAnalysis) bool { return a.pathID == id }) {
		return nil, ec2wire.NewError("AnalysisExistsForNetworkInsightsPath", "The path '%s' still has analyses", id)
	}
	e.analyzer.paths = slices.DeleteFunc(e.analyzer.paths, func(p *insightsPath) bool { return p.ID() == id })
	return &ec2wire.DeleteNetworkInsightsPathResponse{ID: id}, nil
}
