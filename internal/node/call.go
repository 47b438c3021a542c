package node

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errClosed tells that the node was closed.
var errClosed = errors.New("the node is closed")

// answer is what the server said to one command of several.
type answer struct {
	reply any
	err   error // an error reply
}

// do sends one command and waits for the answer, both bounded by the node's
// timeout and by ctx.
func (n *Node) do(ctx context.Context, args ...any) (any, error) {
	answers, err := n.ask(ctx, args)
	if err != nil {
		return nil, err
	}
	return answers[0].reply, answers[0].err
}

// ask sends commands all at once and waits for the answers, which costs one
// round trip, bounded by the node's timeout and by ctx. The error is that of the
// connection; error replies are in the answers. Calls take turns: the server
// would do the commands one by one anyway.
func (n *Node) ask(ctx context.Context, commands ...[]any) ([]answer, error) {
	return n.askWithin(ctx, n.cfg.Timeout, commands...)
}

// askWithin is ask with a shorter timeout.
func (n *Node) askWithin(ctx context.Context, most time.Duration, commands ...[]any) ([]answer, error) {
	most = min(most, n.cfg.Timeout)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	op := commandName(commands[0])
	select {
	case n.turn <- struct{}{}:
		defer func() { <-n.turn }()
	case <-ctx.Done():
		return nil, n.failed(op, context.Cause(ctx))
	}
	if err := n.begin(cancel); err != nil {
		return nil, n.failed(op, err)
	}
	defer n.end()
	slow := time.AfterFunc(most, func() { cancel(errSlow{most}) })
	defer slow.Stop()
	answers, err := n.send(ctx, commands)
	if errors.Is(err, errStale) {
		answers, err = n.send(ctx, commands)
	}
	if err != nil {
		return nil, n.failed(op, err)
	}
	for i, a := range answers {
		if a.err != nil {
			answers[i].err = n.failed(commandName(commands[i]), a.err)
		}
	}
	return answers, nil
}

// errSlow is the cause of a call that was given up; it is a
// [context.DeadlineExceeded].
type errSlow struct{ after time.Duration }

func (e errSlow) Error() string {
	return fmt.Sprintf("no answer within %s: %v", e.after, context.DeadlineExceeded)
}

func (errSlow) Unwrap() error { return context.DeadlineExceeded }

// send uses the session, and makes one if there is none.
func (n *Node) send(ctx context.Context, commands [][]any) ([]answer, error) {
	if n.current == nil {
		s, err := newSession(ctx, n.cfg)
		if err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			return nil, err
		}
		n.current = s
	}
	s := n.current
	if err := n.endLost(ctx, s); err != nil {
		s.close()
		n.current = nil
		return nil, err
	}
	answers, alive, err := s.do(ctx, commands)
	s.learn(commands, answers)
	if !alive {
		s.close()
		n.current = nil
		if err != nil && changes(commands) {
			n.cfg.Lost.add(s.id)
		}
	}
	return answers, err
}

// begin notes how to interrupt the call that has its turn.
func (n *Node) begin(cancel context.CancelCauseFunc) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return errClosed
	}
	n.interrupt = cancel
	return nil
}

func (n *Node) end() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.interrupt = nil
}

// Close closes the connections. A call that is under way is interrupted, later
// ones fail. Closing twice is harmless.
func (n *Node) Close() error {
	n.mu.Lock()
	n.closed = true
	if n.interrupt != nil {
		n.interrupt(errClosed)
	}
	second := n.second
	n.second = nil
	n.mu.Unlock()
	if second != nil {
		_ = second.Close() // it has no error to tell
	}
	n.turn <- struct{}{}
	defer func() { <-n.turn }()
	if n.current != nil {
		setLinger(n.current.conn, -1) // all that was sent was answered
		n.current.close()
		n.current = nil
	}
	return nil
}

// failed says where and at what an error happened.
func (n *Node) failed(op string, err error) error {
	return fmt.Errorf("%s: %s: %w", n, op, err)
}

// commandName is the command without its arguments, except for containers such
// as CONFIG, whose first argument is part of the name.
func commandName(args []any) string {
	name := fmt.Sprint(args[0])
	switch name {
	case "ACL", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "MODULE":
		if len(args) > 1 {
			name += " " + fmt.Sprint(args[1])
		}
	}
	return name
}
