package migration

import (
	"net"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/progress"
)

// buffer tells what waits in the source's output buffer for the target. Of several
// replicas at the target's address the fullest counts.
func (m *meter) buffer(s *progress.Sample, r reading) {
	if r.clients == nil || r.limit == nil {
		return
	}
	used := int64(-1)
	for _, c := range r.clients {
		host, _, err := net.SplitHostPort(c.Addr)
		if elsewhere := err == nil && net.ParseIP(r.host) != nil && host != r.host; c.Replica && !elsewhere {
			used = max(used, c.OutputMemory)
		}
	}
	if used < 0 {
		return // the source has no replica yet
	}
	b := progress.OutputBuffer{Used: used, Hard: r.limit.Hard, Soft: r.limit.Soft, SoftFor: time.Duration(r.limit.SoftSeconds) * time.Second, LimitIn: -1}
	// From 7.0 on the backlog is a part of the buffer, and a hard limit below its
	// size counts as its size.
	if v, err := r.source.Version(); err == nil && v.AtLeast(redisinfo.Version{Major: 7}) && b.Hard > 0 {
		b.Hard = max(b.Hard, r.source.Int("repl_backlog_size"))
	}
	switch {
	case b.Soft == 0 || used <= b.Soft:
		m.overSoft = time.Time{}
	case m.overSoft.IsZero():
		m.overSoft = s.At
	}
	m.limitIn(s, &b)
	s.Buffer = &b
}

// streamBlocks is what waits for a replica that follows closely, some blocks of the
// stream: that it comes and goes is no trend.
const streamBlocks = 1 << 20

// limitIn tells when a limit is reached if the buffer goes on growing.
func (m *meter) limitIn(s *progress.Sample, b *progress.OutputBuffer) {
	rate := 0.0
	for _, old := range m.past {
		if old.Buffer == nil {
			continue
		}
		if secs := s.At.Sub(old.At).Seconds(); secs > 0 {
			rate = float64(b.Used-old.Buffer.Used) / secs
		}
		break
	}
	earliest := func(d time.Duration) {
		if b.LimitIn < 0 || d < b.LimitIn {
			b.LimitIn = max(d, 0)
		}
	}
	if fewest := min(streamBlocks, max(b.Hard, b.Soft)/20); b.Used < fewest {
		return
	}
	if b.Hard > 0 && rate > 0 {
		earliest(seconds(float64(max(0, b.Hard-b.Used)) / rate))
	}
	switch {
	case b.Soft == 0:
	case !m.overSoft.IsZero() && rate >= 0:
		earliest(b.SoftFor - s.At.Sub(m.overSoft))
	case m.overSoft.IsZero() && rate > 0:
		earliest(seconds(float64(b.Soft-b.Used)/rate) + b.SoftFor)
	}
}
