package verify

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/verify/internal/digest"
)

// kept is a checkpoint that is in the memory.
type kept []byte

func (k kept) Load(context.Context) ([]byte, error) { return k, nil }
func (k kept) Save(context.Context, []byte) error   { return nil }

// resuming returns what makes a comparison that is to go on from a checkpoint.
func resuming(t testing.TB) func(checkpoint []byte) *engine {
	c := redis.NewClient(&redis.Options{Addr: "nowhere:1"})
	t.Cleanup(func() { _ = c.Close() })
	return func(checkpoint []byte) *engine {
		return newEngine(c, c, Options{Mode: ModeFull, Checkpoint: kept(checkpoint)})
	}
}

// goodCheckpoint is a checkpoint of a comparison, within a phase of it.
func goodCheckpoint(e *engine, phase string) whole {
	now := &savedDB{Phase: phase, Marks: make([]byte, marksSize), Cursor: "17"}
	if phase == phaseScan {
		now = &savedDB{Phase: phase, Scans: [2]savedScan{{Cursor: "17", Keys: 9}, {Cursor: "0", Done: true}}}
	}
	return whole{Version: checkpointVersion, State: saved{
		Options: e.fingerprint(), Now: now, Sample: 10, Read: 9, Took: 5,
		Report: Report{Mode: e.o.Mode, Counts: map[Class]int64{ClassValue: 2}, DBs: []DBReport{{Source: map[string]int64{}, Target: map[string]int64{}}}},
	}}
}

// A checkpoint whose parts do not fit is refused with the parts' names, not tripped over.
func TestTamperedCheckpoint(t *testing.T) {
	t.Parallel()
	resume := resuming(t)
	for _, row := range []struct {
		phase string
		spoil func(w *whole)
		want  []string
	}{
		{phaseScan, func(*whole) {}, nil},
		{phaseLook, func(*whole) {}, nil},
		{phaseLook, func(w *whole) { w.State.Now.Side = 2 }, nil},
		{phaseScan, func(w *whole) { w.State.Now = nil }, nil},
		{phaseLook, func(w *whole) { w.State.Now.Marks = w.State.Now.Marks[1:] }, []string{"state.now.marks has 16383 bytes, want 16384"}},
		{phaseLook, func(w *whole) { w.State.Now.Marks = nil }, []string{"state.now.marks has 0 bytes"}},
		{phaseLook, func(w *whole) { w.State.Now.Side = -1 }, []string{"state.now.side is -1, want 0 to 2"}},
		{phaseLook, func(w *whole) { w.State.Now.Side = 3 }, []string{"state.now.side is 3"}},
		{phaseLook, func(w *whole) { w.State.Now.Cursor = "x" }, []string{`state.now.cursor is "x", want a number`}},
		{phaseLook, func(w *whole) { w.State.Now.Phase = "" }, []string{`state.now.phase is "", want scan or look`}},
		{phaseScan, func(w *whole) { w.State.Now.DB, w.State.Sample, w.State.Read, w.State.Took = -1, -2, -3, -4 },
			[]string{"state.now.db is -1, want 0 or more", "state.sample is -2", "state.read is -3", "state.took_ns is -4"}},
		{phaseScan, func(w *whole) { w.State.Now.Scans[1].Cursor = "" }, []string{`state.now.scans[1].cursor is "", want a number`}},
		{phaseScan, func(w *whole) { w.State.Now.Scans[0].Keys = -1 }, []string{"state.now.scans[0].keys is -1"}},
		{phaseScan, func(w *whole) { w.State.Now.Scans[0].Counts[3] = -1 }, []string{"state.now.scans[0].counts[3] is -1"}},
		{phaseScan, func(w *whole) { w.State.Report.Mode = ModeSample }, []string{`state.report.mode is "sample", want "full"`}},
		{phaseScan, func(w *whole) { w.State.Report.Counts[ClassExtra] = -2 }, []string{"state.report.counts[extra] is -2"}},
		{phaseScan, func(w *whole) { w.State.Report.DBs[0].Source = nil }, []string{"state.report.dbs[0] is without source or target"}},
		{phaseScan, func(w *whole) { w.State.Report.DBs[0].Target = nil }, []string{"state.report.dbs[0] is without source or target"}},
	} {
		w := goodCheckpoint(resume(nil), row.phase)
		row.spoil(&w)
		text, err := json.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		_, err = resume(text).load(t.Context())
		if (err == nil) != (row.want == nil) || err != nil && !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%v, want %q", err, row.want)
		}
		for _, want := range row.want {
			if err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
	}
}

// Whatever a checkpoint says, it is refused or gone on from.
func FuzzCheckpoint(f *testing.F) {
	resume := resuming(f)
	sums := [2]buckets{newBuckets(), newBuckets()}
	for _, phase := range []string{phaseScan, phaseLook} {
		w := goodCheckpoint(resume(nil), phase)
		if phase == phaseLook {
			w.State.Now.Marks = w.State.Now.Marks[:1]
		}
		text, err := json.Marshal(w.State)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), marksSize)
		f.Add(strings.NewReplacer(`"source":{}`, `"source":null`, `"side":`, `"side":-`).Replace(string(text)), marksSize-1)
	}
	f.Fuzz(func(t *testing.T, text string, size int) {
		w := whole{Version: checkpointVersion}
		if json.Unmarshal([]byte(text), &w.State) != nil {
			return
		}
		w.State.Options = resume(nil).fingerprint()
		if now := w.State.Now; now != nil && len(now.Marks) > 0 && size >= 0 && size <= 2*marksSize {
			now.Marks = make([]byte, size)
		}
		all, err := json.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		e := resume(all)
		from, err := e.load(t.Context())
		if err != nil {
			if !errors.Is(err, ErrCheckpoint) {
				t.Fatal(err)
			}
			return
		}
		for _, db := range from.State.Report.DBs {
			e.counted(db.DB, kinds{1, 1}, kinds{1, 1})
			if err := e.deliver(Difference{DB: db.DB, Class: ClassValue, Type: TypeHash}); err != nil {
				t.Fatal(err)
			}
		}
		now := from.State.Now
		if now == nil {
			return
		}
		switch now.Phase {
		case phaseLook:
			first, last := marks(now.Marks).has(digest.Sum{}), marks(now.Marks).has(digest.Sum{A: 1<<64 - 1})
			if first != (now.Marks[0]&1 != 0) || last != (now.Marks[marksSize-1]&128 != 0) {
				t.Error("the first or last bucket is not as it is marked")
			}
			if now.Side < 0 {
				t.Errorf("side %d", now.Side)
			}
		case phaseScan:
			scans := [2]*scan{newScan(e, e.source, now.DB, sums[0]), newScan(e, e.target, now.DB, sums[1])}
			if err := from.resume(e, scans); err != nil && !errors.Is(err, ErrCheckpoint) {
				t.Error(err)
			}
		default:
			t.Errorf("phase %q", now.Phase)
		}
	})
}
