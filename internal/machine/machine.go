// Package machine is the table of a migration's legal transitions, checked at
// every step. It uses looplab/fsm as that table and nothing more: no
// callbacks, no metadata, no asynchronous transitions. Work happens in the
// steps, which then fire a trigger.
package machine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/looplab/fsm"

	"github.com/cachelift/cachelift/progress"
)

// Machine holds the present state. All methods may be called from any
// goroutine.
type Machine struct {
	mu  sync.RWMutex // makes Fire and its answer one step
	fsm *fsm.FSM
}

// New returns a machine with the table t in the state initial. A run may begin
// in any state that is not terminal, because it may attach to a migration under
// way.
func New(t Table, initial progress.State) (*Machine, error) {
	if initial.Terminal() {
		return nil, fmt.Errorf("machine: initial state %q is terminal", initial)
	}
	if t.index(initial) < 0 && initial != progress.StateAborting {
		return nil, fmt.Errorf("machine: unknown initial state %q: allowed are %v", initial, append(t.states(0, len(t.way)-1), progress.StateAborting))
	}
	return &Machine{fsm: fsm.NewFSM(string(initial), t.events(), nil)}, nil
}

// events gives the table in the library's form.
func (t Table) events() []fsm.EventDesc {
	edges := t.Edges()
	out := make([]fsm.EventDesc, len(edges))
	for i, e := range edges {
		out[i] = fsm.EventDesc{Name: string(e.Trigger), Src: []string{string(e.From)}, Dst: string(e.To)}
	}
	return out
}

// Current returns the present state.
func (m *Machine) Current() progress.State {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return progress.State(m.fsm.Current())
}

// Can reports whether the trigger is legal in the present state.
func (m *Machine) Can(t progress.Trigger) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.fsm.Can(string(t))
}

// Fire makes the transition and returns the state that was entered. On an
// illegal trigger the state stays and the error says what would be legal.
//
// A cancelled context does not prevent a transition: what happened has to be
// recorded, and the library would be wedged for good if it stopped half way.
func (m *Machine) Fire(ctx context.Context, t progress.Trigger) (progress.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fsm.Event(context.WithoutCancel(ctx), string(t)); err != nil {
		from := progress.State(m.fsm.Current())
		return from, fmt.Errorf("machine: trigger %q is illegal in state %q, legal are %s: %w", t, from, m.legal(), err)
	}
	return progress.State(m.fsm.Current()), nil
}

// legal lists the triggers of the present state, sorted, since the library
// gives them in the random order of a map.
func (m *Machine) legal() string {
	names := m.fsm.AvailableTransitions()
	if len(names) == 0 {
		return "none"
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
