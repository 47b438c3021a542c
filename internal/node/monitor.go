package node

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/internal/retry"
)

// Monitor looks at a source over and over: at what INFO says, and at what CLIENT
// LIST and CONFIG GET say of the replicas' output buffers. What the server refuses
// is not asked again, so that no log of refused commands fills up. Use it from one
// goroutine at a time.
type Monitor struct {
	node    *Node
	refused map[string]bool // by the name of the command
}

// NewMonitor returns a monitor of the server n, which stays the caller's to close.
func NewMonitor(n *Node) *Monitor { return &Monitor{node: n, refused: map[string]bool{}} }

// Feeding is how a source feeds its replicas.
type Feeding struct {
	// Info is INFO.
	Info redisinfo.Info
	// Clients are the connections of replicas; nil if CLIENT LIST was refused.
	Clients []redisinfo.Client
	// Limit is client-output-buffer-limit of replicas; nil if CONFIG GET was
	// refused.
	Limit *redisinfo.BufferLimit
	// ReplTimeout is repl-timeout; 0 if CONFIG GET was refused.
	ReplTimeout time.Duration
}

// Look takes one look, in one round trip. The error is that of the connection, or
// that INFO was refused.
func (m *Monitor) Look(ctx context.Context) (Feeding, error) {
	var f Feeding
	var refused error
	list := []question{
		{[]any{"INFO"}, func(reply any, err error) {
			f.Info, refused = infoOf(reply, err)
		}},
		{[]any{"CLIENT", "LIST", "TYPE", "replica"}, func(reply any, err error) {
			if err == nil {
				f.Clients, err = redisinfo.ParseClients(reply)
			}
			if err == nil && f.Clients == nil {
				f.Clients = []redisinfo.Client{}
			}
		}},
		{[]any{"CONFIG", "GET", "client-output-buffer-limit"}, setting("client-output-buffer-limit", func(text string) {
			if limit, err := redisinfo.ReplicaBufferLimit(text); err == nil {
				f.Limit = &limit
			}
		})},
		{[]any{"CONFIG", "GET", "repl-timeout"}, setting("repl-timeout", func(text string) {
			if n, err := strconv.Atoi(text); err == nil && n > 0 {
				f.ReplTimeout = time.Duration(n) * time.Second
			}
		})},
	}
	if err := m.ask(ctx, list); err != nil {
		return Feeding{}, err
	}
	if refused != nil {
		return Feeding{}, m.node.failed("INFO", refused)
	}
	return f, nil
}

// setting takes the answer to a CONFIG GET of one parameter.
func setting(name string, take func(string)) func(any, error) {
	return func(reply any, err error) {
		if err != nil {
			return
		}
		if pairs, err := redisinfo.ParseConfig(reply); err == nil {
			take(pairs[name])
		}
	}
}

// ask asks all that was not refused before.
func (m *Monitor) ask(ctx context.Context, list []question) error {
	var open []question
	var commands [][]any
	for _, q := range list {
		if !m.refused[commandName(q.args)] {
			open, commands = append(open, q), append(commands, q.args)
		}
	}
	answers, err := m.node.ask(ctx, commands...)
	if err != nil {
		return err
	}
	for i, q := range open {
		err := answers[i].err
		// INFO is asked again in any case: nothing can be told without.
		if err != nil && i > 0 && Classify(err) != retry.Busy {
			m.refused[commandName(q.args)] = true
		}
		q.take(answers[i].reply, err)
	}
	return nil
}

// Following is INFO and ROLE of a replica, in one round trip. A role that is not
// understood is empty.
func (n *Node) Following(ctx context.Context) (redisinfo.Info, redisinfo.Role, error) {
	answers, err := n.ask(ctx, []any{"INFO"}, []any{"ROLE"})
	if err != nil {
		return redisinfo.Info{}, redisinfo.Role{}, err
	}
	info, err := infoOf(answers[0].reply, answers[0].err)
	if err != nil {
		return redisinfo.Info{}, redisinfo.Role{}, n.failed("INFO", err)
	}
	var role redisinfo.Role
	if answers[1].err == nil {
		if r, err := redisinfo.ParseRole(answers[1].reply); err == nil {
			role = r
		}
	}
	return info, role, nil
}

func infoOf(reply any, err error) (redisinfo.Info, error) {
	if err != nil {
		return redisinfo.Info{}, err
	}
	text, ok := reply.(string)
	if !ok {
		return redisinfo.Info{}, fmt.Errorf("reply is %T, not text", reply)
	}
	return redisinfo.ParseInfo(text), nil
}
