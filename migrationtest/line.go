package migrationtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// line tells one event without what differs from run to run.
func line(e progress.Event) string {
	switch e := e.(type) {
	case progress.RunStarted:
		if e.Resumed {
			return "run resumed: " + stable(e.Reason)
		}
		return "run started: " + stable(e.Reason)
	case progress.StateChanged:
		return fmt.Sprintf("entered from %s: %s", e.From, e.Trigger)
	case progress.PreflightDone:
		return checked(e.Report)
	case progress.ActionDone:
		return outcome(string(e.Action), e.Err)
	case progress.StepCalled:
		return outcome(stepCall(e), e.Err)
	case progress.SettingChanged:
		if e.PutBack {
			return fmt.Sprintf("setting %s put back: %s", e.Setting, e.New)
		}
		return fmt.Sprintf("setting %s: %s -> %s", e.Setting, e.Old, e.New)
	case progress.ServicePublished:
		return "event: " + stable(e.Event.Message)
	case progress.StatusSeen:
		return "status: " + stable(e.Status)
	case progress.Sampled:
		return "sampled: " + string(e.Sample.Phase)
	case progress.Diagnosed:
		if e.Over {
			return "trouble is over: " + string(e.Diagnosis.Cause)
		}
		return "trouble: " + string(e.Diagnosis.Cause)
	case progress.Retrying:
		return outcome(e.Op, e.Class+": "+e.Err) + "; trying again"
	case progress.CutoverHeld:
		if e.Hold == progress.HoldNone {
			return "cut-over released"
		}
		return "cut-over held: " + string(e.Hold)
	case progress.Drained:
		return "target drained"
	case progress.Promoted:
		return "target promoted"
	case progress.PromotionConfirmed:
		return "promotion confirmed: " + stable(e.By)
	case progress.Noted:
		return "note: " + stable(e.Text)
	case progress.ObserverPanicked:
		return fmt.Sprintf("observer %s panicked: %s", e.Observer, stable(e.Value))
	case progress.RunEnded:
		return ended(e)
	}
	return e.Kind()
}

func outcome(what, err string) string {
	if err == "" {
		return what + " done"
	}
	return what + " failed: " + stable(err)
}

// stepCall names the call. The attempts are told by their number of lines.
func stepCall(e progress.StepCalled) string {
	s := string(e.Call) + " of step " + string(e.Step)
	if e.InPause {
		s += " in the write pause"
	}
	return s
}

func checked(r preflight.Report) string {
	families := map[string]int{}
	for _, f := range r.Findings {
		families[family(f.CheckID)]++
	}
	var open []string
	for _, f := range r.Findings {
		if f.Outcome == preflight.Pass {
			continue
		}
		s := f.CheckID + " " + string(f.Outcome)
		if f.Waived {
			s += " (waived)"
		}
		open = append(open, s)
	}
	slices.Sort(open)
	s := "preflight: " + r.Summary()
	if open = grouped(open, families); len(open) > 0 {
		s += ": " + strings.Join(open, ", ")
	}
	return s
}

func family(id string) string {
	name, _, _ := strings.Cut(id, ".")
	return name
}

// grouped puts the checks of a family into one if nothing is known of any of
// them: nobody looked.
func grouped(open []string, families map[string]int) []string {
	unknown := map[string]int{}
	for _, s := range open {
		if strings.HasSuffix(s, " unknown") {
			unknown[family(s)]++
		}
	}
	var out []string
	for _, s := range open {
		if f := family(s); unknown[f] == families[f] && families[f] > 1 {
			s = f + ".* unknown"
		}
		out = append(out, s)
	}
	return slices.Compact(out)
}

func ended(e progress.RunEnded) string {
	s := "run ended"
	if e.Diagnosis != nil {
		s += ", cause " + string(e.Diagnosis.Cause)
	}
	if e.Err != "" {
		s += ": " + stable(e.Err)
	}
	return s
}
