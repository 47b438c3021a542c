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
	output         string
	planPath       string

	yes               bool
	waive             []string
	untilText         string
	maxWritePauseText string
	switchCommand     string
	reason            string
}

func (f *flags) common(c *cobra.Command) {
	s := c.Flags()
	s.SortFlags = false
	s.StringVar(&f.group, "replication-group-id", "", "`id` of the replication group to migrate to")
	s.StringArrayVar(&f.sources, "source", nil, "`host:port` of the server to migrate from, as ElastiCache reaches it")
	s.StringVar(&f.planPath, "plan", "", "`file` of the plan (default cachelift-<group>.json in the current folder)")
	s.StringVar(&f.region, "region", "", "AWS `region` (default: from the AWS configuration)")
	s.StringVar(&f.endpointURL, "endpoint-url", "", "`URL` of the ElastiCache API (default: from the AWS configuration)")
	s.StringVar(&f.sourceUsername, "source-username", "", "ACL `user` on the source for cachelift's own connections; its password is taken from CACHELIFT_SOURCE_PASSWORD")
	s.StringVar(&f.output, "output", "text", "`format` of stdout: text or json")
	f.untilText, f.maxWritePauseText = "done", "30s"
}

func waiveFlag(c *cobra.Command, f *flags) {
	c.Flags().StringArrayVar(&f.waive, "waive", nil, "`id` of a preflight check to override; may be repeated")
}

func yesFlag(c *cobra.Command, f *flags) {
	c.Flags().BoolVar(&f.yes, "yes", false, "do it without asking; needed when stdin is not a terminal")
}

func runFlags(c *cobra.Command, f *flags) {
	s := c.Flags()
	s.StringVar(&f.untilText, "until", f.untilText, "`state` to stop at: in_sync (the group goes on following the source) or done")
	s.StringVar(&f.maxWritePauseText, "max-write-pause", f.maxWritePauseText, "longest `time` that writes may be stopped before completion is requested; when it is used up they are resumed")
	s.StringVar(&f.switchCommand, "switch-command", "", "shell `command` that points the application to the group once that takes writes; gets CACHELIFT_ADDRESS and CACHELIFT_PORT, may run more than once; without it the endpoint is only printed")
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
