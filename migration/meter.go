package migration

import (
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
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
	// facts are those of the preflight checks, for forecasts; nil if there are none.
	facts *preflight.Facts

	entered  time.Time      // the present phase, as far as was seen
	phaseNow progress.Phase // that
	forkedAt int64          // the source's offset when the present full sync began
	overSoft time.Time      // since when the output buffer is above its soft limit
}

// reading is what both ends said at about the same time.
type reading struct {
	at     time.Time
	source redisinfo.Info
	target redisinfo.Info
	// clients are the source's connections of replicas, and limit is that of their
	// output buffers; nil if that was not told.
	clients []redisinfo.Client
	limit   *redisinfo.BufferLimit
	// host is where the target was asked; "" if not known.
	host string
}

// add derives the sample of r.
func (m *meter) add(r reading) progress.Sample {
	s := progress.Sample{
		At: r.at, Percent: -1, PercentLow: -1, PercentHigh: -1, ETA: -1, ETALow: -1, ETAHigh: -1, Lag: -1,
		SourceOffset: r.source.Int("master_repl_offset"),
		TargetOffset: r.target.Int("slave_repl_offset"),
		LinkUp:       r.target.Str("master_link_status") == "up",
	}
	if m.fullSyncs < 0 {
		m.fullSyncs = r.source.Int("sync_full")
	}
	s.FullSyncs = r.source.Int("sync_full") - m.fullSyncs
	done := m.phase(&s, r)
	m.rates(&s)
	m.ranges(&s, r, done)
	m.buffer(&s, r)
	m.past = append(m.past, s)
	for len(m.past) > 2 && s.At.Sub(m.past[1].At) > rateWindow {
		m.past = m.past[1:]
	}
	return s
}

// phase tells the phase and its sizes, and returns the share of it that is done.
func (m *meter) phase(s *progress.Sample, r reading) share {
	done := share{}
	switch {
	case s.LinkUp:
		s.Lag = max(0, s.SourceOffset-s.TargetOffset)
		s.Phase = progress.PhaseStreaming
		if s.Lag > inSyncBytes {
			s.Phase = progress.PhaseCatchUp
		}
	case r.target.Int("loading") == 1:
		s.Phase = progress.PhaseLoading
		s.TotalBytes = r.target.Int("loading_total_bytes")
		s.ReadBytes = r.target.Int("loading_loaded_bytes")
		done = exactly(r.target.Float("loading_loaded_perc") / 100)
	case r.target.Int("master_sync_in_progress") == 1:
		s.Phase = progress.PhaseTransfer
		s.ReadBytes = r.target.Int("master_sync_read_bytes")
		s.TotalBytes = max(0, r.target.Int("master_sync_total_bytes"))
		done = transferred(s, r.source)
		if s.ReadBytes == 0 {
			s.Phase, done = progress.PhaseWaiting, saved(r.source)
		}
	default:
		s.Phase = progress.PhaseConnecting
	}
	if s.Phase != m.phaseNow || m.entered.IsZero() {
		m.phaseNow, m.entered = s.Phase, s.At
	}
	if s.Phase == progress.PhaseWaiting || s.Phase == progress.PhaseConnecting || m.forkedAt == 0 {
		m.forkedAt = s.SourceOffset
	}
	return done
}

// convergeFor is how long the target has to fall behind before that is said: the
// load of a moment says little.
const convergeFor = 3 * time.Second

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
		closing := s.BytesPerSecond - s.SourceWriteRate
		if closing > 0 {
			s.ETA = seconds(float64(s.Lag) / closing)
		}
		s.NotConverging = closing < 0 && s.Lag > old.Lag && secs >= convergeFor.Seconds() && !caughtUp(s.Lag, s.SourceWriteRate, 0)
	}
}

// trend is the time left at the rate of the percentage.
func (m *meter) trend(s *progress.Sample) {
	if len(m.past) == 0 || s.LinkUp {
		return
	}
	old := m.past[0]
	if secs := s.At.Sub(old.At).Seconds(); secs > 0 && old.Percent >= 0 && s.Percent >= old.Percent+minProgress {
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
