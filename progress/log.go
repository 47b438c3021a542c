package progress

import (
	"context"
	"log/slog"
)

// NewLogObserver returns an observer that writes every event to l: [Retrying],
// [ObserverPanicked], a [StepCalled] that failed and a [Diagnosed] that is not over
// as warnings, [RunEnded] with an error as an error, [Sampled] at debug level, all others at info
// level. The message is the kind of the event, the record's time is that of the
// event; the attributes are migration_id, seq, state and the event's main
// fields, never twice.
//
// A nil logger discards. The observer is safe for concurrent use, and may be
// shared by several migrations, since the attributes tell them apart.
func NewLogObserver(l *slog.Logger) Observer {
	if l == nil {
		return logObserver{slog.DiscardHandler}
	}
	return logObserver{l.Handler()}
}

type logObserver struct{ handler slog.Handler }

// Observe implements [Observer]. An error of the handler is ignored, as
// slog.Logger does.
func (o logObserver) Observe(ctx context.Context, e Event) {
	level := logLevel(e)
	if !o.handler.Enabled(ctx, level) {
		return
	}
	h := e.Meta()
	// A record made by hand carries the event's time; the logger would take
	// the time of delivery.
	r := slog.NewRecord(h.At, level, e.Kind(), 0)
	r.AddAttrs(
		slog.String("migration_id", h.MigrationID),
		slog.Uint64("seq", h.Seq),
		slog.String("state", string(h.State)),
	)
	r.AddAttrs(e.attrs()...)
	_ = o.handler.Handle(ctx, r)
}

func logLevel(e Event) slog.Level {
	switch e := e.(type) {
	case Sampled:
		return slog.LevelDebug
	case Retrying, ObserverPanicked:
		return slog.LevelWarn
	case Diagnosed:
		if !e.Over {
			return slog.LevelWarn
		}
	case StepCalled:
		if e.Err != "" {
			return slog.LevelWarn
		}
	case RunEnded:
		if e.Err != "" {
			return slog.LevelError
		}
	}
	return slog.LevelInfo
}
