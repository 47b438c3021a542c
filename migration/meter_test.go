package migration

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
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
