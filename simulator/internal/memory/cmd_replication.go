package memory

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/redcon"
)

// replicationCommands are about the server's part in replication.
func replicationCommands() []command {
	return []command{
		{"role", 1, loadingOK, role},
		{"replicaof", 3, operator, replicaOf},
		{"slaveof", 3, operator, replicaOf},
		{"wait", 3, 0, wait},
		{"replconf", -1, loadingOK, replconf},
	}
}

func role(c *call) any {
	s := c.server
	if l := s.link; l != nil {
		offset := int64(-1)
		if l.phase == phaseUp {
			offset = s.offset
		}
		state := string(l.phase)
		if l.phase == phaseLoading {
			state = string(phaseSync)
		}
		return []any{"slave", l.host, redcon.SimpleInt(l.port), state, redcon.SimpleInt(offset)}
	}
	replicas := []any{}
	for _, l := range s.replicas {
		if l.state() == stateOnline {
			replicas = append(replicas, []any{l.replica.spec.IP, strconv.Itoa(l.replica.spec.Port), itoa(l.ackOffset)})
		}
	}
	return []any{"master", redcon.SimpleInt(s.offset), replicas}
}

func replicaOf(c *call) any {
	s, host, port := c.server, c.args[1], c.args[2]
	if s.config["cluster-enabled"] == "yes" {
		return errorf("ERR REPLICAOF not allowed in cluster mode.")
	}
	if strings.EqualFold(host, "no") && strings.EqualFold(port, "one") {
		s.promote()
		return ok
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 0 || n > 65535 {
		return errorf("ERR Invalid master port")
	}
	if s.link != nil && strings.EqualFold(s.link.host, host) && s.link.port == n {
		return redcon.SimpleString("OK Already connected to specified master")
	}
	s.follow(host, n, false)
	return ok
}

// replconf is what a replica says of itself before it asks for the stream, and
// what whoever tries out a server may say as well. Nothing comes of it.
func replconf(c *call) any {
	if len(c.args)%2 == 0 {
		return errSyntax
	}
	for i := 1; i < len(c.args); i += 2 {
		switch option := strings.ToLower(c.args[i]); option {
		case "capa", "ip-address":
		case "listening-port":
			if _, err := strconv.Atoi(c.args[i+1]); err != nil {
				return errNotInteger
			}
		default:
			return errorf("ERR Unrecognized REPLCONF option: %s", c.args[i])
		}
	}
	return ok
}

// waiting is a WAIT under way.
type waiting struct {
	replicas int
	offset   int64
	until    time.Time // zero: for ever
}

func wait(c *call) any {
	n, err := strconv.Atoi(c.args[1])
	if err != nil {
		return errNotInteger
	}
	ms, err := strconv.ParseInt(c.args[2], 10, 64)
	switch {
	case err != nil:
		return errorf("ERR timeout is not an integer or out of range")
	case ms < 0:
		return errorf("ERR timeout is negative")
	case c.server.link != nil:
		return errWaitReplica
	}
	w := &waiting{replicas: n, offset: c.client.written}
	if ms > 0 {
		w.until = c.now.Add(time.Duration(ms) * time.Millisecond)
	}
	have := c.server.acknowledged(w.offset)
	if have >= n || c.client.queued != nil {
		return redcon.SimpleInt(have)
	}
	if c.server.backlog != nil {
		c.server.grow(getAckBytes)
	}
	return w
}

// getAckBytes is the size of the question to replicas how far they are.
const getAckBytes = int64(len("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n"))

// acknowledged is the number of replicas that have told that they have applied
// the stream up to an offset.
func (s *Server) acknowledged(offset int64) int {
	n := 0
	for _, l := range s.replicas {
		if l.phase == phaseUp && l.ackOffset >= offset {
			n++
		}
	}
	return n
}

// answers takes the replicas' answers to the question how far they are.
func (s *Server) answers(offset int64) {
	if s.wire.Silent {
		return
	}
	for _, l := range s.replicas {
		if l.phase == phaseUp && l.replica.offset >= offset {
			l.ackOffset, l.ackAt = l.replica.offset, s.world.at
		}
	}
}

// longestLook bounds the time between two looks of a WAIT.
const longestLook = 100 * time.Millisecond

// wait looks until enough replicas have what was written, less and less often.
func (s *Server) wait(c *client, w *waiting, closed <-chan struct{}) (reply any, alive bool) {
	look := max(s.world.figures.RoundTrip, 100*time.Microsecond)
	for {
		if left := time.Until(w.until); !w.until.IsZero() {
			look = min(look, max(left, 0))
		}
		if !c.pass(look, closed) {
			return nil, false
		}
		s.world.lock()
		s.answers(w.offset)
		have, over := s.acknowledged(w.offset), !w.until.IsZero() && !s.world.at.Before(w.until)
		s.world.mu.Unlock()
		if have >= w.replicas || over {
			return redcon.SimpleInt(have), true
		}
		look = min(2*look, longestLook)
	}
}

// Follow makes the server a replica, as its group does. Turning to the same
// server again drops the link and starts over.
func (s *Server) Follow(host string, port int) {
	s.world.lock()
	defer s.world.mu.Unlock()
	if s.door != nil {
		s.promote()
		s.follow(host, port, false)
	}
}

// FollowMember makes the server a replica of another node of its group.
func (s *Server) FollowMember(primary *Server) {
	s.world.lock()
	defer s.world.mu.Unlock()
	if s.door != nil {
		s.follow(primary.spec.Host, primary.spec.Port, true)
	}
}

// Promote makes the server a primary, and does nothing if it is one.
func (s *Server) Promote() error {
	s.world.lock()
	defer s.world.mu.Unlock()
	if s.door == nil {
		return net.ErrClosed
	}
	s.promote()
	return nil
}
