package node_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
)

// TestScriptsOfLoad: that none ran is told from that nobody knows.
func TestScriptsOfLoad(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why, calls string
		want       int64
	}{
		{"none", bulk("# Commandstats\r\ncmdstat_info:calls=3"), 0},
		{"each kind that writes", bulk("# Commandstats\r\ncmdstat_eval:calls=1,usec=1\r\ncmdstat_evalsha:calls=20\r\ncmdstat_fcall:calls=300"), 321},
		{"those that only read", bulk("# Commandstats\r\ncmdstat_eval_ro:calls=5\r\ncmdstat_evalsha_ro:calls=5\r\ncmdstat_fcall_ro:calls=5"), 0},
		{"refused", "-NOPERM no", -1},
		{"another reply", ":7", -1},
		{"no such section", bulk("# Server"), -1},
		{"nothing", "$0\r\n", -1},
	} {
		for _, window := range []time.Duration{0, time.Millisecond} {
			n := open(t, node.Config{Address: serve(t, respond(func(args []string) string {
				switch {
				case args[0] != "INFO":
					return "-ERR no"
				case len(args) > 1:
					return row.calls
				}
				return bulk("run_id:a")
			}))})
			if l, err := n.Load(t.Context(), window); err != nil || l.Scripts != row.want {
				t.Errorf("%s, in %s: %d scripts, %v; want %d", row.why, window, l.Scripts, err, row.want)
			}
		}
	}
}

// TestScriptsOfAServer: a real one counts what it ran before anyone looked.
func TestScriptsOfAServer(t *testing.T) {
	t.Parallel()
	server := startRedis(t, "--rename-command", "EVALSHA", "SHA")
	app, n := application(t, server.Addr()), open(t, node.Config{Address: server.Addr()})
	scripts := func(want int64) {
		t.Helper()
		if l, err := n.Load(t.Context(), 0); err != nil || l.Scripts != want {
			t.Errorf("%d scripts, %v; want %d", l.Scripts, err, want)
		}
	}
	scripts(0)
	for range 3 {
		command(t, app, "EVAL "+writingScript+" 0")
	}
	sha := app.ScriptLoad(t.Context(), writingScript).Val()
	command(t, app, "SHA "+sha+" 0")
	command(t, app, "EVAL_RO "+strings.ReplaceAll(writingScript, "1", "2")+" 0")
	scripts(4)
	command(t, app, "CONFIG RESETSTAT")
	scripts(0)
}

// writingScript has no blank.
const writingScript = "return{1}"

// TestChangesAcrossASave: a save that ends takes its changes off the counter, and
// leaves those that came after it began.
func TestChangesAcrossASave(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	app := application(t, server.Addr())
	command(t, app, "SET a b")
	eventually(t, "the start is another second than the save", func() bool {
		return strings.Contains(app.Info(t.Context()).Val(), "\r\nuptime_in_seconds:2\r\n")
	})
	n, looks := betweenLooks(t, server.Addr())
	looks.second = func() {
		command(t, app, "SAVE")
		for range 50 {
			command(t, app, "SET a b")
		}
	}
	if l, err := n.Load(t.Context(), time.Millisecond); err != nil || l.ChangesPerSecond != 0 {
		t.Errorf("%f changes a second across a save, %v", l.ChangesPerSecond, err)
	}
	n, looks = betweenLooks(t, server.Addr())
	looks.second = func() {
		for range 50 {
			command(t, app, "SET a b")
		}
	}
	if l, err := n.Load(t.Context(), time.Millisecond); err != nil || l.ChangesPerSecond*l.WindowSeconds < 49 {
		t.Errorf("%f changes a second without a save, %v", l.ChangesPerSecond, err)
	}
}

// secondLook is done before the second look of a node is sent.
type secondLook struct {
	second func()
	looks  int
}

// betweenLooks opens a node whose looks are counted, with a connection that is
// there already.
func betweenLooks(t *testing.T, addr string) (*node.Node, *secondLook) {
	t.Helper()
	s := &secondLook{second: func() {}}
	n := open(t, node.Config{Address: addr, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return &hookedConn{Conn: conn, before: func() {
			if s.looks++; s.looks == 2 {
				s.second()
			}
		}}, err
	}})
	if _, err := n.Load(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	s.looks = 0
	return n, s
}
