package linkfault_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/rs/zerolog"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/simulator/linkfault"
)

// TestMain keeps the proxy's library from writing to standard error.
func TestMain(m *testing.M) {
	zerolog.SetGlobalLevel(zerolog.Disabled)
	os.Exit(m.Run())
}

// pair is a source and a replica of it, with a link between them.
type pair struct {
	link            *linkfault.Proxy
	source, replica *simulator.Redis
	src, dst        *redis.Client
}

func startRedis(t *testing.T, args ...string) (*simulator.Redis, *redis.Client) {
	t.Helper()
	r, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Args: append([]string{"--repl-diskless-sync-delay", "0"}, args...)})
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(&redis.Options{
		Addr: r.Addr(), Protocol: 2, DisableIdentity: true, MaxRetries: -1, ContextTimeoutEnabled: true,
		DialTimeout: 20 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 20 * time.Second,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	t.Cleanup(func() { _ = errors.Join(c.Close(), r.Close()) })
	return r, c
}

func newLink(t *testing.T, upstream string) *linkfault.Proxy {
	t.Helper()
	link, err := linkfault.New(upstream)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := link.Close(); err != nil {
			t.Error(err)
		}
	})
	return link
}

// must fails the test on an error of a change of the link.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline, tick := time.After(30*time.Second), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-deadline:
			t.Fatalf("not within 30 s: %s", what)
		case <-tick.C:
		}
	}
}

// info is a field of INFO.
func info(t *testing.T, c *redis.Client, name string) string {
	t.Helper()
	for line := range strings.Lines(c.Info(t.Context()).Val()) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// newPair starts both servers, with arguments for both, and the link; the replica
// does not follow yet.
func newPair(t *testing.T, args ...string) pair {
	t.Helper()
	var p pair
	p.source, p.src = startRedis(t, args...)
	p.replica, p.dst = startRedis(t, args...)
	p.link = newLink(t, p.source.Addr())
	return p
}

func (p pair) follow(t *testing.T) {
	t.Helper()
	if err := p.dst.ReplicaOf(t.Context(), "127.0.0.1", strconv.Itoa(p.link.Port())).Err(); err != nil {
		t.Fatal(err)
	}
}

func (p pair) up(t *testing.T) bool { t.Helper(); return info(t, p.dst, "master_link_status") == "up" }

// following is a pair whose replica is in sync.
func following(t *testing.T, args ...string) pair {
	t.Helper()
	p := newPair(t, args...)
	p.follow(t)
	eventually(t, "the replica follows", func() bool { return p.up(t) })
	return p
}

// syncs are the full and partial syncs that the source has served.
func (p pair) syncs(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("full %s, partial %s", info(t, p.src, "sync_full"), info(t, p.src, "sync_partial_ok"))
}

// arrival writes a key and returns how long it takes to the replica.
func (p pair) arrival(t *testing.T, key string) time.Duration {
	t.Helper()
	begun := time.Now()
	if err := p.src.Set(t.Context(), key, "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, key+" arrives", func() bool { return p.dst.Get(t.Context(), key).Val() == "v" })
	return time.Since(begun)
}

func TestLatencyShowsInTheLag(t *testing.T) {
	t.Parallel()
	p := following(t)
	const latency = 400 * time.Millisecond
	must(t, p.link.Latency(latency, 0, linkfault.FromServer))
	if took := p.arrival(t, "slow"); took < latency {
		t.Errorf("a write took %v, want at least %v", took, latency)
	}
	if err := p.src.Set(t.Context(), "lag", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	src, err1 := strconv.Atoi(info(t, p.src, "master_repl_offset"))
	dst, err2 := strconv.Atoi(info(t, p.dst, "slave_repl_offset"))
	if p.dst.Exists(t.Context(), "lag").Val() == 0 && (src <= dst || err1 != nil || err2 != nil) {
		t.Errorf("offsets %d and %d, %v, %v: no lag", src, dst, err1, err2)
	}
	must(t, p.link.Latency(0, 0))
	p.arrival(t, "fast")
	must(t, p.link.Latency(20*time.Millisecond, 10*time.Millisecond)) // both directions
	if took := p.arrival(t, "jitter"); took < 10*time.Millisecond {
		t.Errorf("a write took %v, want at least 10ms", took)
	}
	if got := p.syncs(t); got != "full 1, partial 0" || !p.up(t) {
		t.Errorf("%s, up %t: the latency broke the link", got, p.up(t))
	}
}

func TestCutLeadsToPartialResync(t *testing.T) {
	t.Parallel()
	p := following(t)
	must(t, p.link.Cut())
	must(t, p.link.Cut())
	eventually(t, "both ends notice", func() bool { return !p.up(t) && info(t, p.src, "connected_slaves") == "0" })
	if conn, err := net.Dial("tcp", p.link.Addr()); err == nil {
		t.Errorf("a link that is cut takes a connection: %v", conn.Close())
	}
	if err := p.src.Set(t.Context(), "meanwhile", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	before := p.link.Addr()
	must(t, p.link.Restore())
	eventually(t, "what was written meanwhile", func() bool { return p.dst.Get(t.Context(), "meanwhile").Val() == "v" })
	if got := p.syncs(t); got != "full 1, partial 1" || p.link.Addr() != before {
		t.Errorf("%s at %s, want a partial resync", got, p.link.Addr())
	}
}

// TestBlackHole: in either direction, the end that hears nothing finds out after
// repl-timeout, and afterwards nothing is copied again.
func TestBlackHole(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		only []linkfault.Direction
		says []string // of the replica's log and the source's
	}{
		{"both", nil, []string{"MASTER timeout", "Disconnecting timedout replica"}},
		{"from the server", []linkfault.Direction{linkfault.FromServer}, []string{"MASTER timeout"}},
		{"to the server", []linkfault.Direction{linkfault.ToServer}, []string{"Disconnecting timedout replica"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := following(t, "--repl-timeout", "3", "--repl-ping-replica-period", "1")
			begun := time.Now()
			must(t, p.link.BlackHole(row.only...))
			if err := p.src.Set(t.Context(), "meanwhile", "v", 0).Err(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "an end finds out", func() bool {
				log1, err1 := p.replica.Log()
				log2, err2 := p.source.Log()
				return errors.Join(err1, err2) == nil && slices.ContainsFunc(row.says, func(s string) bool { return strings.Contains(log1+log2, s) })
			})
			if took := time.Since(begun); took < 2*time.Second {
				t.Errorf("an end found out after %v, want 3 s", took)
			}
			must(t, p.link.Restore())
			eventually(t, "what was written meanwhile", func() bool { return p.dst.Get(t.Context(), "meanwhile").Val() == "v" })
			eventually(t, "a partial resync", func() bool { return p.up(t) && info(t, p.src, "sync_partial_ok") != "0" })
			if got := info(t, p.src, "sync_full"); got != "1" {
				t.Errorf("%s, want partial resyncs", p.syncs(t))
			}
		})
	}
}

func TestBandwidthSlowsTheFullSync(t *testing.T) {
	t.Parallel()
	p := newPair(t, "--rdbcompression", "no")
	const size, rate = 3_000_000, 1_000_000
	chunk := make([]byte, size/10)
	for i := range 10 {
		for j := range chunk {
			chunk[j] = byte('a' + rand.IntN(26))
		}
		if err := p.src.Set(t.Context(), fmt.Sprint("big", i), chunk, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	must(t, p.link.Bandwidth(rate, linkfault.FromServer))
	begun, seen := time.Now(), map[string]bool{}
	p.follow(t)
	eventually(t, "the replica follows", func() bool {
		seen[info(t, p.dst, "master_sync_read_bytes")] = true
		return p.up(t)
	})
	if took, least := time.Since(begun), size/rate*time.Second*8/10; took < least {
		t.Errorf("the sync took %v, want at least %v", took, least)
	}
	if len(seen) < 5 {
		t.Errorf("the progress of the sync was seen as %v", seen)
	}
	must(t, p.link.Bandwidth(0))
	p.arrival(t, "afterwards")
}

func TestBypass(t *testing.T) {
	t.Parallel()
	source, _ := startRedis(t)
	link := newLink(t, source.Addr())
	must(t, link.Cut())
	other, _ := startRedis(t)
	dial := newLink(t, other.Addr()).Bypass(link.Bypass(nil))
	for _, address := range []string{link.Addr(), source.Addr(), other.Addr()} {
		conn, err := dial(t.Context(), "tcp", address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		answer := make([]byte, 7)
		_, err1 := io.WriteString(conn, "PING\r\n")
		_, err2 := io.ReadFull(conn, answer)
		if err := errors.Join(err1, err2, conn.Close()); err != nil || string(answer) != "+PONG\r\n" {
			t.Errorf("%s: answer %q, %v", address, answer, err)
		}
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	if _, err := linkfault.New("nowhere"); err == nil || !strings.Contains(err.Error(), "host:port") {
		t.Errorf("New: %v", err)
	}
	source, _ := startRedis(t)
	link := newLink(t, source.Addr())
	for want, err := range map[string]error{
		"Latency is -1s":      link.Latency(-time.Second, 0),
		"Latency is 1µs":      link.Latency(time.Microsecond, 0),
		"jitter is 2s":        link.Latency(time.Second, 2*time.Second),
		"jitter is -1ns":      link.Latency(0, -1),
		"Bandwidth is -1":     link.Bandwidth(-1),
		"Bandwidth is 999":    link.Bandwidth(999),
		"Direction is \"up\"": link.BlackHole("up"),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %s", err, want)
		}
	}
	err := link.Latency(-2, 3, "up")
	for _, want := range []string{"Latency is", "jitter is", "Direction is"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want a word about %s", err, want)
		}
	}
	must(t, link.Close())
	must(t, link.Close())
	for name, err := range map[string]error{
		"Cut": link.Cut(), "Restore": link.Restore(), "Latency": link.Latency(time.Second, 0), "BlackHole": link.BlackHole(), "Bandwidth": link.Bandwidth(0),
	} {
		if !errors.Is(err, linkfault.ErrClosed) {
			t.Errorf("%s after Close: %v, want ErrClosed", name, err)
		}
	}
}
