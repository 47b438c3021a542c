package migration

import (
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// The phases of a synchronisation in their order.
const (
	courseWait = iota
	courseTransfer
	courseLoad
	courseCatchUp
	courseLength
)

// course is how many seconds each phase is expected to take.
type course [courseLength]preflight.Range

// usualCourse is what is taken where nothing is known of the source's data, in
// shares: loading took about a third of a full sync of a million strings between two
// servers on loopback.
func usualCourse() course {
	return course{courseTransfer: {Low: 60, High: 60}, courseLoad: {Low: 35, High: 35}, courseCatchUp: {Low: 5, High: 5}}
}

const (
	// slack is how much the rate of a phase may change until its end. Assumed.
	slack = 1.25
	// What a target applies of the stream before it was seen to, in bytes a second.
	// Assumed.
	applySlow, applyFast = 20 << 20, 200 << 20
	// What of the memory of the data is sent, as in the forecasts of the preflight
	// report.
	sentSmall, sentLarge = 0.3, 1.0
)

// share is how much of a phase is done, 0 to 1: the best guess, and its ends. A
// negative one means that it cannot be told.
type share struct{ guess, low, high float64 }

func exactly(v float64) share {
	v = min(max(v, 0), 1)
	return share{v, v, v}
}

// around widens a share that was measured by a count that is behind.
func around(v float64) share {
	return share{min(v, 1), min(v/slack, 1), min(v*slack, 1)}
}

// transferred is the share of the transfer that is done. A diskless sync has no known
// size: there the source's count of the keys that its child has saved stands in, or
// what was read against the memory that the data takes, whichever is further: the
// count is brought up to date once a second only, and a data set is smaller on the
// wire than in memory.
func transferred(s *progress.Sample, source redisinfo.Info) share {
	if s.ReadBytes == 0 {
		return share{}
	}
	read := float64(s.ReadBytes)
	if s.TotalBytes > 0 {
		return exactly(read / float64(s.TotalBytes))
	}
	byKeys, byMemory := share{-1, -1, -1}, share{-1, -1, -1}
	if total := source.Int("current_save_keys_total"); total > 0 {
		byKeys = around(float64(source.Int("current_save_keys_processed")) / float64(total))
	}
	if memory := float64(source.Int("used_memory_dataset")); memory > 0 {
		byMemory = share{min(1, read/memory), min(1, read/memory/sentLarge), min(1, read/memory/sentSmall)}
	}
	if byKeys.guess > byMemory.guess {
		byKeys.high = max(byKeys.high, byMemory.low)
		return byKeys
	}
	return byMemory
}

// saved is the share of a save that is made before anything is sent.
func saved(source redisinfo.Info) share {
	total := source.Int("current_save_keys_total")
	if source.Int("rdb_bgsave_in_progress") != 1 || total <= 0 {
		return share{}
	}
	return around(float64(source.Int("current_save_keys_processed")) / float64(total))
}

// at is where a phase stands in the course; ok is false if it is none of it.
func at(p progress.Phase) (i int, ok bool) {
	switch p {
	case progress.PhaseWaiting:
		return courseWait, true
	case progress.PhaseTransfer:
		return courseTransfer, true
	case progress.PhaseLoading:
		return courseLoad, true
	case progress.PhaseCatchUp:
		return courseCatchUp, true
	}
	return 0, false
}

// ranges tells the share of all that is done and the time left, with their ends.
func (m *meter) ranges(s *progress.Sample, r reading, done share) {
	i, ok := at(s.Phase)
	switch {
	case s.Phase == progress.PhaseStreaming:
		s.Percent, s.PercentLow, s.PercentHigh = 100, 100, 100
		s.ETALow, s.ETAHigh = 0, 0
		return
	case !ok || done.guess < 0:
		return
	}
	way, known := m.course(s, r)
	s.Percent = way.percent(i, done.guess, middle, middle)
	s.PercentLow = min(s.Percent, way.percent(i, done.low, low, high))
	s.PercentHigh = max(s.Percent, way.percent(i, done.high, high, low))
	m.trend(s)
	if known || s.Phase == progress.PhaseCatchUp {
		m.left(s, way, i, done)
	}
}

// The ends of a range, and what is between them.
func low(r preflight.Range) float64    { return r.Low }
func high(r preflight.Range) float64   { return r.High }
func middle(r preflight.Range) float64 { return (r.Low + r.High) / 2 }

// percent is the share of the whole course in which phase i is done to a share: what
// is done takes one end of its range, what is left another.
func (c course) percent(i int, done float64, behind, ahead func(preflight.Range) float64) float64 {
	over, left := done*behind(c[i]), (1-done)*ahead(c[i])
	for j, phase := range c {
		switch {
		case j < i:
			over += behind(phase)
		case j > i:
			left += ahead(phase)
		}
	}
	if over+left <= 0 {
		return 0
	}
	return 100 * over / (over + left)
}

// course makes the forecast; known is false if nothing is known of the source's data.
func (m *meter) course(s *progress.Sample, r reading) (way course, known bool) {
	facts := preflight.Facts{}
	if m.facts != nil {
		facts = *m.facts
	}
	p, ok := preflight.Predict(facts)
	if !ok {
		facts.Source, facts.Gaps = &preflight.Node{UsedMemory: r.source.Int("used_memory")}, nil
		if p, ok = preflight.Predict(facts); !ok {
			return usualCourse(), false
		}
	}
	diskless := ""
	if c := facts.Source.Config; c != nil {
		diskless = c.DisklessSync
	}
	wider := func(a, b preflight.Range) preflight.Range {
		return preflight.Range{Low: max(a.Low, b.Low), High: max(a.High, b.High)}
	}
	plus := func(a, b preflight.Range) preflight.Range {
		return preflight.Range{Low: a.Low + b.Low, High: a.High + b.High}
	}
	switch diskless {
	case "yes": // made and sent at once
		way[courseWait], way[courseTransfer] = p.WaitSeconds, wider(p.SaveSeconds, p.TransferSeconds)
	case "no":
		way[courseWait], way[courseTransfer] = plus(p.WaitSeconds, p.SaveSeconds), p.TransferSeconds
	default:
		way[courseWait] = preflight.Range{Low: p.WaitSeconds.Low, High: plus(p.WaitSeconds, p.SaveSeconds).High}
		way[courseTransfer] = preflight.Range{Low: p.TransferSeconds.Low, High: wider(p.SaveSeconds, p.TransferSeconds).High}
	}
	way[courseLoad] = p.LoadSeconds
	// What was written since the fork has to be caught up with, and what is until then.
	behind := float64(max(0, s.SourceOffset-m.forkedAt))
	way[courseCatchUp] = preflight.Range{Low: behind / applyFast, High: behind / applySlow}
	return way, true
}

// left is the time left: of this phase by its rate, of the others by the forecast.
func (m *meter) left(s *progress.Sample, way course, i int, done share) {
	now := way[i]
	elapsed := s.At.Sub(m.entered).Seconds()
	switch {
	case i == courseCatchUp:
		s.ETALow, s.ETAHigh = 0, -1
		if closing := s.BytesPerSecond - s.SourceWriteRate; closing > 0 {
			took := float64(s.Lag) / closing
			s.ETALow, s.ETAHigh = seconds(took/slack), seconds(took*slack)
		}
		return
	case s.BytesPerSecond > 0 && s.ReadBytes > 0 && done.low > 0 && done.high > 0:
		sizeLow, sizeHigh := float64(s.ReadBytes)/done.high, float64(s.ReadBytes)/done.low
		now.Low = max(0, sizeLow-float64(s.ReadBytes)) / (s.BytesPerSecond * slack)
		now.High = max(0, sizeHigh-float64(s.ReadBytes)) / (s.BytesPerSecond / slack)
	case done.low > 0 && elapsed > 0: // a save that was seen from its beginning
		now.Low, now.High = elapsed*(1-done.high)/done.high/slack, elapsed*(1-done.low)/done.low*slack
	default:
		now.Low = max(0, now.Low-elapsed)
		now.High = max(now.High-elapsed, elapsed*(slack-1))
	}
	ahead := now
	for _, phase := range way[i+1 : courseCatchUp] {
		ahead.Low, ahead.High = ahead.Low+phase.Low, ahead.High+phase.High
	}
	s.ETALow = seconds(ahead.Low + way[courseCatchUp].Low)
	s.ETAHigh = m.untilCaughtUp(s, ahead.High)
	if s.ETA >= 0 {
		s.ETALow = min(s.ETALow, s.ETA)
		if s.ETAHigh >= 0 {
			s.ETAHigh = max(s.ETAHigh, s.ETA)
		}
	}
}

// untilCaughtUp adds to the time until the data are loaded, at the most, that of
// catching up with all that is written until then and meanwhile; -1 if a slow target
// would never.
func (m *meter) untilCaughtUp(s *progress.Sample, loaded float64) time.Duration {
	if s.SourceWriteRate >= applySlow {
		return -1
	}
	behind := float64(max(0, s.SourceOffset-m.forkedAt)) + s.SourceWriteRate*loaded
	return seconds(loaded + behind/(applySlow-s.SourceWriteRate))
}
