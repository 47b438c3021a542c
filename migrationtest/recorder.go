package migrationtest

import (
	"context"
	"slices"
	"sync"

	"github.com/cachelift/cachelift/progress"
)

// Recorder is a [progress.Observer] that keeps what it is told, and tells it as
// a text for golden files. The zero value is ready; its methods are safe for
// concurrent use. It may observe several runs, and several migrations.
type Recorder struct {
	mu     sync.Mutex
	events []progress.Event
}

// NewRecorder returns an empty recorder.
func NewRecorder() *Recorder { return &Recorder{} }

// Observe keeps the event.
func (r *Recorder) Observe(_ context.Context, e progress.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// Events returns a copy of the events so far, in the order in which they came.
func (r *Recorder) Events() []progress.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// Reset forgets the events, for example after the part of a test that only
// prepares.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = nil
}

// States returns the states that were entered, in order; the state in which a
// resumed run goes on counts as entered.
func (r *Recorder) States() []progress.State {
	var out []progress.State
	for _, e := range r.Events() {
		switch e := e.(type) {
		case progress.StateChanged:
			out = append(out, e.To)
		case progress.RunStarted:
			if e.Resumed {
				out = append(out, e.State)
			}
		}
	}
	return out
}

// Transcript returns the events as text: one line an event, after the state in
// which it happened, and a line break at the end of each. The same migration
// gives the same text each time, so that it can be compared with a golden file.
//
// What differs from run to run is not shown, or shown as a word in angle
// brackets: times, durations, delays, offsets, sizes, ids that are drawn at
// random, ports of this machine, stacks. Of preflight checks there are counts
// and the ids of those that did not pass.
//
// Lines stand in the order of their causes. What a run does itself is told in
// the order in which it was done. What it sees of ElastiCache, which it polls
// beside that (statuses, events, and describe calls that are tried again),
// stands in the order in which it was seen at the end of the stay in the state
// in which it was seen: just before the transition that it mostly leads to. If it
// was seen at the very time of a transition, it counts as seen before.
//
// What is only polled can be missed: a status that is over before the API is
// read again, or a phase of the sync that is shorter than the time between two
// samples, some seconds in a long sync. Samples are told where the phase
// changes. Lines of one kind that repeat themselves are told once with their
// number. Events of a kind that this version
// of the kit does not know are shown by their Kind. If events of several
// migrations were recorded, each has a part of its own, in the order of their
// ids.
func (r *Recorder) Transcript() string { return transcript(r.Events()) }
