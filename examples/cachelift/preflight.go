package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/cachelift/cachelift/preflight"
)

// preflightJSON is the document of "preflight --output json".
type preflightJSON struct {
	Source string           `json:"source"`
	Target string           `json:"target"`
	Ready  bool             `json:"ready"`
	Report preflight.Report `json:"report"`
}

func (a app) preflight(ctx context.Context, j *job) int {
	m, err := j.migrator(nil)
	if err != nil {
		return a.usage(err)
	}
	report, err := m.Preflight(ctx)
	if err != nil {
		a.report(err)
		return exitFailed
	}
	ready := report.Err() == nil
	if j.output == "json" {
		err = writeJSON(a.out, preflightJSON{j.plan.Source.String(), j.plan.Target.String(), ready, report})
	} else {
		err = report.WriteText(a.out)
	}
	if err != nil {
		a.report(err)
		return exitFailed
	}
	if !ready {
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
