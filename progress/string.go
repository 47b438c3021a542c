package progress

import (
	"fmt"
	"strings"
	"time"
)

// String is one line for a person.
func (e RunStarted) String() string {
	verb := "starting"
	if e.Resumed {
		verb = "resuming"
	}
	s := fmt.Sprintf("%s migration %s: %s -> %s, from state %s", verb, e.MigrationID, e.Source, e.Target, e.State)
	return oneLine(s + because(e.Reason))
}

// String is one line for a person.
func (e StateChanged) String() string {
	return oneLine(fmt.Sprintf("%s -> %s (%s) after %s", e.From, e.To, e.Trigger, formatDuration(e.Spent)))
}

// String is one line for a person.
func (e PreflightDone) String() string {
	s := "preflight: " + e.Report.Summary()
	var ids []string
	for _, f := range e.Report.Blocking() {
		ids = append(ids, f.CheckID)
	}
	if len(ids) > 0 {
		s += ": " + strings.Join(ids, ", ")
	}
	return oneLine(s)
}

// String is one line for a person.
func (e ActionDone) String() string {
	if e.Err != "" {
		return oneLine(fmt.Sprintf("%s failed after %s: %s", e.Action, formatDuration(e.Took), e.Err))
	}
	return oneLine(fmt.Sprintf("%s done in %s", e.Action, formatDuration(e.Took)))
}

// String is one line for a person, without the stack.
func (e StepCalled) String() string {
	s := fmt.Sprintf("step %s: %s", e.Step, e.Call)
	if e.Attempt > 1 {
		s += fmt.Sprintf(" (attempt %d)", e.Attempt)
	}
	if e.Err != "" {
		return oneLine(fmt.Sprintf("%s failed after %s: %s", s, formatDuration(e.Took), e.Err))
	}
	return oneLine(fmt.Sprintf("%s done in %s", s, formatDuration(e.Took)))
}

// String is one line for a person.
func (e ServicePublished) String() string {
	return oneLine(fmt.Sprintf("ElastiCache event of %s: %s", e.Event.SourceID, e.Event.Message))
}

// String is one line for a person.
func (e StatusSeen) String() string {
	return oneLine("group status is now " + e.Status)
}

// String is one line for a person.
func (e Sampled) String() string { return e.Sample.String() }

// String is one line for a person.
func (e Diagnosed) String() string {
	if e.Over {
		return oneLine(fmt.Sprintf("trouble is over: %s: %s", e.Diagnosis.Cause, e.Diagnosis.Summary))
	}
	return oneLine("trouble: " + e.Diagnosis.String())
}

// String is one line for a person.
func (e Retrying) String() string {
	return oneLine(fmt.Sprintf("%s failed (%s, attempt %d), next attempt in %s: %s",
		e.Op, e.Class, e.Attempt, formatDuration(e.Delay), e.Err))
}

// String is one line for a person.
func (e Drained) String() string {
	return oneLine(fmt.Sprintf("drained in %s: target offset %d reached source offset %d, lag at the pause %s",
		formatDuration(e.Took), e.TargetOffset, e.SourceOffset, formatBytes(float64(e.LagAtPause))))
}

// String is one line for a person.
func (e Promoted) String() string {
	return oneLine(fmt.Sprintf("%s is master, %s after the completion request", e.Primary, formatDuration(e.Took)))
}

// String is one line for a person.
func (e PromotionConfirmed) String() string {
	return oneLine(fmt.Sprintf("promotion confirmed %s after the completion request: %s", formatDuration(e.Took), e.By))
}

// String is the text itself, on one line.
func (e Noted) String() string { return oneLine("note: " + e.Text) }

// String is one line for a person.
func (e ObserverPanicked) String() string {
	return oneLine(fmt.Sprintf("observer %s panicked: %s", e.Observer, e.Value))
}

// String is one line for a person.
func (e RunEnded) String() string {
	s := fmt.Sprintf("run ended in state %s after %s", e.State, formatDuration(e.Took))
	if e.Err != "" {
		s += ": " + e.Err
	}
	// The error of a run often holds the diagnosis already.
	if d := e.Diagnosis; d != nil && !strings.Contains(e.Err, d.Summary) {
		s += ": " + d.String()
	} else if d != nil && d.Remedy != "" && !strings.Contains(e.Err, d.Remedy) {
		s += ": " + d.Remedy
	}
	return oneLine(s)
}

// String is one line for a person: phase, share, size, rate, time left and
// lag, as far as each is known.
func (s Sample) String() string {
	if s.At.IsZero() && s.Phase == "" {
		return "no sample yet"
	}
	parts := []string{string(s.Phase)}
	if s.Percent >= 0 && s.Phase != PhaseStreaming {
		parts[0] += fmt.Sprintf(" %.1f%%", s.Percent)
		if s.PercentHigh-s.PercentLow >= 1 && s.PercentLow >= 0 {
			parts[0] += fmt.Sprintf(" (%.0f to %.0f%%)", s.PercentLow, s.PercentHigh)
		}
	}
	switch s.Phase {
	case PhaseTransfer, PhaseLoading:
		size := formatBytes(float64(s.ReadBytes))
		if s.TotalBytes > 0 {
			size += " of " + formatBytes(float64(s.TotalBytes))
		}
		parts = append(parts, size)
	}
	if s.BytesPerSecond > 0 {
		parts = append(parts, formatBytes(s.BytesPerSecond)+"/s")
	}
	if left := s.left(); left != "" {
		parts = append(parts, "ETA "+left)
	}
	if s.Lag >= 0 && s.LinkUp {
		parts = append(parts, "lag "+formatBytes(float64(s.Lag)))
	}
	if s.SourceWriteRate > 0 {
		parts = append(parts, "source writes "+formatBytes(s.SourceWriteRate)+"/s")
	}
	if s.NotConverging {
		parts = append(parts, "not converging")
	}
	if b := s.Buffer; b != nil && b.LimitIn >= 0 {
		parts = append(parts, fmt.Sprintf("output buffer %s, at its limit in %s", formatBytes(float64(b.Used)), b.LimitIn.Round(time.Second)))
	}
	if s.FullSyncs > 1 {
		parts = append(parts, fmt.Sprintf("%d full syncs so far", s.FullSyncs))
	}
	return oneLine(strings.Join(parts, ", "))
}

// left is the time left, a range where both of its ends are known.
func (s Sample) left() string {
	round := func(d time.Duration) time.Duration { return d.Round(time.Second) }
	ranged := s.ETALow >= 0 && s.ETAHigh > 0
	switch low, high := round(s.ETALow), round(s.ETAHigh); {
	case s.ETA > 0 && ranged && low < high:
		return fmt.Sprintf("%s (%s to %s)", round(s.ETA), low, high)
	case s.ETA > 0:
		return round(s.ETA).String()
	case ranged && low < high:
		return fmt.Sprintf("%s to %s", low, high)
	case ranged:
		return high.String()
	}
	return ""
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}
