package node

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errClosed tells that the node was closed.
var errClosed = errors.New("the node is closed")

// do sends one command and waits for the answer, both bounded by the node's
// timeout and by ctx. Commands take turns: the server would do them one by one
// anyway.
func (n *Node) do(ctx context.Context, args ...any) (any, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	select {
	case n.turn <- struct{}{}:
		defer func() { <-n.turn }()
	case <-ctx.Done():
		return nil, n.failed(commandName(args), context.Cause(ctx))
	}
	if err := n.begin(cancel); err != nil {
		return nil, n.failed(commandName(args), err)
	}
	defer n.end()
	slow := time.AfterFunc(n.cfg.Timeout, func() { cancel(errSlow{n.cfg.Timeout}) })
	defer slow.Stop()
	reply, err := n.send(ctx, args)
	if errors.Is(err, errStale) {
		reply, err = n.send(ctx, args)
	}
	if err != nil {
		return nil, n.failed(commandName(args), err)
	}
	return reply, nil
}

// errSlow is the cause of a call that was given up; it is a
// [context.DeadlineExceeded].
type errSlow struct{ after time.Duration }

func (e errSlow) Error() string {
	return fmt.Sprintf("no answer within %s: %v", e.after, context.DeadlineExceeded)
}

func (errSlow) Unwrap() error { return context.DeadlineExceeded }

// send uses the session, and makes one if there is none.
func (n *Node) send(ctx context.Context, args []any) (any, error) {
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
	reply, alive, err := n.current.do(ctx, args)
	if !alive {
		n.current.close()
		n.current = nil
	}
	return reply, err
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

// Close closes the connection. A call that is under way is interrupted, later
// ones fail. Closing twice is harmless.
func (n *Node) Close() error {
	n.mu.Lock()
	n.closed = true
	if n.interrupt != nil {
		n.interrupt(errClosed)
	}
	n.mu.Unlock()
	n.turn <- struct{}{}
	defer func() { <-n.turn }()
	if n.current != nil {
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
	if len(args) > 1 && (name == "CONFIG" || name == "CLIENT") {
		name += " " + fmt.Sprint(args[1])
	}
	return name
}
