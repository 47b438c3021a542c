package migrationtest

import (
	"fmt"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// entries are the states that begin with an effect of this kind.
func entries() map[string]progress.State {
	return map[string]progress.State{
		"TestMigration": progress.StateTesting, whatStart: progress.StateStarting, whatPause: progress.StatePausing,
		whatComplete: progress.StateCompleting, whatSwitch: progress.StateSwitching,
	}
}

// judgeSteps finds what is wrong with the order of what was done in a migration
// that came to its end: way are the states of the workflow, all the effects in
// the order in which they began, and order those that ended.
func judgeSteps(way []migration.StepInfo, all []sideEffect, order []int) []string {
	j := stepJudge{way: way, place: map[progress.State]int{}, stands: map[string]bool{}}
	for i, s := range way {
		j.place[s.State] = i
	}
	for _, id := range order {
		if all[id].done {
			j.took(all[id])
		}
	}
	j.undos(all)
	return j.problems
}

// stepJudge follows what the host's steps have done and what was taken back.
type stepJudge struct {
	way      []migration.StepInfo
	place    map[progress.State]int
	stands   map[string]bool // what a step did is done
	problems []string
}

// took is told of the next effect.
func (j *stepJudge) took(e sideEffect) {
	switch {
	case e.step != "" && e.undo:
		j.stands[e.step] = false
	case e.step != "":
		j.missing(e, j.place[progress.State(e.step)])
		j.stands[e.step] = true
	case e.what == whatResume: // the next attempt has to do them again
		for i := j.place[progress.StateInSync] + 1; i < j.place[progress.StateCompleting]; i++ {
			j.stands[string(j.way[i].State)] = false
		}
	default:
		if at, ok := j.place[entries()[e.what]]; ok {
			j.missing(e, at)
		}
	}
}

// missing notes the steps that had to come before.
func (j *stepJudge) missing(e sideEffect, at int) {
	for _, s := range j.way[:at] {
		if s.Host && !j.stands[string(s.State)] {
			j.problems = append(j.problems, fmt.Sprintf("%s took effect in process %d, and what step %s did was not done", e.name(), e.process, s.State))
		}
	}
}

// undos judges when and in which order steps were undone.
func (j *stepJudge) undos(all []sideEffect) {
	completed := len(all)
	for id, e := range all {
		if e.what == whatComplete && e.done {
			completed = id // the last one is what the migration ended with
		}
	}
	last := map[int]int{} // by process: the place of the step that was undone last
	for id, e := range all {
		switch {
		case e.step == "":
		case !e.undo:
			delete(last, e.process)
		default:
			at := j.place[progress.State(e.step)]
			if before, ok := last[e.process]; ok && at > before {
				j.problems = append(j.problems, fmt.Sprintf("%s came in process %d after the undo of a step that stands before it", e.name(), e.process))
			}
			last[e.process] = at
			if id > completed {
				j.problems = append(j.problems, fmt.Sprintf("%s came after the completion", e.name()))
			}
		}
	}
}

// notUndone finds the steps since in_sync that a process has called and, when
// it had given the cut-over up, not undone.
func notUndone(way []migration.StepInfo, all []sideEffect, process int) []string {
	open := map[string]bool{}
	for _, e := range all {
		if e.step != "" && e.process == process {
			open[e.step] = !e.undo
		}
	}
	var problems []string
	since := false
	for _, s := range way {
		if since && s.Undo && open[string(s.State)] {
			problems = append(problems, fmt.Sprintf("the run ended before the completion, and step %s was not undone", s.State))
		}
		since = since || s.State == progress.StateInSync
	}
	return problems
}
