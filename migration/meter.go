package migration

import (
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/progress"
)

// A full sync is transferred, then loaded, then caught up with. The shares of
// the whole are forecasts: loading took about a third of a full sync of a
// million strings between two servers on loopback.
const (
	shareTransfer = 60.0
	shareLoading  = 35.0
)

// inSyncBytes is the lag that counts as in sync at any write rate: a pipeline
// or two on the way. Above it, one second of the source's writes is allowed,
// which is the lag that AWS's own guidance cuts over at.
const inSyncBytes = 64 << 10

// rateWindow is how far back rates look.
const rateWindow = 5 * time.Second

// minProgress is by how many points the percentage must have grown within the
// window before anything is forecast from it.
const minProgress = 1.0

// meter turns readings of both ends into samples. It remembers the readings of
// the last seconds, and nothing else, so its size is bounded.
type meter struct {
	past []progress.Sample
	// fullSyncs is the source's count of full syncs before this one; negative
	// if it was not read, then the first reading stands in.
	fullSyncs int64
}

// reading is what both ends said at about the same time.
type reading struct {
	at     time.Time
	source redisinfo.Info
	target redisinfo.Info
}

// add derives the sample of r.
func (m *meter) add(r reading) progress.Sample {
	s := progress.Sample{
		At: r.at, Percent: -1, ETA: -1, Lag: -1,
		SourceOffset: r.source.Int("master_repl_offset"),
		TargetOffset: r.target.Int("slave_repl_offset"),
		LinkUp:       r.target.Str("master_link_status") == "up",
	}
	if m.fullSyncs < 0 {
		m.fullSyncs = r.source.Int("sync_full")
	}
	s.FullSyncs = r.source.Int("sync_full") - m.fullSyncs
	m.phase(&s, r)
	m.rates(&s)
	m.past = append(m.past, s)
	for len(m.past) > 2 && s.At.Sub(m.past[1].At) > rateWindow {
		m.past = m.past[1:]
	}
	return s
}

func (m *meter) phase(s *progress.Sample, r reading) {
	switch {
	case s.LinkUp:
		s.Lag = max(0, s.SourceOffset-s.TargetOffset)
		s.Phase, s.Percent = progress.PhaseStreaming, 100
		if s.Lag > inSyncBytes {
			s.Phase, s.Percent = progress.PhaseCatchUp, shareTransfer+shareLoading
		}
	case r.target.Int("loading") == 1:
		s.Phase = progress.PhaseLoading
		s.TotalBytes = r.target.Int("loading_total_bytes")
		s.ReadBytes = r.target.Int("loading_loaded_bytes")
		s.Percent = shareTransfer + shareLoading*r.target.Float("loading_loaded_perc")/100
	case r.target.Int("master_sync_in_progress") == 1:
		s.Phase = progress.PhaseTransfer
		s.ReadBytes = r.target.Int("master_sync_read_bytes")
		s.TotalBytes = max(0, r.target.Int("master_sync_total_bytes"))
		if s.ReadBytes == 0 {
			s.Phase = progress.PhaseWaiting
		}
		s.Percent = shareTransfer * transferred(s, r.source)
	default:
		s.Phase = progress.PhaseConnecting
	}
	if s.Percent < 0 {
		s.Percent = -1
	}
}

// transferred is the share of the transfer that is done, 0 to 1; negative when
// it cannot be told. A diskless sync has no known size: there the source's
// count of the keys that its child has saved stands in, or what was read
// against the memory that the data takes, whichever is further: the count is
// brought up to date once a second only, and a data set is smaller on the wire
// than in memory.
func transferred(s *progress.Sample, source redisinfo.Info) float64 {
	if s.ReadBytes == 0 {
		return 0
	}
	if s.TotalBytes > 0 {
		return min(1, float64(s.ReadBytes)/float64(s.TotalBytes))
	}
	share := -1.0
	if total := source.Int("current_save_keys_total"); total > 0 {
		share = float64(source.Int("current_save_keys_processed")) / float64(total)
	}
	if memory := source.Int("used_memory_dataset"); memory > 0 {
		share = max(share, float64(s.ReadBytes)/float64(memory))
	}
	return min(1, share)
}

func (m *meter) rates(s *progress.Sample) {
	if len(m.past) == 0 {
		return
	}
	old := m.past[0]
	secs := s.At.Sub(old.At).Seconds()
	if secs <= 0 {
		return
	}
	s.SourceWriteRate = max(0, float64(s.SourceOffset-old.SourceOffset)/secs)
	s.BytesPerSecond = m.readRate(s)
	switch {
	case s.Phase == progress.PhaseStreaming:
		s.ETA = 0
	case s.Phase == progress.PhaseCatchUp && old.LinkUp:
		s.BytesPerSecond = max(0, float64(s.TargetOffset-old.TargetOffset)/secs)
		if closing := s.BytesPerSecond - s.SourceWriteRate; closing > 0 {
			s.ETA = seconds(float64(s.Lag) / closing)
		}
	case s.Percent >= old.Percent+minProgress && old.Percent >= 0:
		s.ETA = seconds((100 - s.Percent) / (s.Percent - old.Percent) * secs)
	}
}

// readRate is the rate of this phase: how much was read counts anew in each.
func (m *meter) readRate(s *progress.Sample) float64 {
	for _, old := range m.past {
		if old.Phase != s.Phase {
			continue
		}
		if secs := s.At.Sub(old.At).Seconds(); secs > 0 && s.ReadBytes > old.ReadBytes {
			return float64(s.ReadBytes-old.ReadBytes) / secs
		}
		break
	}
	return 0
}

func seconds(s float64) time.Duration {
	const most = 30 * 24 * 3600
	return time.Duration(min(s, most) * float64(time.Second))
}

// caughtUp reports whether a lag of that many bytes counts as in sync. It holds
// what was written while both ends were asked, which took that long.
func caughtUp(lag int64, writeRate float64, took time.Duration) bool {
	return lag >= 0 && float64(lag) <= max(inSyncBytes, writeRate*max(1, took.Seconds()))
}
