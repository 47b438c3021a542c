package migrationtest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// errDied is what a Cutover is not asked for any more with.
var errDied = errors.New("migrationtest: the process has crashed")

// process is all that a Migrator of a scenario acts by, so that it can be cut
// off as if its process had died. Its methods are safe for concurrent use.
type process struct {
	effects *sideEffects // nil unless they are counted
	ended   func()       // called when one of them ends the process

	mu   sync.Mutex
	died time.Time // zero: it lives
	cuts map[int]func()
	next int
}

// gone is a crash that a side effect brings about.
func (p *process) gone() {
	p.crash()
	p.ended()
}

// hold notes what cuts something that begins, until release. It is not alive
// when the process has died: then it must not begin.
func (p *process) hold(cut func()) (release func(), alive bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.died.IsZero() {
		return func() {}, false
	}
	if p.cuts == nil {
		p.cuts = map[int]func(){}
	}
	p.next++
	id := p.next
	p.cuts[id] = cut
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.cuts, id)
	}, true
}

// crash cuts all that is open, and lets nothing begin any more.
func (p *process) crash() {
	p.mu.Lock()
	if p.died.IsZero() {
		p.died = time.Now()
	}
	cuts := p.cuts
	p.cuts = nil
	p.mu.Unlock()
	for _, cut := range cuts {
		cut()
	}
}

func (p *process) dead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.died.IsZero()
}

// lived reports whether the process had not died then.
func (p *process) lived(at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.died.IsZero() || !at.After(p.died)
}

// failsAfter is how long what a dead process tries takes to fail: more than no
// time, so that the failure can be told from what happened before the crash.
const failsAfter = time.Millisecond

// fail waits, and returns err.
func (p *process) fail(ctx context.Context, err error) error {
	_ = wait(ctx.Done(), failsAfter) // it fails either way
	return err
}

type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// dial makes connections that end with the process.
func (p *process) dial(next dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		release, alive := p.hold(cancel)
		if !alive {
			return nil, p.fail(ctx, refused(network))
		}
		defer release()
		conn, err := next(ctx, network, address)
		if err != nil {
			return nil, err
		}
		forget, alive := p.hold(func() { _ = conn.Close() }) // nobody is left to be told
		if !alive {
			_ = conn.Close() // it has not been used
			return nil, refused(network)
		}
		return &processConn{Conn: conn, process: p, forget: forget}, nil
	}
}

// processConn is a connection of a process.
type processConn struct {
	net.Conn
	process *process
	forget  func()
}

// Write sends nothing that a dead process says.
func (c *processConn) Write(b []byte) (int, error) {
	if c.process.dead() {
		return 0, c.process.fail(context.Background(), net.ErrClosed)
	}
	return c.Conn.Write(b)
}

// Close closes the connection.
func (c *processConn) Close() error {
	c.forget()
	return c.Conn.Close()
}

type doer interface {
	Do(*http.Request) (*http.Response, error)
}

// processHTTP makes the API calls of a process.
type processHTTP struct {
	process *process
	next    doer
}

// Do sends the request unless the process has died. The answer to one that was
// out then is lost.
func (c processHTTP) Do(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	release, alive := c.process.hold(cancel)
	if !alive {
		return nil, c.process.fail(ctx, reset("write"))
	}
	defer release()
	resp, err := c.next.Do(req.WithContext(ctx))
	if !c.process.dead() {
		return resp, err
	}
	if err == nil {
		_ = resp.Body.Close() // in memory
	}
	return nil, reset("read")
}

// processCutover asks a host's Cutover as long as the process lives.
type processCutover struct {
	process *process
	next    migration.Cutover
}

// cutover returns c for a process. One that is or embeds a [migration.SourceFence]
// is returned as it is: migration.New has to recognise it, and its connections
// are cut anyway.
func (p *process) cutover(c migration.Cutover) migration.Cutover {
	if c == nil || hasFence(reflect.TypeOf(c)) {
		return c
	}
	return processCutover{p, c}
}

// hasFence reports whether a type is a SourceFence or has its methods by
// embedding.
func hasFence(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[migration.SourceFence]() {
		return true
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous && f.Type != reflect.PointerTo(t) && hasFence(f.Type) {
			return true
		}
	}
	return false
}

// PauseWrites pauses writes.
func (c processCutover) PauseWrites(ctx context.Context) error {
	return c.ask(ctx, c.next.PauseWrites)
}

// ResumeWrites resumes writes.
func (c processCutover) ResumeWrites(ctx context.Context) error {
	return c.ask(ctx, c.next.ResumeWrites)
}

// Switch points the application to the target.
func (c processCutover) Switch(ctx context.Context, to migration.Endpoint) error {
	return c.ask(ctx, func(ctx context.Context) error { return c.next.Switch(ctx, to) })
}

// WritesPaused tells whether writes are paused.
func (c processCutover) WritesPaused(ctx context.Context) (paused bool, err error) {
	err = c.ask(ctx, func(ctx context.Context) (err error) {
		paused, err = c.next.WritesPaused(ctx)
		return err
	})
	return paused, err
}

func (c processCutover) ask(ctx context.Context, method func(context.Context) error) error {
	if c.process.dead() {
		return c.process.fail(ctx, errDied)
	}
	return method(ctx)
}

// observer records what the process says while it lives.
func (p *process) observer(next progress.Observer) progress.Observer {
	return progress.ObserverFunc(func(ctx context.Context, e progress.Event) {
		if p.lived(e.Meta().At) {
			next.Observe(ctx, e)
		}
	})
}
