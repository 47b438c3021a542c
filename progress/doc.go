// Package progress is the vocabulary in which a migration tells what it does:
// its states, its events, a snapshot, a diagnosis, and the [Observer] that a
// host program implements to listen.
//
// An observer is one method. It can neither veto nor delay the migration:
//
//	obs := progress.ObserverFunc(func(ctx context.Context, e progress.Event) {
//		if c, ok := e.(progress.StateChanged); ok {
//			chat.Post(c.String())
//		}
//	})
//
// Ready-made observers: [NewLogObserver] (log/slog), [NewJSONLines] and
// [NewText] (one readable line an event).
package progress
