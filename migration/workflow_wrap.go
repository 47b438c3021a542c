package migration

import "slices"

// Wrap returns a workflow in which each step of the host is what wrap makes of
// it, for what all steps have in common: a trace, a timeout, a retry. The step
// keeps its place; one that is given another Name is a problem that
// [Workflow.Validate] reports. Wrap must not be nil, and is called before this
// method returns.
func (w Workflow) Wrap(wrap func(Step) Step) Workflow {
	w = w.clone()
	for i, g := range w.stages {
		if g.step == nil {
			continue
		}
		wrapped := wrap(*g.step)
		if wrapped.Name != g.step.Name {
			w.problem("Wrap: the step %q became %q, want the name unchanged", g.step.Name, wrapped.Name)
			continue
		}
		replaces := g.replaces
		w.stages = slices.Replace(w.stages, i, i+1, stages([]Step{wrapped})...)
		w.stages[i].replaces = replaces
	}
	return w
}
