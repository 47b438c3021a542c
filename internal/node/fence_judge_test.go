package node_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/preflight"
)

// looks are the two ways to ask for the fence.
func looks(n *node.Node) map[string]func(context.Context) (bool, error) {
	return map[string]func(context.Context) (bool, error){"FenceClosed": n.FenceClosed, "FenceHolds": n.FenceHolds}
}

// A source that was made a replica behind its fence is told from one that does not answer, by
// whichever fence, and whether or not the user may write.
func TestSourceThatIsNoPrimaryAnyMore(t *testing.T) {
	t.Parallel()
	other := startRedis(t)
	host, port, _ := net.SplitHostPort(other.Addr())
	for why, row := range map[string]struct {
		rung preflight.FenceRung
		then []string // rules
	}{
		"paused":               {rung: preflight.FencePause},
		"min-replicas":         {rung: preflight.FenceMinReplicas},
		"acl":                  {rung: preflight.FenceACL},
		"paused, without +del": {rung: preflight.FencePause, then: []string{"-del"}},
	} {
		server := startRedis(t)
		addUser(t, server.Addr(), rungs()[row.rung]...)
		n := asLift(t, server.Addr())
		if err := closeFence(t.Context(), n, time.Minute); err != nil {
			t.Fatal(err)
		}
		if row.then != nil {
			addUser(t, server.Addr(), row.then...)
		}
		for name, look := range looks(n) {
			if closed, err := look(t.Context()); err != nil || !closed {
				t.Errorf("%s: %s: %t, %v before", why, name, closed, err)
			}
		}
		command(t, application(t, server.Addr()), "REPLICAOF "+host+" "+port)
		// What it replicates does not matter, nor when.
		for name, look := range looks(n) {
			if closed, err := look(t.Context()); closed || !errors.Is(err, node.ErrNotPrimary) {
				t.Errorf("%s: %s: %t, %v", why, name, closed, err)
			}
		}
	}
}

// Where a write proves nothing the settings have to do, as they are after it.
func TestSettingsChangedBeforeTheWrite(t *testing.T) {
	t.Parallel()
	for why, row := range map[string]struct {
		rules  []string // once the fence is closed
		change string
		want   bool
	}{
		"parked":              {change: "CONFIG SET min-replicas-to-write 0"},
		"parked, no lag":      {change: "CONFIG SET min-replicas-max-lag 0"},
		"no right":            {rules: []string{"-del"}, change: "CONFIG SET min-replicas-to-write 0"},
		"no right, no lag":    {rules: []string{"-del"}, change: "CONFIG SET min-replicas-max-lag 0"},
		"no right, no change": {rules: []string{"-del"}, change: "PING", want: true},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			server := startRedis(t)
			addUser(t, server.Addr(), "+@all")
			app, before := application(t, server.Addr()), func() {}
			n := open(t, node.Config{
				Address: server.Addr(), Username: "lift", Password: password("sesame"),
				Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
					before() // of the connection on which the write is tried
					return (&net.Dialer{}).DialContext(ctx, network, addr)
				},
			})
			if err := closeFence(t.Context(), n, time.Minute); err != nil {
				t.Fatal(err)
			}
			if row.rules != nil {
				addUser(t, server.Addr(), row.rules...)
			}
			changed := false
			before = func() { command(t, app, row.change); changed = true }
			if closed, err := n.FenceClosed(t.Context()); err != nil || closed != row.want || !changed {
				t.Errorf("closed %t, %v, changed %t, want %t", closed, err, changed, row.want)
			}
		})
	}
}
