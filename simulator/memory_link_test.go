package simulator_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

// set changes the link to the source's replicas.
func (r trial) set(t *testing.T, l simulator.Link) {
	t.Helper()
	if err := r.source.SetLink(l); err != nil {
		t.Fatal(err)
	}
}

// ask returns a number in INFO of an end.
func (r trial) ask(t *testing.T, end, name string) int64 {
	t.Helper()
	client := map[string]*redis.Client{"source": r.src, "target": r.target}[end]
	text := client.Info(t.Context()).Val()
	n, err := strconv.ParseInt(field(text, name), 10, 64)
	if err != nil {
		t.Fatalf("%s of the %s: %v in %s", name, end, err, text)
	}
	return n
}

// counts are the full and partial syncs that the source has served.
func (r trial) counts(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("full %d, partial %d", r.ask(t, "source", "sync_full"), r.ask(t, "source", "sync_partial_ok"))
}

// up reports whether the target says that its link is up.
func (r trial) up(t *testing.T) bool {
	t.Helper()
	return field(r.target.Info(t.Context()).Val(), "master_link_status") == "up"
}

// following is a trial that is migrating from a source that writes 10,000 bytes
// a second into a backlog that holds 1000 seconds of it.
func following(t *testing.T) trial {
	t.Helper()
	r := newTrial(t, simulator.Network{}, simulator.ReplicationGroup{}, simulator.MemoryOptions{
		WriteRate: 10_000, Config: map[string]string{"repl-backlog-size": "10000000"},
	})
	r.start(t)
	awaitStatus(t, r.group, "migrating")
	pause(t, 10*time.Second)
	return r
}

func TestLinkLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := following(t)
		for _, latency := range []time.Duration{0, 2 * time.Second, 500 * time.Millisecond, 0} {
			r.set(t, simulator.Link{Latency: latency})
			pause(t, 10*time.Second)
			s, d := r.offsets(t)
			if lag, want := s-d, int64(latency.Seconds()*10_000); lag < want-100 || lag > want+100 || !r.up(t) {
				t.Errorf("latency %v: the lag is %d bytes, want about %d", latency, lag, want)
			}
		}
	})
}

func TestLinkBandwidth(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newTrial(t, simulator.Network{}, simulator.ReplicationGroup{}, simulator.MemoryOptions{
			Keys: 1000, Dataset: 60_000_000, Config: map[string]string{"repl-diskless-sync-delay": "0"},
		})
		r.set(t, simulator.Link{Bandwidth: 1_000_000})
		r.start(t)
		pause(t, 31*time.Second)
		if got := r.ask(t, "target", "master_sync_read_bytes"); got < 29_000_000 || got > 31_000_000 {
			t.Errorf("after half a minute %d bytes have been read", got)
		}
		r.set(t, simulator.Link{Bandwidth: 3_000_000}) // from here on the rest takes 10 seconds
		pause(t, 9*time.Second)
		if got := r.ask(t, "target", "master_sync_read_bytes"); got < 55_000_000 || got >= 60_000_000 || r.group.Status() != "modifying" {
			t.Errorf("%d bytes have been read, status %s", got, r.group.Status())
		}
		pause(t, 3*time.Second)
		if got := r.group.Status(); got != "migrating" {
			t.Fatalf("the group is %s", got)
		}
		r.set(t, simulator.Link{Bandwidth: 5_000})
		r.source.SetWriteRate(15_000)
		pause(t, time.Minute)
		s, d := r.offsets(t)
		if lag := s - d; lag < 550_000 || lag > 650_000 {
			t.Errorf("after a minute the lag is %d, want two thirds of what was written", lag)
		}
		r.set(t, simulator.Link{})
		pause(t, time.Second)
		s, d = r.offsets(t)
		if lag := s - d; lag > 1000 {
			t.Errorf("the lag is still %d", lag)
		}
	})
}

func TestLinkCut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := following(t)
		r.set(t, simulator.Link{State: simulator.LinkCut})
		pause(t, 5*time.Minute)
		if r.up(t) || r.ask(t, "source", "connected_slaves") != 0 || r.ask(t, "target", "master_link_down_since_seconds") < 299 {
			t.Error("a link that is cut is up")
		}
		r.set(t, simulator.Link{})
		pause(t, 3*time.Second)
		if got := r.counts(t); got != "full 1, partial 1" || !r.up(t) {
			t.Errorf("%s, up %t", got, r.up(t))
		}
	})
}

// TestBlackHole: a short one costs nothing; of a long one both ends find out by
// themselves, after a minute and not before.
func TestBlackHole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := following(t)
		r.set(t, simulator.Link{State: simulator.LinkBlackHole})
		pause(t, 40*time.Second)
		quiet, lag := r.ask(t, "target", "master_last_io_seconds_ago"), field(r.src.Info(t.Context()).Val(), "slave0")
		s, d := r.offsets(t)
		if !r.up(t) || quiet != 40 || !strings.Contains(lag, "lag=4") || s-d < 390_000 {
			t.Errorf("up %t, quiet for %d s, %s, offsets %d and %d", r.up(t), quiet, lag, s, d)
		}
		r.set(t, simulator.Link{})
		pause(t, 2*time.Second)
		if s, d = r.offsets(t); r.counts(t) != "full 1, partial 0" || s-d > 100 {
			t.Errorf("afterwards %s and a lag of %d", r.counts(t), s-d)
		}

		r.set(t, simulator.Link{State: simulator.LinkBlackHole})
		pause(t, 50*time.Second)
		if !r.up(t) || r.ask(t, "source", "connected_slaves") != 1 {
			t.Error("an end has found out too early")
		}
		pause(t, 15*time.Second)
		if r.up(t) || r.ask(t, "source", "connected_slaves") != 0 {
			t.Error("an end has not found out after 65 seconds")
		}
		role, err := r.target.Do(t.Context(), "ROLE").Slice()
		if err != nil || role[3] != "handshake" {
			t.Errorf("ROLE is %v, %v, want a handshake that lasts", role, err)
		}
		pause(t, 5*time.Minute)
		r.set(t, simulator.Link{})
		pause(t, 3*time.Second)
		if got := r.counts(t); got != "full 1, partial 1" || !r.up(t) {
			t.Errorf("afterwards %s, up %t", got, r.up(t))
		}
	})
}

// TestBlackHoleInFullSync: the transfer stands still and goes on, or is given up.
func TestBlackHoleInFullSync(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		hole time.Duration
		want string
	}{{50 * time.Second, "full 1, partial 0"}, {70 * time.Second, "full 2, partial 0"}} {
		synctest.Test(t, func(t *testing.T) {
			opts := simulator.Options{Timing: simulator.DefaultTiming()}
			sim := newMemorySim(t, opts)
			g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg"})
			m := newMemory(t, sim, simulator.MemoryOptions{Keys: 1000, Dataset: 2_000_000_000, WriteRate: 100})
			r := trial{sim, g, m, dial(t, sim, m.Addr()), dial(t, sim, g.PrimaryEndpoint().String())}
			r.start(t)
			pause(t, 60*time.Second) // 45 s until it turns to the source, 5 s of delay
			read := r.ask(t, "target", "master_sync_read_bytes")
			r.set(t, simulator.Link{State: simulator.LinkBlackHole})
			pause(t, row.hole)
			if row.hole < time.Minute {
				if got := r.ask(t, "target", "master_sync_read_bytes"); got < read || got > read+1_000_000 || read == 0 {
					t.Errorf("%d bytes have been read, before the hole %d", got, read)
				}
				if got := r.ask(t, "target", "master_sync_last_io_seconds_ago"); got != 50 {
					t.Errorf("quiet for %d seconds", got)
				}
			}
			r.set(t, simulator.Link{})
			pause(t, 5*time.Minute)
			if got := r.counts(t); got != row.want || g.Status() != "migrating" {
				t.Errorf("a hole of %v: %s, %s, want %s", row.hole, got, g.Status(), row.want)
			}
		})
	}
}

func TestLinkRefuses(t *testing.T) {
	t.Parallel()
	sim := newMemorySim(t, fast())
	err := newMemory(t, sim, simulator.MemoryOptions{}).SetLink(simulator.Link{State: "gone", Latency: -1, Bandwidth: -1})
	for _, want := range []string{"Link.State", "Link.Latency", "Link.Bandwidth"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want a word about %s", err, want)
		}
	}
}
