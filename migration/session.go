package migration

import (
	"context"
	"net"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/progress"
)

// Session is what a [Step] is given: the plan, what is known, and clients of
// both servers. It is valid until the call of the step returns; after that its
// clients are closed and Note says nothing. Its methods may
// be called from any goroutine.
type Session struct {
	run     *run
	attempt int

	mu      sync.Mutex
	over    bool // the call has ended
	clients []*redis.Client
}

// Plan returns the plan.
func (s *Session) Plan() Plan { return s.run.plan }

// Snapshot returns what is known of the migration now, without I/O.
func (s *Session) Snapshot() progress.Snapshot { return s.run.Snapshot() }

// Attempt counts the calls of the step since its state was entered, from 1.
func (s *Session) Attempt() int { return s.attempt }

// Note tells the observers a sentence, as [progress.Noted].
func (s *Session) Note(text string) {
	s.mu.Lock()
	over := s.over
	s.mu.Unlock()
	if !over {
		s.run.emit(progress.Noted{Text: text})
	}
}

// Source returns a go-redis client of the source, with Options.SourceRedis and
// Options.DialContext. It connects when it is first used, retries nothing, and
// is closed when the call of the step returns. While writes are paused by a
// [SourceFence], its writes are refused like any other's.
func (s *Session) Source() *redis.Client {
	return s.client(sourceConfig(s.run.plan, s.run.opts))
}

// Target returns a go-redis client of the group's primary, with
// Options.TargetRedis and Options.DialContext; for the rest it is like the one
// of Source. Until the promotion the primary is a replica and refuses writes
// with READONLY.
func (s *Session) Target() *redis.Client {
	c := nodeConfig(s.Snapshot().TargetPrimary, s.run.opts.TargetRedis, s.run.opts)
	if c.Address == "" { // go-redis would take it for localhost
		c.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errNoPrimary }
	}
	return s.client(c)
}

func (s *Session) client(c node.Config) *redis.Client {
	client := node.NewClient(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over { // a step that was abandoned
		_ = client.Close() // it has not connected
		return client
	}
	s.clients = append(s.clients, client)
	return client
}

// close ends what the step was given.
func (s *Session) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range slices.Backward(s.clients) {
		_ = c.Close() // nothing to be done about it
	}
	s.clients, s.over = nil, true
}
