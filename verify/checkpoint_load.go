package verify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrCheckpoint tells that a checkpoint cannot be used: it is damaged, of another
// version, or of a comparison with other options or servers. Remove it to begin
// anew.
var ErrCheckpoint = errors.New("verify: the checkpoint cannot be used")

// fingerprint identifies what is compared.
func (e *engine) fingerprint() string {
	text := fmt.Sprintf("%q %q %q %q %v %v %+v %v %v %q",
		e.source.options.Addr, e.target.options.Addr, e.o.Mode, e.o.Match, e.o.Types, e.o.DBs,
		e.o.Sample, e.o.ExpiryTolerance, e.o.Functions, e.o.Values)
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// load reads the checkpoint, if there is one, and takes over what it says. It
// returns the sums of the database that was being compared.
func (e *engine) load(ctx context.Context) (*whole, error) {
	if e.o.Checkpoint == nil {
		return nil, nil
	}
	data, err := e.o.Checkpoint.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify: loading the checkpoint: %w", err)
	}
	if data == nil {
		return nil, nil
	}
	var w whole
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	if w.Version != checkpointVersion {
		return nil, fmt.Errorf("%w: it is of version %d, want %d", ErrCheckpoint, w.Version, checkpointVersion)
	}
	if w.State.Options != e.fingerprint() {
		return nil, fmt.Errorf("%w: it is of a comparison with other options or servers", ErrCheckpoint)
	}
	if err := w.State.check(e.o.Mode); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	e.takeOver(w.State)
	return &w, nil
}

// takeOver goes on where the checkpoint was written.
func (e *engine) takeOver(s saved) {
	e.mu.Lock()
	defer e.mu.Unlock()
	took := s.Took
	skew, replicating := e.report.ClockSkew, e.report.Replicating
	e.report = s.Report
	e.source.goOn(s.Report.Source)
	e.target.goOn(s.Report.Target)
	e.report.Took, e.report.ClockSkew, e.report.Replicating = took, skew, replicating
	e.report.Resumed++
	if e.report.Counts == nil {
		e.report.Counts = map[Class]int64{}
	}
	for _, text := range s.Weaker {
		e.weaker[text] = true
	}
	e.key = s.Key
	e.meter.done = s.Read
	e.checkpoint.state = s
}

// resume puts scans where a checkpoint left them, those excepted whose server is
// another process by now: its cursors mean nothing.
func (w *whole) resume(e *engine, scans [2]*scan) error {
	for i, s := range scans {
		at := w.State.Now.Scans[i]
		if run := w.State.Runs[i]; run == "" || run != s.side.run {
			continue
		}
		if err := readSums(w.Sums[i], s.sums); err != nil {
			return fmt.Errorf("%w: %w", ErrCheckpoint, err)
		}
		s.cursor, s.counts, s.keys, s.done = at.Cursor, at.Counts, at.Keys, at.Done
	}
	return nil
}

// sortedKeys are the keys of a map in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
