package verify

import (
	"context"
	"sync"
	"time"
)

// meter tells how far a comparison has come. Its methods are safe for concurrent
// use.
type meter struct {
	mu    sync.Mutex
	phase string
	db    int
	scan  *scan
	done  int64 // keys of the databases that are done
	total int64
	began time.Time
	marks []mark // the last seconds
}

// mark is how many keys were read at a time.
type mark struct {
	at   time.Time
	keys int64
}

// expect tells how many keys there are.
func (m *meter) expect(total int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.total = total
}

// scanning tells that the scan of a database begins; s is that of the source.
func (m *meter) scanning(db int, s *scan) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.scan != nil {
		m.done += m.scan.read()
	}
	m.phase, m.db, m.scan = "scan", db, s
}

// looking tells that differences are looked at again.
func (m *meter) looking(db int) { m.enter("look", db) }

// enter tells of another phase.
func (m *meter) enter(phase string, db int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.phase, m.db = phase, db
}

// read is how many keys of the source were read.
func (m *meter) read() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.scan == nil {
		return m.done
	}
	return m.done + m.scan.read()
}

// read is how many keys the scan has read.
func (s *scan) read() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys
}

// rateOver is the time over which the rate is taken.
const rateOver = 5 * time.Second

// now is the progress at the moment.
func (m *meter) now(at time.Time, differences int64) Progress {
	m.mu.Lock()
	defer m.mu.Unlock()
	keys := m.done
	if m.scan != nil {
		keys += m.scan.read()
	}
	m.marks = append(m.marks, mark{at, keys})
	for len(m.marks) > 2 && at.Sub(m.marks[0].at) > rateOver {
		m.marks = m.marks[1:]
	}
	p := Progress{
		Phase: m.phase, DB: m.db, Keys: keys, Total: max(m.total, keys), ETA: -1,
		Differences: differences, Elapsed: at.Sub(m.began),
	}
	if d := at.Sub(m.marks[0].at).Seconds(); d > 0 {
		p.Rate = float64(keys-m.marks[0].keys) / d
	}
	if p.Rate > 0 {
		p.ETA = time.Duration(float64(p.Total-keys) / p.Rate * float64(time.Second)).Round(time.Millisecond)
	}
	if p.Percent = 100; p.Total > 0 {
		p.Percent = 100 * float64(keys) / float64(p.Total)
	}
	if m.phase == "done" {
		p.Percent, p.ETA = 100, 0
	}
	return p
}

// tell calls Options.OnProgress until ctx ends, and once more.
func (e *engine) tell(ctx context.Context) {
	for pause(ctx, e.o.ProgressEvery) == nil {
		e.tellOnce()
	}
	e.tellOnce()
}

func (e *engine) tellOnce() {
	e.mu.Lock()
	var n int64
	for _, c := range e.report.Counts {
		n += c
	}
	e.mu.Unlock()
	e.o.OnProgress(e.meter.now(time.Now(), n))
}
