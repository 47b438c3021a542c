package memory

import (
	"net"
	"time"

	"github.com/tidwall/redcon"
)

// client is one connection of a server.
type client struct {
	server        *Server
	id            int
	name          string
	gone          <-chan struct{} // closed when the peer has closed the connection
	authenticated bool
	db            int
	queued        *transaction // nil outside of MULTI
	written       int64        // the offset behind its last write
	quit          bool         // the connection is to be closed after the reply
}

// door is where a server lets clients in.
type door struct {
	address  address
	incoming chan net.Conn
	closed   chan struct{}
}

// open lets clients in.
func (s *Server) open() *door {
	d := &door{address: address(s.addr), incoming: make(chan net.Conn), closed: make(chan struct{})}
	s.world.serving.Go(func() { s.serve(d) })
	return d
}

// close shuts the door and breaks all connections.
func (d *door) close() { close(d.closed) }

// serve answers connections until the door is closed, and returns when all of
// them have ended.
func (s *Server) serve(d *door) {
	_ = redcon.Serve(d, s.handle, func(conn redcon.Conn) bool {
		s.world.serving.Add(1) // the door's own goroutine keeps it above zero
		return s.welcome(d, conn)
	}, func(conn redcon.Conn, _ error) {
		s.farewell(conn)
		s.world.serving.Done()
	})
}

// Accept waits for the next connection.
func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.incoming:
		return c, nil
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

// Close is called when serving has ended; the door is closed by then.
func (d *door) Close() error { return nil }

// Addr returns the server's address.
func (d *door) Addr() net.Addr { return d.address }

// welcome registers a client.
func (s *Server) welcome(d *door, conn redcon.Conn) bool {
	s.world.lock()
	defer s.world.mu.Unlock()
	s.stats.connections++
	if s.door != d {
		return true // its connections are about to be closed
	}
	s.lastClient++
	c := &client{server: s, id: s.lastClient, gone: conn.NetConn().(*end).peer.gone, authenticated: s.config["requirepass"] == ""}
	s.clients[c.id] = c
	conn.SetContext(c)
	return true
}

// farewell forgets a client.
func (s *Server) farewell(conn redcon.Conn) {
	s.world.lock()
	defer s.world.mu.Unlock()
	if c, ok := conn.Context().(*client); ok && s.clients[c.id] == c {
		delete(s.clients, c.id)
	}
}

// refusesConnections reports whether protected mode keeps clients out.
func (s *Server) refusesConnections() bool {
	return s.config["protected-mode"] == "yes" && s.config["requirepass"] == ""
}

// handle answers one command. Each takes a round trip.
func (s *Server) handle(conn redcon.Conn, cmd redcon.Command) {
	c, ok := conn.Context().(*client)
	if !ok {
		_ = conn.Close()
		return
	}
	args := make([]string, len(cmd.Args))
	for i, a := range cmd.Args {
		args[i] = string(a)
	}
	if len(args) == 0 {
		return
	}
	d := conn.NetConn().(*end)
	if !c.pass(s.world.figures.RoundTrip, d.gone) {
		_ = conn.Close()
		return
	}
	reply, alive := s.do(c, args, d.gone)
	if !alive {
		_ = conn.Close()
		return
	}
	conn.WriteRaw(redcon.AppendAny(nil, reply))
	if c.quit {
		_ = conn.Close()
	}
}

// pass waits, unless one of both ends goes away.
func (c *client) pass(d time.Duration, closed <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.gone:
	case <-closed:
	}
	return false
}

// do processes a command, and waits while it is parked. A client that goes away
// takes its parked command with it. alive is false if there is nobody to reply to.
func (s *Server) do(c *client, args []string, closed <-chan struct{}) (reply any, alive bool) {
	w := s.world
	w.lock()
	if s.clients[c.id] != c { // the server was stopped
		w.mu.Unlock()
		return nil, false
	}
	reply, park := s.process(c, args)
	if !park {
		w.mu.Unlock()
		if again, isWait := reply.(*waiting); isWait {
			return s.wait(c, again, closed)
		}
		return reply, true
	}
	p := &parked{client: c, args: args, done: make(chan struct{})}
	s.parked = append(s.parked, p)
	for {
		until := s.pause.until
		w.mu.Unlock()
		timer := time.NewTimer(time.Until(until))
		select {
		case <-p.done:
		case <-timer.C:
		case <-c.gone:
		case <-closed:
		}
		timer.Stop()
		w.lock() // which ends the pause if it is time
		select {
		case <-p.done:
			w.mu.Unlock()
			return p.reply, true
		case <-c.gone:
		case <-closed:
		default:
			continue
		}
		s.withdraw(p)
		w.mu.Unlock()
		return nil, false
	}
}
