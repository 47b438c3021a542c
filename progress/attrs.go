package progress

import (
	"log/slog"

	"github.com/cachelift/cachelift/preflight"
)

// The attrs methods give the fields of an event for a structured log, without
// those of the header and without what the header says already.

func (e RunStarted) attrs() []slog.Attr {
	return []slog.Attr{
		slog.String("source", e.Source), slog.String("target", e.Target),
		slog.Bool("resumed", e.Resumed), slog.String("reason", e.Reason),
	}
}

func (e StateChanged) attrs() []slog.Attr {
	// To is the state of the header.
	return []slog.Attr{
		slog.String("from", string(e.From)), slog.String("trigger", string(e.Trigger)),
		slog.Duration("spent", e.Spent),
	}
}

func (e PreflightDone) attrs() []slog.Attr {
	count := map[preflight.Outcome]int{}
	for _, f := range e.Report.Findings {
		count[f.Outcome]++
	}
	blocking := []string{}
	for _, f := range e.Report.Blocking() {
		blocking = append(blocking, f.CheckID)
	}
	return []slog.Attr{
		slog.Int("passed", count[preflight.Pass]), slog.Int("failed", count[preflight.Fail]),
		slog.Int("unknown", count[preflight.Unknown]), slog.Any("blocking", blocking),
	}
}

func (e ActionDone) attrs() []slog.Attr {
	return withErr(e.Err, slog.String("action", string(e.Action)), slog.Duration("took", e.Took))
}

func (e StepCalled) attrs() []slog.Attr {
	out := withErr(e.Err, slog.String("step", string(e.Step)), slog.String("call", string(e.Call)),
		slog.Int("attempt", e.Attempt), slog.Bool("in_pause", e.InPause), slog.Duration("took", e.Took))
	if e.Stack != "" {
		out = append(out, slog.String("stack", e.Stack))
	}
	return out
}

func (e ServicePublished) attrs() []slog.Attr {
	return []slog.Attr{
		slog.Time("published_at", e.Event.At), slog.String("source_id", e.Event.SourceID),
		slog.String("source_type", e.Event.SourceType), slog.String("message", e.Event.Message),
	}
}

func (e StatusSeen) attrs() []slog.Attr {
	return []slog.Attr{slog.String("status", e.Status)}
}

func (e Sampled) attrs() []slog.Attr {
	s := e.Sample
	out := []slog.Attr{
		slog.String("phase", string(s.Phase)), slog.Float64("percent", s.Percent),
		slog.Int64("read_bytes", s.ReadBytes), slog.Int64("total_bytes", s.TotalBytes),
		slog.Float64("bytes_per_second", s.BytesPerSecond), slog.Duration("eta", s.ETA),
		slog.Duration("eta_low", s.ETALow), slog.Duration("eta_high", s.ETAHigh),
		slog.Int64("source_offset", s.SourceOffset), slog.Int64("target_offset", s.TargetOffset),
		slog.Int64("lag", s.Lag), slog.Bool("link_up", s.LinkUp),
		slog.Float64("source_write_rate", s.SourceWriteRate), slog.Int64("full_syncs", s.FullSyncs),
		slog.Bool("not_converging", s.NotConverging),
	}
	if b := s.Buffer; b != nil {
		out = append(out, slog.Int64("buffer_used", b.Used), slog.Int64("buffer_hard", b.Hard),
			slog.Int64("buffer_soft", b.Soft), slog.Duration("buffer_limit_in", b.LimitIn))
	}
	return out
}

func (e Diagnosed) attrs() []slog.Attr {
	return append([]slog.Attr{slog.Bool("over", e.Over)}, e.Diagnosis.attrs()...)
}

func (e Retrying) attrs() []slog.Attr {
	return withErr(e.Err, slog.String("op", e.Op), slog.String("class", e.Class),
		slog.Int("attempt", e.Attempt), slog.Duration("delay", e.Delay))
}

func (e Drained) attrs() []slog.Attr {
	return []slog.Attr{
		slog.Int64("source_offset", e.SourceOffset), slog.Int64("target_offset", e.TargetOffset),
		slog.Int64("lag_at_pause", e.LagAtPause), slog.Duration("took", e.Took),
	}
}

func (e Promoted) attrs() []slog.Attr {
	return []slog.Attr{
		slog.String("primary", e.Primary), slog.Duration("took", e.Took),
	}
}

func (e PromotionConfirmed) attrs() []slog.Attr {
	return []slog.Attr{slog.String("by", e.By), slog.Duration("took", e.Took)}
}

func (e Noted) attrs() []slog.Attr {
	return []slog.Attr{slog.String("text", e.Text)}
}

func (e ObserverPanicked) attrs() []slog.Attr {
	return []slog.Attr{slog.String("observer", e.Observer), slog.String("value", e.Value), slog.String("stack", e.Stack)}
}

func (e RunEnded) attrs() []slog.Attr {
	out := withErr(e.Err, slog.Duration("took", e.Took))
	if e.Diagnosis != nil {
		out = append(out, e.Diagnosis.attrs()...)
	}
	return out
}

func (d Diagnosis) attrs() []slog.Attr {
	return []slog.Attr{
		slog.String("cause", string(d.Cause)), slog.String("summary", d.Summary),
		slog.Any("evidence", d.Evidence), slog.String("remedy", d.Remedy),
		slog.Bool("retryable", d.Retryable), slog.Bool("needs_operator", d.NeedsOperator),
	}
}

// withErr appends the error's text if there is one.
func withErr(err string, attrs ...slog.Attr) []slog.Attr {
	if err != "" {
		attrs = append(attrs, slog.String("err", err))
	}
	return attrs
}
