package node

import (
	"cmp"
	"context"
	"net"
	"slices"
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

// endLost makes sure, on a new session, that the server executes nothing more of the
// connection on which a change was given up: a tunnel may hold it, and what was sent on it, for
// longer than this process. That the user may not, or that the server knows no such filter, is
// no error. The filters keep from harm if a server that was restarted has given
// the number to somebody else: no replica, and none of another user.
func (n *Node) endLost(ctx context.Context, s *session) error {
	if n.lost == 0 {
		return nil
	}
	kill := []any{"CLIENT", "KILL", "ID", n.lost, "USER", cmp.Or(n.cfg.Username, "default"), "TYPE", "normal"}
	answers, alive, err := s.do(ctx, [][]any{kill})
	switch {
	case err != nil:
		return err
	case !alive:
		return context.Cause(ctx)
	}
	if err := passing(answers[0].err); err != nil {
		return err
	}
	n.lost = 0
	return nil
}
