package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// evidence lists what the diagnosis rests on, texts verbatim. Where the cause
// is unknown every event is listed, since any of them may tell a person more
// than it tells the rules. own is what the rule itself rests on.
func evidence(in Input, cause progress.Cause, own []string) []string {
	var out []string
	add := func(s string) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if in.Blocked != nil { // the report is the evidence, and was told before
		for _, f := range in.Blocked.Blocking() {
			add(f.CheckID)
		}
		return out
	}
	if in.Step != "" {
		add("step " + in.Step)
	}
	if in.Err != nil {
		add(in.Err.Error())
	}
	if in.Code != "" {
		add("AWS error code " + in.Code)
	}
	add(event(in.Failure))
	for _, s := range own {
		add(s)
	}
	for _, e := range in.Events {
		if cause == progress.CauseUnknown || rejectedRDB(e.Message) {
			add(event(e))
		}
	}
	if p := in.Probe; p != nil {
		if p.Reply == "PONG" && p.Replconf != "" && p.Replconf != "OK" {
			add(fmt.Sprintf("REPLCONF without credentials to %s got: %s", p.Address, p.Replconf))
		}
		switch {
		case p.Reply != "":
			add(fmt.Sprintf("a PING without credentials to %s got: %s", p.Address, p.Reply))
		case p.Err != "":
			add(fmt.Sprintf("a PING without credentials to %s failed: %s", p.Address, p.Err))
		}
	}
	if in.LinkNeverUp {
		add("the target's replication link was never up")
	}
	if s := in.Sample; !in.live && !s.At.IsZero() {
		add(fmt.Sprintf("last sample %s: phase %s, link up %t, lag %d bytes, full syncs %d",
			s.At.UTC().Format(time.RFC3339), s.Phase, s.LinkUp, s.Lag, s.FullSyncs))
	}
	return out
}

func event(e progress.ServiceEvent) string {
	if e.Message == "" {
		return ""
	}
	return fmt.Sprintf("event %s: %s", e.At.UTC().Format(time.RFC3339), e.Message)
}
