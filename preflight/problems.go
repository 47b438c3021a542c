package preflight

import (
	"errors"
	"fmt"
	"slices"
)

// problem is something wrong with a part of a document or of facts.
type problem struct {
	path string // by JSON names, e.g. "network.subnets[1].cidrs[0]"; empty for all of it
	text string
}

func (p problem) Error() string {
	if p.path == "" {
		return "preflight: facts: " + p.text
	}
	return "preflight: facts: " + p.path + ": " + p.text
}

// maxProblems is how many a person wants to read.
const maxProblems = 50

// problems collects what is wrong.
type problems []problem

func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, problem{path, fmt.Sprintf(format, args...)})
}

func (p problems) has(path string) bool {
	return slices.ContainsFunc(p, func(q problem) bool { return q.path == path })
}

// err joins them; nil if there are none.
func (p problems) err() error {
	var errs []error
	for i, q := range p {
		if i == maxProblems {
			errs = append(errs, fmt.Errorf("preflight: facts: and %d more problems", len(p)-i))
			break
		}
		errs = append(errs, q)
	}
	return errors.Join(errs...)
}
