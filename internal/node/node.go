// Package node talks to one Redis or Valkey server, at either end of a
// migration: it asks for its role and INFO, gathers the facts the preflight
// checks need, and on a source puts up the fence that stops writes.
package node

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
)

// defaultTimeout is generous because a server that loads a data set answers
// INFO only between two chunks: 4.4 s were measured.
const defaultTimeout = 10 * time.Second

// Config says where a server is and how to reach it.
type Config struct {
	// Address is "host:port".
	Address string
	// Username is the ACL user; empty means the default user.
	Username string
	// Password is asked for each new connection; nil means no authentication.
	Password func(context.Context) (string, error)
	// TLS turns TLS on; nil means plain TCP. An empty ServerName is filled in
	// with the host of Address.
	TLS *tls.Config
	// Dial makes the TCP connections; nil means a net.Dialer. What wraps one should have
	// its method SetLinger, or NetConn as a tls.Conn has: without, the kernel may
	// deliver a command later that was given up.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Timeout bounds dialing, and each command. Default 10 s.
	Timeout time.Duration
	// Lost is for nodes of one server that come one after the other: what one has given up
	// the next one ends. Nil means that each knows of its own alone.
	Lost *Lost
}

// Node is one server. Its methods may be called from any goroutine. Each makes
// one attempt: whoever calls decides about another with [Classify].
//
// It keeps one connection, made when it is first needed and again after it
// broke, and behind a fence that it has closed a second one.
type Node struct {
	cfg     Config
	turn    chan struct{} // held by the call that uses current
	current *session      // nil while there is no connection

	mu        sync.Mutex
	closed    bool
	interrupt context.CancelCauseFunc // ends the call under way
	rehearses bool                    // the fence that it closed last is one of a rehearsal
	second    *Node                   // for writes that are tried, see takeSecond; nil: none
}

// Open returns the node; it does no I/O. Close it after use.
func Open(cfg Config) *Node {
	return &Node{cfg: cfg.withDefaults(), turn: make(chan struct{}, 1)}
}

func (c Config) withDefaults() Config {
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{}).DialContext
	}
	if c.Lost == nil {
		c.Lost = new(Lost)
	}
	return c
}

// Address is where the server is asked, "host:port".
func (n *Node) Address() string { return n.cfg.Address }

// String is the address. It holds no secret.
func (n *Node) String() string { return "redis " + n.cfg.Address }

// Role asks for the role and the replication offset. It costs the server one
// or two microseconds, so it may be polled every few milliseconds.
func (n *Node) Role(ctx context.Context) (redisinfo.Role, error) {
	reply, err := n.do(ctx, "ROLE")
	if err != nil {
		return redisinfo.Role{}, err
	}
	role, err := redisinfo.ParseRole(reply)
	if err != nil {
		return redisinfo.Role{}, n.failed("ROLE", err)
	}
	return role, nil
}

// Info asks for INFO's default sections. It costs the server 20 to 80
// microseconds; a server that is loading its data may take seconds to answer.
func (n *Node) Info(ctx context.Context) (redisinfo.Info, error) {
	reply, err := n.do(ctx, "INFO")
	if err != nil {
		return redisinfo.Info{}, err
	}
	text, ok := reply.(string)
	if !ok {
		return redisinfo.Info{}, n.failed("INFO", fmt.Errorf("reply is %T, not text", reply))
	}
	return redisinfo.ParseInfo(text), nil
}

// RoleInfo is [Node.Role] and [Node.Info] in one round trip; with names of sections, of
// those alone, which costs the server less.
func (n *Node) RoleInfo(ctx context.Context, sections ...string) (redisinfo.Role, redisinfo.Info, error) {
	commands := [][]any{{"ROLE"}}
	for _, s := range sections { // one each: several at once are of Redis 7.0
		commands = append(commands, []any{"INFO", s})
	}
	if len(sections) == 0 {
		commands = append(commands, []any{"INFO"})
	}
	answers, err := n.ask(ctx, commands...)
	if err == nil {
		err = firstError(answers)
	}
	if err != nil {
		return redisinfo.Role{}, redisinfo.Info{}, err
	}
	role, err := redisinfo.ParseRole(answers[0].reply)
	if err != nil {
		return redisinfo.Role{}, redisinfo.Info{}, n.failed("ROLE", err)
	}
	var all strings.Builder
	for _, a := range answers[1:] {
		text, ok := a.reply.(string)
		if !ok {
			return redisinfo.Role{}, redisinfo.Info{}, n.failed("INFO", fmt.Errorf("reply is %T, not text", a.reply))
		}
		all.WriteString(text)
		all.WriteString("\r\n")
	}
	return role, redisinfo.ParseInfo(all.String()), nil
}
