package migration_test

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migration"
)

// proxy stands between the target and the source, and does to the target's
// connections what networks do. The library goes past it, see pastProxy.
type proxy struct {
	addr string
	to   string

	mu       sync.Mutex
	conns    []net.Conn
	rate     int           // bytes a second towards the target; 0: no bound
	hoard    bool          // take all the source sends at once, whatever the rate
	silent   bool          // take connections, and let nothing through
	cut      bool          // close connections as they come
	deny     string        // answer a PING with this, and hang up
	patch    [2]string     // replace the first by the second towards the target
	resumed  chan struct{} // closed when silence ends
	listener net.Listener
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: l.Addr().String(), to: to, listener: l, resumed: make(chan struct{})}
	t.Cleanup(p.close)
	go p.serve()
	return p
}

func (p *proxy) endpoint() migration.Source {
	a := p.listener.Addr().(*net.TCPAddr)
	return migration.Source{Address: "127.0.0.1", Port: a.Port}
}

// set changes what the proxy does to connections, those that are open included.
func (p *proxy) set(change func(*proxy)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// close refuses connections from now on, and breaks those that are open.
func (p *proxy) close() {
	p.listener.Close()
	p.set(func(p *proxy) {
		p.silent = false
		select {
		case <-p.resumed:
		default:
			close(p.resumed)
		}
	})
	p.drop()
}

// drop breaks all connections.
func (p *proxy) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func (p *proxy) serve() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		cut, silent, deny := p.cut, p.silent, p.deny
		p.conns = append(p.conns, c)
		p.mu.Unlock()
		switch {
		case cut:
			c.Close()
		case silent: // until it is closed
		case deny != "":
			go refuse(c, deny)
		default:
			go p.join(c)
		}
	}
}

// refuse answers the first command as a source does that turns clients away.
func refuse(c net.Conn, text string) {
	defer c.Close()
	if _, err := c.Read(make([]byte, 512)); err == nil {
		io.WriteString(c, text+"\r\n")
	}
}

func (p *proxy) join(down net.Conn) {
	up, err := net.Dial("tcp", p.to)
	if err != nil {
		down.Close()
		return
	}
	p.set(func(p *proxy) { p.conns = append(p.conns, up) })
	go p.copy(up, down, false)
	p.copy(down, up, true)
}

// copy passes bytes on until one side closes. Only the way to the target is slow.
func (p *proxy) copy(to, from net.Conn, slow bool) {
	defer to.Close()
	defer from.Close()
	read := make(chan []byte, 1)
	p.mu.Lock()
	hoard, patch := p.hoard, p.patch
	p.mu.Unlock()
	if hoard {
		read = make(chan []byte, 1<<16)
	}
	go func() {
		defer close(read)
		for {
			b := make([]byte, 16<<10)
			n, err := from.Read(b)
			if n > 0 {
				read <- b[:n]
			}
			if err != nil {
				if hoard { // what is behind is lost with the connection
					to.Close()
				}
				return
			}
		}
	}()
	defer func() {
		from.Close() // ends the reader, whatever it waits for
		for range read {
		}
	}()
	for b := range read {
		p.mu.Lock()
		rate, silent, resumed := p.rate, p.silent, p.resumed
		p.mu.Unlock()
		if silent {
			<-resumed
		}
		if slow && rate > 0 {
			<-time.After(time.Duration(len(b)) * time.Second / time.Duration(rate))
		}
		if slow && patch[0] != "" {
			b = bytes.Replace(b, []byte(patch[0]), []byte(patch[1]), 1)
		}
		if _, err := to.Write(b); err != nil {
			return
		}
	}
}
