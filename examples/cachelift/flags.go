package main

import (
	"github.com/spf13/cobra"
)

// flags are the command line as it was typed.
type flags struct {
	group          string
	sources        []string
	sourceUsername string
	region         string
	endpointURL    string
	ec2EndpointURL string
	output         string
	formats        []string // what output may be
	planPath       string

	// Of run.
	verifyText string

	// Of the commands that judge.
	judges        bool
	severities    []string
	waive         []string
	sourceVPC     string
	linkSpeedText string
	sampleForText string

	// Of preflight.
	only      []string
	factsPath string
	factsOut  string
	analyze   bool

	yes               bool
	untilText         string
	maxWritePauseText string
	switchCommand     string
	reason            string
	evidence          string

	// When run may stop writes.
	notBefore, notAfter string
	windows             []string
}

func (f *flags) common(c *cobra.Command) {
	s := c.Flags()
	s.SortFlags = false
	s.StringVar(&f.group, "replication-group-id", "", "`id` of the replication group to migrate to")
	s.StringArrayVar(&f.sources, "source", nil, "`host:port` of the server to migrate from, as ElastiCache reaches it")
	s.StringVar(&f.planPath, "plan", "", "`file` of the plan (default cachelift-<group>.json in the current folder)")
	s.StringVar(&f.region, "region", "", "AWS `region` (default: from the AWS configuration)")
	s.StringVar(&f.endpointURL, "endpoint-url", "", "`URL` of the ElastiCache API (default: from the AWS configuration)")
	s.StringVar(&f.sourceUsername, "source-username", "", "ACL `user` on the source for cachelift's own connections (default: the default user); the password is taken from CACHELIFT_SOURCE_PASSWORD")
	s.StringVar(&f.output, "output", "text", "`format` of stdout: text or json")
	f.untilText, f.maxWritePauseText = "done", "30s"
	f.verifyText = "none"
	f.formats = []string{"text", "json"}
}

// judgeFlags are those of the commands that judge both ends.
func judgeFlags(c *cobra.Command, f *flags) {
	f.judges = true
	s := c.Flags()
	s.StringArrayVar(&f.waive, "waive", nil, "`id` of a preflight check to override; may be repeated")
	s.StringArrayVar(&f.severities, "severity", nil, "`id=severity` of a preflight check, blocking or warning, also for family.*; may be repeated")
	s.StringVar(&f.ec2EndpointURL, "ec2-endpoint-url", "", "`URL` of the EC2 API, for the network checks (default: from the AWS configuration)")
	s.StringVar(&f.sourceVPC, "source-vpc", "", "`id` of the VPC of the source, where its address exists in several")
	s.StringVar(&f.linkSpeedText, "link-speed", "", "`bytes` per second that the network between both ends carries, for the forecasts (default: half to ten gigabits are assumed)")
	s.StringVar(&f.sampleForText, "sample-for", "", "`time` to watch the source's load for the forecasts (default: 250ms, beside the server's own averages)")
}

func preflightFlags(c *cobra.Command, f *flags) {
	f.formats = append(f.formats, "markdown", "junit")
	s := c.Flags()
	s.StringArrayVar(&f.only, "only", nil, "`id` or family.* of the checks to run, e.g. network.*; the exit code is about these alone; may be repeated")
	s.StringVar(&f.factsOut, "facts-out", "", "`file` to store what was seen in; it holds no secrets, but a plan of the network")
	s.StringVar(&f.factsPath, "facts", "", "`file` of --facts-out to judge instead of looking; needs no AWS, no server and no plan")
	s.BoolVar(&f.analyze, "analyze", false, "also run the VPC Reachability Analyzer, for which AWS charges; it needs a path and an analysis, which are deleted again")
	s.Lookup("output").Usage = "`format` of stdout: text, json, markdown (for a change ticket) or junit (for a pipeline)"
	c.Long = preflightHelp()
}

func yesFlag(c *cobra.Command, f *flags) {
	c.Flags().BoolVar(&f.yes, "yes", false, "do it without asking; needed when stdin is not a terminal")
}

// pauseFlags are those of the commands that stop writes.
func pauseFlags(c *cobra.Command, f *flags) {
	s := c.Flags()
	s.StringVar(&f.maxWritePauseText, "max-write-pause", f.maxWritePauseText, "longest `time` that writes may be stopped before completion is requested; when it is used up they are resumed")
	s.StringVar(&f.evidence, "evidence", "", "`file` for the result, for a change ticket, also of a failure: Markdown if its name ends in .md, JSON if in .json")
}

func runFlags(c *cobra.Command, f *flags) {
	s := c.Flags()
	s.StringVar(&f.untilText, "until", f.untilText, "`state` to stop at: in_sync (the group goes on following the source) or done")
	s.StringVar(&f.switchCommand, "switch-command", "", "shell `command` that points the application to the group once that takes writes; gets CACHELIFT_ADDRESS and CACHELIFT_PORT, may run more than once; without it the endpoint is only printed")
	s.StringVar(&f.verifyText, "verify", f.verifyText, "`how` both ends are compared on the way: sample (while in sync), full (and everything while writes are stopped, within --max-write-pause) or none")
	c.Long = c.Short + `.

Without --until it ends with the application on the group: once in sync, writes
to the source are stopped, the rest is drained, the group is promoted, and
--switch-command is run. The source stays closed to writes after that. See
"cachelift --help" for the plan, Ctrl-C, output and exit codes.`
}

func abortFlags(c *cobra.Command, f *flags) {
	c.Flags().StringVar(&f.reason, "reason", "the operator asked for it", "`text` for the log")
	c.Long = c.Short + `.

Paused writes are resumed, the group stops following the source and keeps its
copy of the data. Refused once completion has been requested.`
}
