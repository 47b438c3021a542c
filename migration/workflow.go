package migration

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cachelift/cachelift/internal/machine"
	"github.com/cachelift/cachelift/progress"
)

// Workflow is the way of a migration: the built-in states, and between them
// the steps of the host. It is a value: its methods return a changed copy, so
// that they chain, and a workflow can be shared and kept. The zero value is
// [DefaultWorkflow].
//
//	wf := migration.DefaultWorkflow().
//		Before(progress.StatePausing, migration.Step{Name: "approval", Run: waitForTicket}).
//		After(progress.StateCompleting, migration.Step{Name: "smoke-test", Run: smokeTest, NeedsPause: true})
//
// A change that cannot be made is reported by [Workflow.Validate], together
// with all others; [New] calls it.
type Workflow struct {
	stages   []stage
	problems []error // of changes that could not be made
}

// stage is a state on the way and what is done in it. Built-in states and the
// host's steps are both stages, and the run makes no difference between them.
type stage struct {
	state    progress.State
	done     progress.Trigger // leads to the next stage
	optional bool             // it can be removed or replaced
	step     *Step            // nil if it is built in
	replaces progress.State   // in whose place it stands; "" if it was inserted
	drive    drive            // nil in the first and the last stage
}

// drive does the work of a stage and says how to leave it.
type drive func(*run, context.Context) (progress.Trigger, error)

// DefaultWorkflow is the way of a migration without steps of the host: see
// [progress.States].
func DefaultWorkflow() Workflow {
	does := map[progress.State]drive{
		progress.StatePreflight:  (*run).stepPreflight,
		progress.StateTesting:    (*run).stepTesting,
		progress.StateStarting:   (*run).stepStarting,
		progress.StateSyncing:    (*run).stepSyncing,
		progress.StateInSync:     (*run).stepInSync,
		progress.StatePausing:    (*run).stepPausing,
		progress.StateDraining:   (*run).stepDraining,
		progress.StateCompleting: (*run).stepCompleting,
		progress.StateSwitching:  (*run).stepSwitching,
	}
	var w Workflow
	for _, s := range machine.Builtin() {
		w.stages = append(w.stages, stage{state: s.State, done: s.Done, optional: s.State == progress.StateTesting, drive: does[s.State]})
	}
	return w
}

// After inserts steps directly after the state s, which may be a built-in state
// from new to switching or a step that was inserted before. Steps after
// pausing run inside the write pause. Called twice for the same state, the
// later step comes first.
func (w Workflow) After(s progress.State, steps ...Step) Workflow {
	w = w.clone()
	switch i := w.index(s); {
	case i < 0:
		w.problem("After(%q): %s", s, w.unknown(s))
	case i == len(w.stages)-1:
		w.problem("After(%q): the migration ends there, so %s would be unreachable", s, names(steps))
	default:
		w.stages = slices.Insert(w.stages, i+1, stages(steps)...)
	}
	return w
}

// Before inserts steps directly before the state s, which may be a built-in
// state from preflight to done or a step that was inserted before. Called twice
// for the same state, the later step comes last.
func (w Workflow) Before(s progress.State, steps ...Step) Workflow {
	w = w.clone()
	switch i := w.index(s); {
	case i < 0:
		w.problem("Before(%q): %s", s, w.unknown(s))
	case i == 0:
		w.problem("Before(%q): the migration begins there, so %s would be unreachable", s, names(steps))
	default:
		w.stages = slices.Insert(w.stages, i, stages(steps)...)
	}
	return w
}

// Without removes states: testing, and steps that were inserted. The others
// are what the safety of a migration rests on.
func (w Workflow) Without(states ...progress.State) Workflow {
	w = w.clone()
	for _, s := range states {
		if i, ok := w.optional("Without", s); ok {
			w.stages = slices.Delete(w.stages, i, i+1)
		}
	}
	return w
}

// Replace puts a step of the host in the place of a state that can be removed.
// An empty Name keeps the state's name.
func (w Workflow) Replace(s progress.State, step Step) Workflow {
	w = w.clone()
	if i, ok := w.optional("Replace", s); ok {
		if step.Name == "" {
			step.Name = string(s)
		}
		w.stages[i] = stages([]Step{step})[0]
		w.stages[i].replaces = s
	}
	return w
}

// Mermaid draws the workflow as a Mermaid state diagram, steps of the host
// included. The transitions to failed, which every state has, are left out;
// states in which writes are paused have a dashed border.
func (w Workflow) Mermaid() string { return w.orDefault().table().Mermaid() }

// StepInfo describes one state of a workflow.
type StepInfo struct {
	// State is the state, for a step of the host its name.
	State progress.State `json:"state"`
	// Host tells that it is a step of the host.
	Host bool `json:"host"`
	// InPause tells that it runs while writes to the source are paused, and so
	// prolongs the pause.
	InPause bool `json:"in_pause"`
	// PastNoReturn tells that completion has been requested before it.
	PastNoReturn bool `json:"past_no_return"`
	// Removable tells that [Workflow.Without] and [Workflow.Replace] take it.
	Removable bool `json:"removable"`
	// Timeout is that of the step; zero if it has none of its own.
	Timeout time.Duration `json:"timeout_ns"`
	// Undo tells that the step can be undone.
	Undo bool `json:"undo"`
}

// Steps returns the states in their order, from new to done.
func (w Workflow) Steps() []StepInfo {
	w = w.orDefault()
	f := newFlow(w)
	out := make([]StepInfo, len(w.stages))
	for i, s := range w.stages {
		out[i] = StepInfo{
			State: s.state, Host: s.step != nil, Removable: s.optional,
			InPause: f.inPause(s.state), PastNoReturn: f.pastNoReturn(s.state),
		}
		if s.step != nil {
			out[i].Timeout, out[i].Undo = s.step.Timeout, s.step.Undo != nil
		}
	}
	return out
}

func (w Workflow) orDefault() Workflow {
	if w.stages == nil {
		d := DefaultWorkflow()
		d.problems = w.problems
		return d
	}
	return w
}

func (w Workflow) clone() Workflow {
	w = w.orDefault()
	w.stages, w.problems = slices.Clone(w.stages), slices.Clone(w.problems)
	return w
}

func (w Workflow) index(s progress.State) int {
	return slices.IndexFunc(w.stages, func(g stage) bool { return g.state == s })
}

// optional returns the place of a state that can be taken away.
func (w *Workflow) optional(method string, s progress.State) (int, bool) {
	i := w.index(s)
	switch {
	case i < 0:
		w.problem("%s(%q): %s", method, s, w.unknown(s))
	case !w.stages[i].optional:
		w.problem("%s(%q): the safety of the migration rests on it; only testing and steps of the host can go", method, s)
	default:
		return i, true
	}
	return 0, false
}

func (w *Workflow) problem(format string, args ...any) {
	w.problems = append(w.problems, fmt.Errorf("migration: Workflow."+format, args...))
}

func (w Workflow) table() machine.Table {
	way := make([]machine.Stop, len(w.stages))
	for i, s := range w.stages {
		way[i] = machine.Stop{State: s.state, Done: s.done}
	}
	return machine.NewTable(way)
}

// stages makes steps of the host what built-in states are.
func stages(steps []Step) []stage {
	out := make([]stage, len(steps))
	for i, s := range steps {
		out[i] = stage{state: progress.State(s.Name), done: progress.TriggerStepDone, optional: true, step: &s}
		out[i].drive = func(r *run, ctx context.Context) (progress.Trigger, error) { return r.stepHost(ctx, s) }
	}
	return out
}
