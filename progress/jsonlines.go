package progress

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// NewJSONLines returns an observer that writes each event as one JSON object
// on a line of its own, in one call of Write.
//
// A failing writer does not stop it: the error is dropped and the next event
// is tried again, so a line may be missing (the gap shows in "seq"). A line
// that was written in part is ended before the next one begins. An event that
// has no JSON form, e.g. because a number in it is not finite, is replaced by
// a "noted" line that says so.
//
// The observer is safe for concurrent use and may be shared by several
// migrations.
func NewJSONLines(w io.Writer) Observer { return &jsonLines{w: w} }

type jsonLines struct {
	mu   sync.Mutex
	w    io.Writer
	torn bool // the last line was written in part
}

// Observe implements [Observer].
func (o *jsonLines) Observe(_ context.Context, e Event) {
	line, err := e.MarshalJSON()
	if err != nil {
		note := Noted{Header: e.Meta(), Text: fmt.Sprintf("event %s has no JSON form: %v", e.Kind(), err)}
		if line, err = note.MarshalJSON(); err != nil {
			return
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.torn {
		line = append([]byte{'\n'}, line...)
	}
	line = append(line, '\n')
	n, err := o.w.Write(line)
	if n > 0 || err == nil {
		o.torn = n < len(line)
	}
}
