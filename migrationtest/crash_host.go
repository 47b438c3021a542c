package migrationtest

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/cachelift/cachelift/migration"
)

// errStruck is what a function of the host returns that is struck.
var errStruck = errors.New("migrationtest: struck by a test")

// call is a call of the host's own code, which is a side effect.
func (p *process) call(ctx context.Context, e sideEffect, do func(context.Context) error) error {
	if p.dead() {
		return p.fail(ctx, errDied)
	}
	e.call = true
	id, how := p.effects.begin(e)
	switch how {
	case kindRefused:
		return errStruck
	case kindGoneBefore:
		p.gone()
		return p.fail(ctx, errDied)
	}
	err := do(ctx)
	p.effects.end(id, err == nil && !p.dead())
	switch how {
	case kindErrorAfter:
		return errors.Join(errStruck, err)
	case kindGoneAfter:
		p.gone()
		return p.fail(ctx, errDied)
	}
	return err
}

// workflow makes the calls of the host's steps side effects.
func (p *process) workflow(w migration.Workflow) migration.Workflow {
	return w.Wrap(func(s migration.Step) migration.Step {
		run, undo := s.Run, s.Undo
		if run != nil { // else New says so
			s.Run = func(ctx context.Context, session *migration.Session) error {
				return p.call(ctx, sideEffect{what: "run of step " + s.Name, step: s.Name}, func(ctx context.Context) error { return run(ctx, session) })
			}
		}
		if undo != nil {
			s.Undo = func(ctx context.Context, session *migration.Session) error {
				return p.call(ctx, sideEffect{what: "undo of step " + s.Name, step: s.Name, undo: true}, func(ctx context.Context) error { return undo(ctx, session) })
			}
		}
		return s
	})
}

// struck makes the calls of a Cutover side effects. One that is or embeds a
// [migration.SourceFence] stays one for the library.
func (p *process) struck(s *Scenario, c migration.Cutover) migration.Cutover {
	calls := effectCutover{p, s, c}
	if fence := fenceOf(reflect.ValueOf(c)); fence != nil {
		return effectFence{fence, calls}
	}
	return calls
}

// fenceOf finds the SourceFence that a Cutover is or embeds.
func fenceOf(v reflect.Value) *migration.SourceFence {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		if fence, ok := v.Interface().(*migration.SourceFence); ok {
			return fence
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.Anonymous || !hasFence(f.Type) || !v.Field(i).CanInterface() && f.Type.Kind() == reflect.Pointer {
			continue
		}
		return fenceOf(v.Field(i))
	}
	return nil
}

// effectCutover makes the calls of a Cutover that change something side
// effects, and looks whether they do.
type effectCutover struct {
	process  *process
	scenario *Scenario
	next     migration.Cutover
}

// PauseWrites pauses writes.
func (c effectCutover) PauseWrites(ctx context.Context) error {
	return c.process.call(ctx, sideEffect{what: whatPause}, c.next.PauseWrites)
}

// ResumeWrites resumes writes, and looks whether they are acknowledged again.
func (c effectCutover) ResumeWrites(ctx context.Context) error {
	return c.process.call(ctx, sideEffect{what: whatResume}, func(ctx context.Context) error {
		err := c.next.ResumeWrites(ctx)
		if err == nil && !c.process.dead() && !c.scenario.flowing() && !c.process.dead() {
			c.process.effects.problem("ResumeWrites returned nil, and the source acknowledges no write of the application")
		}
		return err
	})
}

// Switch points the application to the target, which has to be a primary.
func (c effectCutover) Switch(ctx context.Context, to migration.Endpoint) error {
	return c.process.call(ctx, sideEffect{what: whatSwitch}, func(ctx context.Context) error {
		if role, err := c.scenario.targetRole(); err == nil && role != "master" {
			c.process.effects.problem("Switch was called while the target was a %s", role)
		}
		return c.next.Switch(ctx, to)
	})
}

// WritesPaused tells whether writes are paused; it changes nothing.
func (c effectCutover) WritesPaused(ctx context.Context) (bool, error) {
	if c.process.dead() {
		return false, c.process.fail(ctx, errDied)
	}
	return c.next.WritesPaused(ctx)
}

// effectFence is an effectCutover that the library takes for the fence that it
// is.
type effectFence struct {
	*migration.SourceFence
	calls effectCutover
}

// PauseWrites is that of the host.
func (f effectFence) PauseWrites(ctx context.Context) error { return f.calls.PauseWrites(ctx) }

// ResumeWrites is that of the host.
func (f effectFence) ResumeWrites(ctx context.Context) error { return f.calls.ResumeWrites(ctx) }

// Switch is that of the host.
func (f effectFence) Switch(ctx context.Context, to migration.Endpoint) error {
	return f.calls.Switch(ctx, to)
}

// WritesPaused is that of the host.
func (f effectFence) WritesPaused(ctx context.Context) (bool, error) {
	return f.calls.WritesPaused(ctx)
}

// What the calls of a Cutover and of the API are called.
const (
	whatPause    = "PauseWrites"
	whatResume   = "ResumeWrites"
	whatSwitch   = "Switch"
	whatStart    = "StartMigration"
	whatComplete = "CompleteMigration"
)

// flowing reports whether the source acknowledges what the application writes.
// A source that has never had a replica counts no offset; then it is asked.
func (s *Scenario) flowing() bool {
	if s.server.Offset() == 0 {
		return s.write() == nil
	}
	const enough = 1000 // bytes of stream
	before := s.server.AcknowledgedOffset()
	takes := time.Duration(float64(enough) / float64(s.source.WriteRate) * float64(time.Second))
	_ = wait(s.over, min(max(takes, 100*time.Millisecond), time.Second)) // at the end too
	return s.server.AcknowledgedOffset() > before
}
