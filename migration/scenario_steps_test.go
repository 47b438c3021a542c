package migration_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}

// steps are the steps of a script and the workflow that they stand in.
type steps struct {
	workflow migration.Workflow
	calls    map[string]int
	hangs    time.Duration // how long a step may outlive its run
}

func newSteps() *steps {
	return &steps{workflow: migration.DefaultWorkflow(), calls: map[string]int{}}
}

func (s *steps) without(c command) error {
	s.workflow = s.workflow.Without(progress.State(c.word(0)))
	return s.workflow.Validate()
}

// add is "step NAME": before=STATE or after=STATE, takes=DURATION, fails=N of
// its first calls, timeout=, tries=; and the words permanent, panics, hangs,
// undo, undo-fails, undo-hangs, needs-pause.
func (s *steps) add(c command) error {
	step := migration.Step{Name: c.word(0), NeedsPause: c.has("needs-pause")}
	takes, err1 := duration(c.set["takes"])
	timeout, err2 := duration(c.set["timeout"])
	tries, err3 := number(c.set["tries"])
	fails, err4 := number(c.set["fails"])
	step.Timeout, step.Retry.Tries = timeout, tries
	if c.has("undo-hangs") {
		s.hangs = time.Minute
	}
	if c.has("hangs") {
		s.hangs = max(s.hangs, takes)
	}
	step.Run = func(ctx context.Context, _ *migration.Session) error {
		s.calls[step.Name]++
		wait := time.NewTimer(takes)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-ctx.Done():
			if !c.has("hangs") {
				return ctx.Err()
			}
			<-wait.C
		}
		if s.calls[step.Name] > fails {
			return nil
		}
		return misbehave(c)
	}
	if c.has("undo") || c.has("undo-fails") || c.has("undo-hangs") {
		step.Undo = func(context.Context, *migration.Session) error {
			switch {
			case c.has("undo-fails"):
				return migration.Permanent(errors.New("it cannot be undone"))
			case c.has("undo-hangs"):
				<-time.After(time.Minute)
			}
			return nil
		}
	}
	if at := c.set["before"]; at != "" {
		s.workflow = s.workflow.Before(progress.State(at), step)
	} else {
		s.workflow = s.workflow.After(progress.State(c.set["after"]), step)
	}
	return errors.Join(err1, err2, err3, err4, s.workflow.Validate())
}

// misbehave is how a step fails.
func misbehave(c command) error {
	switch {
	case c.has("panics"):
		panic("a bug of the host")
	case c.has("permanent"):
		return migration.Permanent(errors.New("denied"))
	}
	return errors.New("not now")
}

func duration(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	return time.ParseDuration(s)
}

func number(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	return strconv.Atoi(s)
}

// size reads "40GiB", "3MiB" and plain bytes.
func size(s string) (int64, error) {
	for unit, shift := range map[string]uint{"GiB": 30, "MiB": 20, "KiB": 10} {
		if n := len(s) - len(unit); n > 0 && s[n:] == unit {
			v, err := strconv.ParseInt(s[:n], 10, 64)
			return v << shift, err
		}
	}
	if s == "" {
		return 0, nil
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("size %q, want bytes or a whole number of KiB, MiB or GiB", s)
	}
	return v, nil
}
