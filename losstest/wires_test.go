package losstest

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/simulator/linkfault"
)

// wires are the ways between the parties: from the clients and the library to either
// server, and from the target's node to the source. Where nothing is to be delayed or
// broken there is no proxy.
type wires struct {
	replicated  migration.Source // where the nodes replicate from
	replication *linkfault.Proxy // nil: straight
	roundTrip   time.Duration
	proxies     []*linkfault.Proxy
	way         map[string]string // address that is dialed -> where that leads
}

// newWires takes the round trip between any two parties. With breakable, replication
// goes through a proxy also if nothing is delayed.
func newWires(source simulator.Endpoint, target string, roundTrip time.Duration, breakable linkOption) (*wires, error) {
	w := &wires{
		replicated: migration.Source{Address: source.Address, Port: source.Port},
		roundTrip:  roundTrip,
		way:        map[string]string{},
	}
	err := w.lay(source.String(), target, roundTrip, breakable)
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// linkOption says whether the replication link can be broken.
type linkOption string

const (
	linkPlain     linkOption = ""
	linkBreakable linkOption = "breakable"
)

func (w *wires) lay(source, target string, roundTrip time.Duration, breakable linkOption) error {
	if roundTrip == 0 && breakable == linkPlain {
		return nil
	}
	var err error
	if w.replication, err = w.proxy(source, roundTrip); err != nil {
		return err
	}
	w.replicated.Port = w.replication.Port()
	w.way[w.replication.Addr()] = source // of the library, which is told the plan's address
	if roundTrip == 0 {
		return nil
	}
	for _, to := range []string{source, target} {
		p, err := w.proxy(to, roundTrip)
		if err != nil {
			return err
		}
		w.way[to] = p.Addr()
	}
	w.way[w.replication.Addr()] = w.way[source]
	return nil
}

func (w *wires) proxy(to string, roundTrip time.Duration) (*linkfault.Proxy, error) {
	p, err := linkfault.New(to)
	if err != nil {
		return nil, err
	}
	w.proxies = append(w.proxies, p)
	return p, p.Latency(roundTrip/2, 0)
}

// dial makes the connections of the clients and of the library.
func (w *wires) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if to, ok := w.way[addr]; ok {
		addr = to
	}
	return new(net.Dialer).DialContext(ctx, network, addr)
}

// restore makes the replication link what it was before a fault.
func (w *wires) restore() error {
	if err := w.replication.Restore(); err != nil {
		return err
	}
	return w.replication.Latency(w.roundTrip/2, 0)
}

func (w *wires) close() error {
	var errs []error
	for _, p := range w.proxies {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}
