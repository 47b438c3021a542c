package linkfault

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// ErrClosed is returned by methods of a [Proxy] that has been closed.
var ErrClosed = errors.New("linkfault: closed")

// Direction is one of the two directions of a link.
type Direction string

const (
	// ToServer is the direction to the server behind the proxy: of a
	// replica's requests and acknowledgements.
	ToServer Direction = "to_server"
	// FromServer is the direction from the server behind the proxy: of the
	// full sync and the stream.
	FromServer Direction = "from_server"
)

// The toxics of the proxy that are used.
const (
	toxicLatency   = "latency"
	toxicBandwidth = "bandwidth"
	toxicTimeout   = "timeout"
)

// Proxy is a link to a server that can be made worse. Create one with [New] and
// end it with Close. Its methods are safe for concurrent use. Those that change
// the link change it for connections that exist and for those to come; without a
// [Direction] they change both.
type Proxy struct {
	upstream string
	address  string
	proxy    *toxiproxy.Proxy

	mu     sync.Mutex
	cut    bool
	closed bool
	toxics map[string]bool // those in force, by name
}

// New returns a link to the server at upstream, "host:port", that listens on a free
// port of 127.0.0.1 and does nothing but pass on.
func New(upstream string) (*Proxy, error) {
	if _, _, err := net.SplitHostPort(upstream); err != nil {
		return nil, fmt.Errorf("linkfault: upstream is %q, want host:port: %w", upstream, err)
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := &Proxy{upstream: upstream, toxics: map[string]bool{}}
	p.proxy = toxiproxy.NewProxy(server, upstream, "127.0.0.1:0", upstream)
	if err := p.proxy.Start(); err != nil {
		return nil, fmt.Errorf("linkfault: listening: %w", err)
	}
	p.address = p.proxy.Listen
	return p, nil
}

// Addr returns where the link begins, "127.0.0.1:port". It stays the same.
func (p *Proxy) Addr() string { return p.address }

// Port returns the port of Addr.
func (p *Proxy) Port() int {
	a, err := net.ResolveTCPAddr("tcp", p.address)
	if err != nil {
		return 0 // cannot be: it was listened on
	}
	return a.Port
}

// Latency delays what is sent by d, more or less by up to jitter, one way in each
// direction: to a question and its answer it happens twice. Both are cut to
// milliseconds; jitter is at most d. 0 takes the delay away.
func (p *Proxy) Latency(d, jitter time.Duration, only ...Direction) error {
	var problems []error
	if d < 0 || d > 0 && d < time.Millisecond {
		problems = append(problems, fmt.Errorf("linkfault: Latency is %v, want 0, or a millisecond or more", d))
	}
	if jitter < 0 || jitter > d {
		problems = append(problems, fmt.Errorf("linkfault: jitter is %v, want 0 to the latency of %v", jitter, d))
	}
	attributes := map[string]int64{"latency": d.Milliseconds(), "jitter": jitter.Milliseconds()}
	return p.change(toxicLatency, d > 0, attributes, only, problems...)
}

// Bandwidth limits what is sent, in bytes per second, for each connection and
// direction on its own; rounded down to thousands. 0 takes the limit away.
func (p *Proxy) Bandwidth(bytesPerSecond int64, only ...Direction) error {
	var problems []error
	if bytesPerSecond < 0 || bytesPerSecond > 0 && bytesPerSecond < 1000 {
		problems = append(problems, fmt.Errorf("linkfault: Bandwidth is %d, want 0, or 1000 bytes per second or more", bytesPerSecond))
	}
	return p.change(toxicBandwidth, bytesPerSecond > 0, map[string]int64{"rate": bytesPerSecond / 1000}, only, problems...)
}

// BlackHole lets what is sent disappear, without telling anybody: the link is half
// open, or silent in both directions. It ends with Restore, which breaks the
// connections that were in it.
func (p *Proxy) BlackHole(only ...Direction) error {
	return p.change(toxicTimeout, true, map[string]int64{"timeout": 0}, only)
}

// Cut breaks all connections, which both ends notice at once, and refuses new
// ones until Restore. Cutting twice is harmless.
func (p *Proxy) Cut() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	if p.cut {
		return nil
	}
	p.cut = true
	return within(func() error { p.proxy.Stop(); return nil })
}

// Restore takes everything away that makes the link worse. Connections that were
// in a black hole break, as what they have lost is not sent again. It fails if
// somebody has taken the port while the link was cut.
func (p *Proxy) Restore() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	err := within(func() error {
		p.proxy.Toxics.ResetToxics(context.Background())
		return nil
	})
	if err != nil {
		return err
	}
	clear(p.toxics)
	if !p.cut {
		return nil
	}
	if err := within(p.proxy.Start); err != nil {
		return fmt.Errorf("linkfault: listening on %s again: %w", p.address, err)
	}
	p.cut = false
	return nil
}

// Close ends the link: connections break, and the port is free. Closing twice is
// harmless.
func (p *Proxy) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	if p.cut {
		return nil
	}
	return within(func() error { p.proxy.Stop(); return nil })
}

// Bypass returns a dialer that goes to the server itself where the address is that
// of the link, and everywhere else as it is told: for the DialContext of clients
// that the link is not to concern. dial makes the connections; nil takes a
// [net.Dialer]. Several links are bypassed by passing one's result to the next.
func (p *Proxy) Bypass(dial DialFunc) DialFunc {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == p.address {
			address = p.upstream
		}
		return dial(ctx, network, address)
	}
}

// DialFunc makes a connection, as [net.Dialer.DialContext] does.
type DialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// streams are the proxy's names of the directions.
func streams(only []Direction) ([]string, error) {
	names := map[Direction]string{ToServer: "upstream", FromServer: "downstream"}
	if len(only) == 0 {
		return []string{"upstream", "downstream"}, nil
	}
	var out []string
	for _, d := range only {
		name, ok := names[d]
		if !ok {
			return nil, fmt.Errorf("linkfault: Direction is %q, want %q or %q", d, ToServer, FromServer)
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out, nil
}
