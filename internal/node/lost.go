package node

import (
	"cmp"
	"context"
	"net"
	"slices"
	"sync"
)

// setLinger is SetLinger of the TCP connection inside conn, if it can be reached. With 0 a
// connection is closed by a reset, and the kernel drops what it has not sent: otherwise it goes
// on to deliver a command that was given up, for minutes on a network that is cut, and the
// server executes it after those that came later on another connection.
func setLinger(conn net.Conn, seconds int) {
	for range 8 { // none is wrapped more often, but one may claim to wrap itself
		switch c := conn.(type) {
		case interface{ SetLinger(seconds int) error }:
			_ = c.SetLinger(seconds) // it is closed already then
			return
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		}
	}
}

// clientID asks for what the server calls the connection. It goes with the last questions
// before a change, so that it costs no round trip.
func clientID() []any { return []any{"CLIENT", "ID"} }

// learn takes the id of the connection from the answers, if it was asked for.
func (s *session) learn(commands [][]any, answers []answer) {
	for i, a := range answers {
		if id, ok := a.reply.(int64); ok && commandName(commands[i]) == "CLIENT ID" {
			s.id = id
		}
	}
}

// changes reports whether one of the commands may change what keeps writes out.
func changes(commands [][]any) bool {
	return slices.ContainsFunc(commands, func(args []any) bool {
		return slices.Contains([]string{"ACL DELUSER", "ACL SETUSER", "CLIENT PAUSE", "CLIENT UNPAUSE", "CONFIG SET"}, commandName(args))
	})
}

// Lost are the connections on which a change was given up: CLIENT PAUSE, CONFIG SET and
// the like, sent and not answered. The zero value has none. It may be used from any goroutine.
type Lost struct {
	mu  sync.Mutex
	ids []int64
}

// add notes a connection, if its id is known.
func (l *Lost) add(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id != 0 {
		l.ids = append(l.ids, id)
	}
}

func (l *Lost) all() []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.ids)
}

func (l *Lost) remove(ids []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids = slices.DeleteFunc(l.ids, func(id int64) bool { return slices.Contains(ids, id) })
}

// endLost makes sure, before anything else is sent, that the server executes nothing more of
// a connection on which a change was given up: a tunnel may hold it, and what was sent on it,
// for longer than its client. That the user may not, or that the server knows no such filter, is
// no error. The filters keep from harm if a server that was restarted has given
// the number to somebody else: no replica, and none of another user.
func (n *Node) endLost(ctx context.Context, s *session) error {
	ids := n.cfg.Lost.all()
	if len(ids) == 0 {
		return nil
	}
	var kills [][]any
	for _, id := range ids {
		kills = append(kills, []any{"CLIENT", "KILL", "ID", id, "USER", cmp.Or(n.cfg.Username, "default"), "TYPE", "normal"})
	}
	answers, alive, err := s.do(ctx, kills)
	switch {
	case err != nil:
		return err
	case !alive:
		return context.Cause(ctx)
	}
	for _, a := range answers {
		if err := passing(a.err); err != nil {
			return err
		}
	}
	n.cfg.Lost.remove(ids)
	return nil
}
