package migrationtest

import (
	"fmt"
	"sync"
	"time"
)

// faults are those in force in a scenario. Its methods are safe for concurrent
// use.
type faults struct {
	mu     sync.Mutex
	begun  time.Time
	active []*activeFault
}

type activeFault struct {
	Fault
	seen, hits int
}

func (fs *faults) begin(at time.Time) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.begun = at
}

func (fs *faults) add(f Fault) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.active = append(fs.active, &activeFault{Fault: f})
}

func (fs *faults) none() bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return len(fs.active) == 0
}

// strike returns the fault that strikes the request, nil if none does.
func (fs *faults) strike(r Request) *activeFault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	r.After = time.Since(fs.begun)
	var struck *activeFault
	for _, f := range fs.active {
		if !f.fits(r) {
			continue
		}
		f.seen++
		if struck == nil && f.seen > f.skip && (f.times == 0 || f.hits < f.times) {
			struck = f
		}
	}
	if struck != nil {
		struck.hits++
	}
	return struck
}

// spare takes back a strike that had no effect.
func (fs *faults) spare(f *activeFault) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.hits--
}

func (f *activeFault) fits(r Request) bool {
	if f.to != r.To || r.After < f.from || f.until > 0 && r.After >= f.until {
		return false
	}
	if f.name == "" && r.Name == connectName || f.name != "" && f.name != r.Name {
		return false
	}
	return f.when == nil || f.when(r)
}

// left describes the faults that have not struck as often as they were to.
func (fs *faults) left() []string {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var out []string
	for _, f := range fs.active {
		if want := max(f.times, 1); f.hits < want {
			out = append(out, fmt.Sprintf("%s: struck %d of %d times", f.Fault, f.hits, want))
		}
	}
	return out
}
