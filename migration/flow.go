package migration

import (
	"slices"

	"github.com/cachelift/cachelift/internal/machine"
	"github.com/cachelift/cachelift/progress"
)

// flow answers where a state stands in a workflow. States that are not on the
// way, such as aborting, are before everything.
type flow struct {
	stages []stage
	table  machine.Table
}

func newFlow(w Workflow) flow {
	w = w.orDefault()
	return flow{stages: w.stages, table: w.table()}
}

// at is the place of a state; -1 if it is not on the way.
func (f flow) at(s progress.State) int {
	return slices.IndexFunc(f.stages, func(g stage) bool { return g.state == s })
}

// after reports whether s comes later than mark.
func (f flow) after(s, mark progress.State) bool { return f.at(s) > f.at(mark) }

// next is the state that follows s.
func (f flow) next(s progress.State) progress.State { return f.stages[f.at(s)+1].state }

// replicating: the target follows the source and writes are open.
func (f flow) replicating(s progress.State) bool {
	return f.after(s, progress.StateStarting) && !f.after(s, progress.StateInSync) || f.approving(s)
}

// approving: what comes between in sync and the write pause.
func (f flow) approving(s progress.State) bool {
	return f.after(s, progress.StateInSync) && f.after(progress.StatePausing, s)
}

// inPause: writes to the source are paused, or being paused, and the
// application is not switched yet.
func (f flow) inPause(s progress.State) bool {
	return !f.after(progress.StatePausing, s) && !f.after(s, progress.StateSwitching)
}

// backsOut: the write pause before the point of no return.
func (f flow) backsOut(s progress.State) bool {
	return f.inPause(s) && f.after(progress.StateCompleting, s)
}

// pastNoReturn: completion has been requested.
func (f flow) pastNoReturn(s progress.State) bool { return !f.after(progress.StateCompleting, s) }

// entry is where a run goes on that found the migration in s. Before syncing,
// in_sync and switching that is the first step of the host since the last state
// that a run waits in: an earlier run may have ended in it. Before starting it is
// not, because the request that was found came after those steps; those before
// completing are called there.
func (f flow) entry(s progress.State) progress.State {
	since := f.at(s) - 1
	switch s {
	case progress.StateSyncing, progress.StateInSync:
		since = f.at(progress.StateStarting)
	case progress.StateSwitching:
		since = f.at(progress.StateCompleting)
	}
	for _, g := range f.stages[since+1 : f.at(s)] {
		if g.step != nil {
			return g.state
		}
	}
	return s
}

// hosts are the steps of the host between two states.
func (f flow) hosts(after, before progress.State) []Step {
	var out []Step
	for _, g := range f.stages[f.at(after)+1 : f.at(before)] {
		if g.step != nil {
			out = append(out, *g.step)
		}
	}
	return out
}
