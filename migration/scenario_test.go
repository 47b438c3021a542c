package migration_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// TestScenarios runs the scripts in testdata, each in virtual time: hours of a
// migration take milliseconds. -update writes what they show.
//
// A script sets the scene: source, target, sync, option, step, without, fault,
// at; and then acts: run, abort, status, start, pause, wait. Each run, abort and status
// is a Migrator of its own, as a new process has, with the same plan.
func TestScenarios(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			script := readScript(t, file)
			synctest.Test(t, func(t *testing.T) {
				script.run(t, newScene(t).do)
			})
		})
	}
}

// scene is what a script has set.
type scene struct {
	t        *testing.T
	scenario *migrationtest.Scenario
	source   simulator.MemoryOptions
	target   simulator.ReplicationGroup
	options  migration.Options
	steps    *steps
	crashed  string // the transcript of a run until its process died
	aborted  string // what Abort returned while a run was on its way
	settled  bool   // servers are up: the scene cannot be set any more
}

func newScene(t *testing.T) *scene {
	s := &scene{t: t, scenario: migrationtest.NewScenario(t), steps: newSteps()}
	t.Cleanup(func() { <-time.After(s.steps.hangs) })
	s.source.Keys, s.source.Dataset = 4_000_000, 2<<30
	s.target.ID = "prod-cache"
	return s
}

func (s *scene) do(c command) string {
	s.t.Helper()
	settings := map[string]func(command) error{
		"source": s.setSource, "target": s.setTarget, "sync": s.setSync, "option": s.setOption,
		"step": s.steps.add, "without": s.steps.without, "fault": s.addFault, "at": s.schedule,
	}
	actions := map[string]func(command) (string, error){
		"run": s.run, "abort": s.abort, "status": s.status, "start": s.start, "pause": s.pause, "wait": s.wait,
	}
	if set, ok := settings[c.name]; ok {
		if err := set(c); err != nil {
			s.t.Fatalf("%s: %v", c.at, err)
		}
		return ""
	}
	act, ok := actions[c.name]
	if !ok {
		s.t.Fatalf("%s: there is no such command", c.at)
	}
	s.settle()
	out, err := act(c)
	if err != nil {
		s.t.Fatalf("%s: %v", c.at, err)
	}
	return out
}

// settle starts the servers.
func (s *scene) settle() {
	if s.settled {
		return
	}
	s.settled = true
	s.scenario.Source(s.source).Target(s.target)
	s.scenario.Group()
}

// migrator is a new process.
func (s *scene) migrator(observers ...progress.Observer) *migration.Migrator {
	o := s.options
	o.Observers = observers
	o.Workflow = s.steps.workflow
	return s.scenario.Migrator(&o)
}

// run drives the migration: until=STATE, and cancel-in=STATE, abort-in=STATE or
// crash-in=STATE, a while after that has been entered.
func (s *scene) run(c command) (string, error) {
	ctx, cancel := context.WithCancelCause(s.t.Context())
	defer cancel(nil)
	if _, err := duration(c.set["after"]); err != nil {
		return "", err
	}
	s.scenario.Recorder().Reset()
	entered := make(chan struct{})
	m := s.migrator(entering(c, entered))
	ended := make(chan struct{})
	go s.interrupt(ctx, c, m, cancel, entered, ended)
	until := progress.State(c.set["until"])
	if until == "" {
		until = progress.StateDone
	}
	result, err := m.RunUntil(ctx, until)
	cancel(nil)
	<-ended
	if s.crashed != "" { // what the dead process went on to say nobody heard
		out := s.crashed + "=> the process died" + s.left()
		s.crashed = ""
		return out, nil
	}
	return s.shown(result.State, err), nil
}

var errOperator = errors.New("the operator pressed Ctrl-C")

// entering is closed when the state in which the script wants the run to end is
// entered.
func entering(c command, entered chan<- struct{}) progress.Observer {
	var once sync.Once
	return progress.ObserverFunc(func(_ context.Context, e progress.Event) {
		if in := c.set["cancel-in"] + c.set["abort-in"] + c.set["crash-in"]; string(e.Meta().State) == in {
			once.Do(func() { close(entered) })
		}
	})
}

// interrupt ends the run as the script says.
func (s *scene) interrupt(ctx context.Context, c command, m *migration.Migrator, cancel context.CancelCauseFunc, entered <-chan struct{}, ended chan<- struct{}) {
	defer close(ended)
	select {
	case <-ctx.Done():
		return
	case <-entered:
	}
	after, _ := duration(c.set["after"]) // checked by run
	<-time.After(after)
	switch {
	case c.set["crash-in"] != "":
		synctest.Wait()
		s.crashed = s.scenario.Recorder().Transcript()
		s.scenario.Crash(m)
		cancel(errOperator)
		return
	case c.set["cancel-in"] != "":
		cancel(errOperator)
		return
	}
	if err := m.Abort(context.WithoutCancel(ctx), "the script said so"); err != nil {
		s.aborted = "\n=> Abort: " + outcome(err)
	}
}

func (s *scene) abort(c command) (string, error) {
	s.scenario.Recorder().Reset()
	m := s.migrator()
	err := m.Abort(s.t.Context(), "the script said so")
	return s.shown(m.Snapshot().State, err), nil
}

func (s *scene) status(command) (string, error) {
	p, err := s.migrator().Status(s.t.Context())
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("state %s, status %s, role %s, writes %s", p.State, p.TargetStatus, p.TargetRole, p.Writes), nil
}

// start is somebody else's StartMigration.
func (s *scene) start(command) (string, error) {
	return "started", s.startMigration()
}

// pause leaves writes paused as a process does that dies.
func (s *scene) pause(command) (string, error) {
	fence := migration.NewSourceFence(nil)
	o := s.options
	o.Cutover = fence
	s.scenario.Migrator(&o) // binds it to the source
	return "paused", fence.PauseWrites(s.t.Context())
}

func (s *scene) wait(c command) (string, error) {
	d, err := time.ParseDuration(c.word(0))
	<-time.After(d)
	return "waited", err
}

// shown is the transcript of a run and what it left behind.
func (s *scene) shown(state progress.State, err error) string {
	var b strings.Builder
	b.WriteString(strings.TrimRight(s.scenario.Recorder().Transcript(), "\n"))
	fmt.Fprintf(&b, "%s\n=> %s, %s", s.aborted, state, outcome(err))
	s.aborted = ""
	b.WriteString(s.left())
	return b.String()
}

// left is what a run leaves behind.
func (s *scene) left() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n=> writes to the source are %s", s.writes())
	if to, ok := s.scenario.SwitchedTo(); ok {
		fmt.Fprintf(&b, ", the application is on the target: %t", to.Address == s.scenario.Group().PrimaryEndpoint().Address)
		if lost := s.scenario.SourceServer().AcknowledgedOffset() - s.scenario.Group().AppliedOffset(); lost > 0 {
			fmt.Fprintf(&b, ", LOST %d bytes of writes", lost)
		}
	}
	return b.String()
}

// writes tells whether the source acknowledges a write.
func (s *scene) writes() string {
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Second)
	defer cancel()
	if err := s.scenario.SourceClient().Del(ctx, "no-such-key").Err(); err != nil {
		return "paused"
	}
	return "open"
}

// outcome is what a host can test an error for.
func outcome(err error) string {
	if err == nil {
		return "no error"
	}
	var is []string
	for name, sentinel := range map[string]error{
		"ErrAborted": migration.ErrAborted, "ErrEnded": migration.ErrEnded, "ErrOutcomeUnknown": migration.ErrOutcomeUnknown,
		"ErrPastNoReturn": migration.ErrPastNoReturn, "ErrPausedTooLong": migration.ErrPausedTooLong,
		"ErrTargetBusy": migration.ErrTargetBusy, "the context's cause": errOperator,
	} {
		if errors.Is(err, sentinel) {
			is = append(is, name)
		}
	}
	var e *migration.Error
	if errors.As(err, &e) && e.Diagnosis != nil {
		is = append(is, fmt.Sprintf("cause %s in %s", e.Diagnosis.Cause, e.State))
	}
	if len(is) == 0 {
		return "error " + err.Error()
	}
	return "error is " + strings.Join(sorted(is), ", ")
}
