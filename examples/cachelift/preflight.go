package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/cachelift/cachelift/preflight"
)

func (a app) preflight(ctx context.Context, j *job) int {
	m, err := j.migrator(nil)
	if err != nil {
		return a.usage(err)
	}
	if j.analyze {
		fmt.Fprintln(a.err, "Asking the VPC Reachability Analyzer too: this takes a minute or more.")
	}
	facts, err := m.Facts(ctx)
	switch {
	case ctx.Err() != nil:
		return a.stopped()
	case err != nil:
		a.report(err)
		return exitFailed
	}
	var stored error
	if j.factsOut != "" {
		stored = storeFacts(j.factsOut, facts)
	}
	code := a.judge(facts, j.flags, j.checks)
	if stored != nil { // the report is worth seeing nevertheless
		a.report(stored)
		return exitFailed
	}
	return code
}

// judge runs the checks, writes the report and returns what it comes to. With
// --output json the document is the report itself, whose schema is documented.
func (a app) judge(facts preflight.Facts, f *flags, checks []preflight.Check) int {
	shown, err := f.shown(checks)
	if err != nil {
		return a.usage(err)
	}
	report := preflight.Judge(facts, shown, f.waive)
	switch f.output {
	case "json":
		err = writeJSON(a.out, report)
	case "markdown":
		err = report.WriteMarkdown(a.out)
	case "junit":
		err = report.WriteJUnit(a.out)
	default:
		err = report.WriteText(a.out)
	}
	switch {
	case err != nil:
		a.report(err)
		return exitFailed
	case report.Err() != nil:
		return exitBlocked
	}
	return exitDone
}

// writeJSON writes one document, for people to read too.
func writeJSON(w io.Writer, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", b)
	return err
}
