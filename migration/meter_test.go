package migration

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

func info(fields string) redisinfo.Info {
	return redisinfo.ParseInfo(strings.ReplaceAll(fields, " ", "\r\n"))
}

func TestMeterPhases(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why            string
		source, target string
		phase          progress.Phase
		percent        float64
		lag            int64
	}{
		{"no link", "master_repl_offset:10", "master_link_status:down master_sync_in_progress:0", progress.PhaseConnecting, -1, -1},
		{"BGSAVE", "", "master_link_status:down master_sync_in_progress:1 master_sync_read_bytes:0 master_sync_total_bytes:-1", progress.PhaseWaiting, 0, -1},
		{"transfer from disk", "", "master_sync_in_progress:1 master_sync_read_bytes:50 master_sync_total_bytes:100", progress.PhaseTransfer, 30, -1},
		{"diskless transfer", "current_save_keys_processed:25 current_save_keys_total:100", "master_sync_in_progress:1 master_sync_read_bytes:50 master_sync_total_bytes:-1", progress.PhaseTransfer, 15, -1},
		{"diskless, by memory when the count is behind", "current_save_keys_processed:0 current_save_keys_total:100 used_memory_dataset:200", "master_sync_in_progress:1 master_sync_read_bytes:50", progress.PhaseTransfer, 15, -1},
		{"diskless, nothing to measure against", "", "master_sync_in_progress:1 master_sync_read_bytes:50", progress.PhaseTransfer, -1, -1},
		{"load", "", "master_sync_in_progress:1 loading:1 loading_total_bytes:10 loading_loaded_bytes:5 loading_loaded_perc:50.00", progress.PhaseLoading, 77.5, -1},
		{"behind", "master_repl_offset:1000000", "master_link_status:up slave_repl_offset:100", progress.PhaseCatchUp, 95, 999900},
		{"in sync", "master_repl_offset:1000", "master_link_status:up slave_repl_offset:1000", progress.PhaseStreaming, 100, 0},
		{"the target was asked later", "master_repl_offset:1000", "master_link_status:up slave_repl_offset:1014", progress.PhaseStreaming, 100, 0},
	} {
		m := meter{fullSyncs: -1}
		s := m.add(reading{at: time.Unix(1, 0), source: info(tc.source), target: info(tc.target)})
		if s.Phase != tc.phase || s.Percent != tc.percent || s.Lag != tc.lag {
			t.Errorf("%s: %s %.1f%% lag %d, want %s %.1f%% lag %d", tc.why, s.Phase, s.Percent, s.Lag, tc.phase, tc.percent, tc.lag)
		}
	}
}

func TestMeterRatesAndETA(t *testing.T) {
	t.Parallel()
	m := meter{fullSyncs: 6}
	var s progress.Sample
	// A first look before the transfer must not hide its rate.
	m.add(reading{at: time.Unix(-1, 0), source: info("sync_full:6 master_repl_offset:-10"), target: info("master_sync_in_progress:1")})
	for i := range 5 { // 100 bytes a second of 1,000, while the source writes 10 a second
		s = m.add(reading{
			at:     time.Unix(int64(i), 0),
			source: info(fmt.Sprintf("master_repl_offset:%d sync_full:%d", 10*i, 7+i/4)),
			target: info(fmt.Sprintf("master_sync_in_progress:1 master_sync_total_bytes:1000 master_sync_read_bytes:%d", 100+100*i)),
		})
	}
	if s.BytesPerSecond != 100 || s.SourceWriteRate != 10 || s.FullSyncs != 2 {
		t.Errorf("rate %v, write rate %v, full syncs %d; want 100, 10, 2", s.BytesPerSecond, s.SourceWriteRate, s.FullSyncs)
	}
	// 30 points in 5 seconds: 70 are left.
	if want := 11666 * time.Millisecond; s.ETA.Truncate(time.Millisecond) != want {
		t.Errorf("ETA %v, want %v", s.ETA, want)
	}
}

func TestMeterCatchUp(t *testing.T) {
	t.Parallel()
	at := func(sec int, source, target int64) reading {
		return reading{at: time.Unix(int64(sec), 0), source: info(fmt.Sprintf("master_repl_offset:%d", source)),
			target: info(fmt.Sprintf("master_link_status:up slave_repl_offset:%d", target))}
	}
	var m meter
	m.add(at(0, 10_000_000, 0))
	if s := m.add(at(1, 11_000_000, 3_000_000)); s.ETA != 4*time.Second {
		t.Errorf("8 MB behind, closing by 2 MB a second: ETA %v, want 4s", s.ETA)
	}
	m = meter{}
	m.add(at(0, 10_000_000, 0))
	if s := m.add(at(1, 12_000_000, 1_000_000)); s.ETA != -1 {
		t.Errorf("falling further behind: ETA %v, want -1", s.ETA)
	}
}

func TestMeterDoesNotGrow(t *testing.T) {
	t.Parallel()
	var m meter
	for i := range 100_000 {
		m.add(reading{at: time.Unix(0, int64(i)*int64(time.Second))})
	}
	if n := len(m.past); n > 10 {
		t.Errorf("remembers %d readings", n)
	}
}

func TestCaughtUp(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		lag  int64
		rate float64
		took time.Duration
		want bool
	}{
		{-1, 0, 0, false}, {0, 0, 0, true}, {inSyncBytes, 0, 0, true}, {inSyncBytes + 1, 0, 0, false},
		{5 << 20, 6 << 20, 0, true}, {7 << 20, 6 << 20, 0, false},
		{7 << 20, 6 << 20, 2 * time.Second, true}, {13 << 20, 6 << 20, 2 * time.Second, false},
	} {
		if got := caughtUp(tc.lag, tc.rate, tc.took); got != tc.want {
			t.Errorf("lag %d at %v bytes/s: %v, want %v", tc.lag, tc.rate, got, tc.want)
		}
	}
}

// The ranges hold what comes, in each phase of a full sync.
func TestMeterRanges(t *testing.T) {
	t.Parallel()
	const size = 1 << 30
	facts := &preflight.Facts{Source: &preflight.Node{
		UsedMemory: size, LastSaveSeconds: 20, LastSaveAgeSeconds: 100, Config: &preflight.NodeConfig{DisklessSync: "yes", DisklessDelaySeconds: 5},
	}}
	// 5 s of waiting, 20 s of transfer, 10 s of loading, 1 MiB/s written all the time.
	const wait, transfer, load = 5, 20, 10
	at := func(sec int) reading {
		source := fmt.Sprintf("redis_version:7.0.15 master_repl_offset:%d used_memory:%d used_memory_dataset:%d current_save_keys_total:1000", 1_000_000+sec<<20, size, size)
		target := "master_link_status:down"
		switch {
		case sec < wait:
			target += " master_sync_in_progress:1 master_sync_read_bytes:0 master_sync_total_bytes:-1"
		case sec < wait+transfer:
			done := sec - wait + 1
			source += fmt.Sprintf(" rdb_bgsave_in_progress:1 current_save_keys_processed:%d", done*1000/transfer)
			target += fmt.Sprintf(" master_sync_in_progress:1 master_sync_total_bytes:0 master_sync_read_bytes:%d", done*size*6/10/transfer)
		default:
			done := float64(sec-wait-transfer+1) / load
			target += fmt.Sprintf(" master_sync_in_progress:1 loading:1 loading_total_bytes:%d loading_loaded_bytes:%.0f loading_loaded_perc:%.2f", size*6/10, done*size*6/10, 100*done)
		}
		return reading{at: time.Unix(int64(sec), 0), source: info(source), target: info(target)}
	}
	m := meter{fullSyncs: -1, facts: facts}
	for sec := range wait + transfer + load {
		s := m.add(at(sec))
		left := time.Duration(wait+transfer+load-sec-1) * time.Second
		// The stream is applied at 20 to 200 MiB a second, as is assumed: 35 MiB are behind by then.
		if s.ETALow < 0 || s.ETALow > left+time.Second || s.ETAHigh < left {
			t.Errorf("after %d s in %s: %v to %v, and it took %v more", sec, s.Phase, s.ETALow, s.ETAHigh, left)
		}
		if s.Percent < s.PercentLow || s.Percent > s.PercentHigh || s.PercentHigh > 100 || s.PercentLow < 0 {
			t.Errorf("after %d s in %s: %.1f %% of %.1f to %.1f", sec, s.Phase, s.Percent, s.PercentLow, s.PercentHigh)
		}
		if s.ETA >= 0 && (s.ETA < s.ETALow || s.ETA > s.ETAHigh) {
			t.Errorf("after %d s in %s: ETA %v is not within %v to %v", sec, s.Phase, s.ETA, s.ETALow, s.ETAHigh)
		}
	}
}

func TestMeterNotConverging(t *testing.T) {
	t.Parallel()
	at := func(sec, source, target int) reading {
		return reading{at: time.Unix(int64(sec), 0), source: info(fmt.Sprintf("master_repl_offset:%d", source<<20)),
			target: info(fmt.Sprintf("master_link_status:up slave_repl_offset:%d", target<<20))}
	}
	for _, tc := range []struct {
		why            string
		source, target int // MiB a second
		want           bool
	}{
		{"slower than it is written", 10, 5, true},
		{"as fast", 10, 10, false},
		{"faster", 5, 10, false},
	} {
		m := meter{}
		for sec := range 5 {
			s := m.add(at(sec, 100+tc.source*sec, tc.target*sec))
			if want := tc.want && sec >= 3; s.NotConverging != want || want && s.ETAHigh != -1 {
				t.Errorf("%s, after %d s: not converging %t, want %t; %v to %v", tc.why, sec, s.NotConverging, want, s.ETALow, s.ETAHigh)
			}
		}
	}
	m := meter{}
	for sec := range 5 { // a second's worth of writes is always on the way
		if s := m.add(at(sec, 100*sec, max(0, 100*sec-50-sec))); s.NotConverging {
			t.Errorf("in sync at a high rate: %+v", s)
		}
	}
}

func TestMeterOutputBuffer(t *testing.T) {
	t.Parallel()
	limit := redisinfo.BufferLimit{Hard: 100, Soft: 40, SoftSeconds: 10}
	at := func(sec int, version string, used ...int64) reading {
		r := reading{at: time.Unix(int64(sec), 0), source: info("redis_version:" + version + " repl_backlog_size:60"), limit: &limit, clients: []redisinfo.Client{}}
		for _, u := range used {
			r.clients = append(r.clients, redisinfo.Client{Addr: "10.0.0.7:40000", Replica: true, OutputMemory: u})
		}
		return r
	}
	steps := func(readings ...reading) *progress.OutputBuffer {
		m := meter{}
		var s progress.Sample
		for _, r := range readings {
			s = m.add(r)
		}
		return s.Buffer
	}
	refused := at(1, "7.0.15", 5)
	refused.limit = nil
	small := at(1, "7.0.15", 5)
	small.limit = &redisinfo.BufferLimit{Hard: 10}
	elsewhere := at(1, "7.0.15", 5)
	elsewhere.host = "10.0.0.8"
	for _, tc := range []struct {
		why  string
		got  *progress.OutputBuffer
		want *progress.OutputBuffer
	}{
		{"not told is no pass", steps(refused), nil},
		{"no replica yet", steps(at(1, "7.0.15")), nil},
		{"a replica elsewhere", steps(elsewhere), nil},
		{"the first look has no rate", steps(at(1, "7.0.15", 5)), &progress.OutputBuffer{Used: 5, Hard: 100, Soft: 40, SoftFor: 10 * time.Second, LimitIn: -1}},
		{"the fullest counts", steps(at(1, "7.0.15", 5, 9)), &progress.OutputBuffer{Used: 9, Hard: 100, Soft: 40, SoftFor: 10 * time.Second, LimitIn: -1}},
		{"towards the soft limit", steps(at(1, "7.0.15", 5), at(2, "7.0.15", 10)), &progress.OutputBuffer{Used: 10, Hard: 100, Soft: 40, SoftFor: 10 * time.Second, LimitIn: 16 * time.Second}},
		{"towards the hard one", steps(at(1, "7.0.15", 50), at(2, "7.0.15", 75)), &progress.OutputBuffer{Used: 75, Hard: 100, Soft: 40, SoftFor: 10 * time.Second, LimitIn: time.Second}},
		{"above the soft one", steps(at(1, "7.0.15", 50), at(4, "7.0.15", 50)), &progress.OutputBuffer{Used: 50, Hard: 100, Soft: 40, SoftFor: 10 * time.Second, LimitIn: 7 * time.Second}},
		{"it drains", steps(at(1, "7.0.15", 30), at(2, "7.0.15", 10)), &progress.OutputBuffer{Used: 10, Hard: 100, Soft: 40, SoftFor: 10 * time.Second, LimitIn: -1}},
		{"the backlog counts from 7.0 on", steps(small), &progress.OutputBuffer{Used: 5, Hard: 60, LimitIn: -1}},
	} {
		if (tc.got == nil) != (tc.want == nil) || tc.got != nil && *tc.got != *tc.want {
			t.Errorf("%s: %+v, want %+v", tc.why, tc.got, tc.want)
		}
	}
}
