package simulator

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cachelift/cachelift/simulator/internal/memory"
)

// LinkState says whether anything gets through between a server in memory and
// its replicas.
type LinkState string

const (
	// LinkGood: the link works. The default.
	LinkGood LinkState = ""
	// LinkCut: connections break, which both ends notice at once, and none can be
	// made.
	LinkCut LinkState = "cut"
	// LinkBlackHole: the link is half open. Nothing arrives in either direction,
	// and neither end is told: each finds out by itself, after its repl-timeout,
	// of 60 seconds by default. When it is good again before, all goes on.
	LinkBlackHole LinkState = "black_hole"
)

// Link is what is between a server in memory and its replicas. The zero value is
// a good link, as fast as the [Network].
type Link struct {
	// State says whether anything gets through.
	State LinkState
	// Latency is how much longer what is sent takes in each direction, on top of
	// half of [Network].RoundTrip. Default 0.
	Latency time.Duration
	// Bandwidth limits what is sent to each replica, in bytes per second: the
	// full sync and the stream. 0: no limit but those of the [Network].
	Bandwidth int64
}

// SetLink changes the link to the server's replicas, from now on. Clients, such
// as the library's own connections, do not pass it. All problems of l are reported
// at once.
func (m *Memory) SetLink(l Link) error {
	var problems []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf("simulator: Link."+format, args...))
		}
	}
	states := []LinkState{LinkGood, LinkCut, LinkBlackHole}
	check(slices.Contains(states, l.State), "State is %q, want one of %q", l.State, states)
	check(l.Latency >= 0, "Latency is %v, want 0 or more", l.Latency)
	check(l.Bandwidth >= 0, "Bandwidth is %d, want 0 or more bytes per second", l.Bandwidth)
	if err := errors.Join(problems...); err != nil {
		return err
	}
	m.server.SetWire(memory.Wire{
		Latency: l.Latency, Bandwidth: l.Bandwidth, Cut: l.State == LinkCut, Silent: l.State == LinkBlackHole,
	})
	return nil
}
