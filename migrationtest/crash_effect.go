package migrationtest

import (
	"fmt"
	"sync"
)

// sideEffect is something that changes the world outside of the process.
type sideEffect struct {
	what    string // in words
	nth     int    // of those with the same words, from 1
	call    bool   // of the host's own code, not over the network
	process int    // which of the case made it, from 1
	step    string // whose Run or Undo it is; "" for others
	undo    bool
	ended   bool
	done    bool // it took effect and said so, to us if not to the library
	endedAt int  // its place in the order in which effects ended
}

// name tells it from the others of a case.
func (e sideEffect) name() string {
	if e.nth == 1 {
		return e.what
	}
	return fmt.Sprintf("%s #%d", e.what, e.nth)
}

// sideEffects are the side effects of a case, of all its processes, in the order
// in which they began; one of them is struck. Its methods are safe for
// concurrent use.
type sideEffects struct {
	readers map[string]bool

	mu       sync.Mutex
	all      []sideEffect
	order    []int // of those that ended
	at       int   // the one that is struck; negative: none
	how      crashKind
	struck   bool
	process  int
	problems []string
}

func newSideEffects(at int, how crashKind) *sideEffects {
	e := &sideEffects{at: at, how: how, readers: map[string]bool{}}
	for _, name := range readsOnly() {
		e.readers[name] = true
	}
	return e
}

// begin notes an effect that is about to be, and returns what is to become of
// it.
func (es *sideEffects) begin(e sideEffect) (id int, how crashKind) {
	es.mu.Lock()
	defer es.mu.Unlock()
	e.nth, e.process = 1, es.process
	for _, other := range es.all {
		if other.what == e.what {
			e.nth++
		}
	}
	id = len(es.all)
	es.all = append(es.all, e)
	if id == es.at {
		es.struck, how = true, es.how
	}
	return id, how
}

// end notes that an effect is over.
func (es *sideEffects) end(id int, done bool) {
	es.mu.Lock()
	defer es.mu.Unlock()
	e := &es.all[id]
	e.ended, e.done, e.endedAt = true, done, len(es.order)
	es.order = append(es.order, id)
}

// next is told when a new process begins.
func (es *sideEffects) next() {
	es.mu.Lock()
	defer es.mu.Unlock()
	es.process++
}

// problem notes that an invariant does not hold.
func (es *sideEffects) problem(format string, args ...any) {
	es.mu.Lock()
	defer es.mu.Unlock()
	es.problems = append(es.problems, fmt.Sprintf(format, args...))
}

// seen returns what there was so far, and the problems.
func (es *sideEffects) seen() (all []sideEffect, order []int, problems []string) {
	es.mu.Lock()
	defer es.mu.Unlock()
	return append([]sideEffect(nil), es.all...), append([]int(nil), es.order...), append([]string(nil), es.problems...)
}

// hasStruck reports whether the effect that was to be struck came.
func (es *sideEffects) hasStruck() bool {
	es.mu.Lock()
	defer es.mu.Unlock()
	return es.struck
}
