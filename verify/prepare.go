package verify

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cachelift/cachelift/verify/internal/rdb"
)

// standing is where a server stands in the replication.
type standing struct {
	role       string
	id, former string // replication ids
	offset     int64
}

// standing asks a server for it.
func (s *side) standing(ctx context.Context) (standing, error) {
	var st standing
	err := s.ask(ctx, func(l *link) error {
		v, err := l.Ask("INFO", "replication")
		if err != nil {
			return err
		}
		st = standing{role: field(v.Text, "role"), id: field(v.Text, "master_replid"), former: field(v.Text, "master_replid2")}
		offset := field(v.Text, "master_repl_offset")
		if st.role == "slave" {
			offset = field(v.Text, "slave_repl_offset")
		}
		st.offset, _ = strconv.ParseInt(offset, 10, 64)
		return nil
	})
	return st, err
}

// prepare finds out how the two servers stand to each other, and what follows
// from what they are and allow.
func (e *engine) prepare(ctx context.Context) error {
	e.limits = sizesFor(milliseconds(e.o.MaxBlock))
	e.counters = e.source.version >= 700 && e.target.version >= 700
	e.report.ClockSkew = e.target.clock - e.source.clock
	e.tolerance = milliseconds(max(e.o.ExpiryTolerance, 0))
	for _, s := range []*side{e.source, e.target} {
		e.prepareSide(s)
	}
	if !e.source.can.time || !e.target.can.time {
		e.report.ClockSkew = 0
		e.weak("TIME is not allowed on both sides, so that the clock skew is not known")
	}
	for _, t := range e.o.Types {
		e.types[rdb.KindOf(t)] = true
	}
	if e.source.can.info && e.target.can.info {
		source, err := e.source.standing(ctx)
		if err != nil {
			return err
		}
		target, err := e.target.standing(ctx)
		if err != nil {
			return err
		}
		e.report.Replicating = source.id != "" && (target.id == source.id || target.former == source.id) && target.role == "slave"
		e.following = e.report.Replicating
		e.report.Replicating = e.report.Replicating || source.id != "" && target.former == source.id
	}
	return nil
}

// prepareSide notes what a side cannot do.
func (e *engine) prepareSide(s *side) {
	if len(s.can.missing) > 0 {
		e.weak(fmt.Sprintf("the %s forbids %s: values that need them are not compared, or read in a slower way", s.name, strings.Join(s.can.missing, ", ")))
	}
	if !s.can.info {
		e.weak(fmt.Sprintf("the %s forbids INFO, so that writes in flight are told from differences only by looking again", s.name))
	}
	if e.o.Mode == ModeCounts || s.can.expireTime {
		return
	}
	if s.can.pttl && s.can.time {
		e.tolerance = max(e.tolerance, 5)
		if e.o.ExpiryTolerance < 0 {
			e.weak(fmt.Sprintf("the %s does not tell when keys expire, but in what time: compared within 5 ms", s.name))
		}
		return
	}
	e.noExpiry = true
	e.weak(fmt.Sprintf("the %s tells neither when keys expire nor in what time: expiry is not compared", s.name))
}

// sample decides which keys are in the sample of n keys altogether.
func (e *engine) sample(n int64) {
	s := e.o.Sample
	p, lost := 1.0, 1.0
	switch {
	case n <= 0:
	case s.Size > 0:
		p = min(1, float64(s.Size)/float64(n))
	default:
		// Of so many keys that differ none is taken with probability (1-p)^lost.
		lost = math.Max(1, math.Floor(s.LossRate*float64(n)))
		p = 1 - math.Pow(1-s.Confidence, 1/lost)
	}
	e.share, e.lost = p, int64(lost)
	e.threshold = math.MaxUint64
	if p < 1 {
		e.threshold = uint64(p * (1 << 63) * 2)
	}
}

// settleStep is how long the first further look waits; it doubles with each.
const settleStep = 10 * time.Millisecond
