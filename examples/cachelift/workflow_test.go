package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/migration"
)

func TestWorkflow(t *testing.T) {
	t.Parallel()
	o := mustCall(t, exitDone, "workflow")
	contains(t, o.out, "STATE", "in_sync", "open", "draining", "paused", "completing")
	o = mustCall(t, exitDone, "workflow", "--diagram")
	if want := migration.DefaultWorkflow().Mermaid(); o.out != want || !strings.HasPrefix(want, "stateDiagram-v2\n") {
		t.Errorf("the diagram is\n%s\nwant\n%s", o.out, want)
	}
	o = mustCall(t, exitDone, "workflow", "--output", "json")
	var steps []migration.StepInfo
	if err := json.Unmarshal([]byte(o.out), &steps); err != nil || len(steps) != len(migration.DefaultWorkflow().Steps()) {
		t.Errorf("%d states, %v in\n%s", len(steps), err, o.out)
	}
	for args, want := range map[string]string{
		"workflow --output xml":            `--output is "xml", want text or json`,
		"workflow --diagram --output json": "--diagram is set and --output is json",
		"workflow extra":                   "extra",
	} {
		o := call(t.Context(), strings.Fields(args)...)
		if o.code != exitUsage || o.out != "" {
			t.Errorf("%s: exit code %d, stdout %q", args, o.code, o.out)
		}
		contains(t, o.errOut, want)
	}
}
