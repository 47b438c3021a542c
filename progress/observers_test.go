package progress

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// recordHandler keeps records, for tests of what is logged.
type recordHandler struct {
	level   slog.Level
	records []slog.Record
}

func (h *recordHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }
func (h *recordHandler) WithAttrs([]slog.Attr) slog.Handler           { return h }
func (h *recordHandler) WithGroup(string) slog.Handler                { return h }
func (h *recordHandler) Handle(_ context.Context, r slog.Record) error {
	h.records = append(h.records, r)
	return errors.New("handlers may fail")
}

func TestLogObserver(t *testing.T) {
	t.Parallel()
	for _, e := range allEvents() {
		h := &recordHandler{level: slog.LevelDebug}
		NewLogObserver(slog.New(h)).Observe(t.Context(), e)
		if len(h.records) != 1 {
			t.Fatalf("%s: %d records, want 1", typeName(e), len(h.records))
		}
		r := h.records[0]
		want := slog.LevelInfo
		ended, isEnd := e.(RunEnded)
		step, isStep := e.(StepCalled)
		trouble, isTrouble := e.(Diagnosed)
		switch {
		case isTrouble && !trouble.Over:
			want = slog.LevelWarn
		case isStep && step.Err != "":
			want = slog.LevelWarn
		case isEnd && ended.Err != "":
			want = slog.LevelError
		case e.Kind() == "sampled":
			want = slog.LevelDebug
		case e.Kind() == "retrying", e.Kind() == "observer_panicked":
			want = slog.LevelWarn
		}
		if r.Level != want || r.Message != e.Kind() || !r.Time.Equal(e.Meta().At) {
			t.Errorf("%s: level %v (want %v), message %q, time %v", typeName(e), r.Level, want, r.Message, r.Time)
		}
		var keys []string
		r.Attrs(func(a slog.Attr) bool { keys = append(keys, a.Key); return true })
		if len(keys) < 4 || !slices.Equal(keys[:3], []string{"migration_id", "seq", "state"}) {
			t.Errorf("%s: attributes %v, want the header and at least one field", typeName(e), keys)
		}
		slices.Sort(keys)
		if n := len(keys); len(slices.Compact(keys)) != n {
			t.Errorf("%s: an attribute is there twice: %v", typeName(e), keys)
		}
	}
}

func TestLogObserverHonoursTheLevel(t *testing.T) {
	t.Parallel()
	h := &recordHandler{level: slog.LevelWarn}
	o := NewLogObserver(slog.New(h))
	for _, e := range allEvents() {
		o.Observe(t.Context(), e)
	}
	if len(h.records) != 5 {
		t.Errorf("%d records at warn and above, want 5: a trouble, retrying, a step that failed, observer_panicked, run_ended", len(h.records))
	}
	NewLogObserver(nil).Observe(t.Context(), Noted{Text: "goes nowhere"})
}

func TestJSONLines(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	o := NewJSONLines(&b)
	events := allEvents()
	for _, e := range events {
		o.Observe(t.Context(), e)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != len(events) {
		t.Fatalf("%d lines for %d events", len(lines), len(events))
	}
	for i, line := range lines {
		var got struct {
			Kind string
			Seq  uint64
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.Kind != events[i].Kind() || got.Seq != uint64(i+1) {
			t.Errorf("line %d: %+v, %v: %s", i+1, got, err, line)
		}
	}
	if !strings.Contains(b.String(), "gone <now>") {
		t.Error("< and > are escaped, which makes error texts hard to read")
	}
}

func TestJSONLinesReplacesWhatHasNoJSON(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	NewJSONLines(&b).Observe(t.Context(), Stamp(Sampled{Sample: Sample{Percent: math.NaN()}}, Header{Seq: 7, At: testStart}))
	var got struct {
		Kind, Text string
		Seq        uint64
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Kind != "noted" || got.Seq != 7 || !strings.Contains(got.Text, "sampled") {
		t.Errorf("got %+v, want a note in the place of the sample", got)
	}
}

// flakyWriter fails on the calls in fail, after writing that many bytes.
type flakyWriter struct {
	bytes.Buffer
	calls int
	fail  map[int]int
}

func (w *flakyWriter) Write(p []byte) (int, error) {
	w.calls++
	if n, ok := w.fail[w.calls]; ok {
		w.Buffer.Write(p[:n])
		return n, io.ErrShortWrite
	}
	return w.Buffer.Write(p)
}

func TestJSONLinesGoesOnAfterWriteErrors(t *testing.T) {
	t.Parallel()
	w := &flakyWriter{fail: map[int]int{2: 0, 3: 10, 4: 0, 6: 5}}
	o := NewJSONLines(w)
	for i := range uint64(7) {
		o.Observe(t.Context(), Stamp(Noted{Text: "x"}, Header{Seq: i + 1, At: testStart}))
	}
	var seqs []uint64
	for line := range strings.Lines(w.String()) {
		var got struct{ Seq uint64 }
		if json.Unmarshal([]byte(line), &got) == nil {
			seqs = append(seqs, got.Seq)
		}
	}
	if !slices.Equal(seqs, []uint64{1, 5, 7}) {
		t.Errorf("whole lines for the events %v, want 1, 5 and 7; written:\n%s", seqs, w.String())
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	o := NewText(&b)
	at := func(s State, after time.Duration, e Event) {
		o.Observe(t.Context(), Stamp(e, Header{MigrationID: "m", At: testStart.Add(after), State: s}))
	}
	sample := func(p Phase) Event { return Sampled{Sample: Sample{Phase: p, Percent: -1, ETA: -1, Lag: -1}} }
	at(StateNew, 0, RunStarted{Source: "a:1", Target: "t"})
	at(StateSyncing, time.Second, sample(PhaseWaiting))
	at(StateSyncing, 1500*time.Millisecond, sample(PhaseWaiting))   // too soon
	at(StateSyncing, 1600*time.Millisecond, sample(PhaseTransfer))  // another phase
	at(StateSyncing, 2700*time.Millisecond, sample(PhaseTransfer))  // a second later
	at(StateInSync, 10*time.Minute, sample(PhaseStreaming))         // another phase
	at(StateInSync, 10*time.Minute+5*time.Second, Noted{Text: "x"}) // never thinned out
	at(StateInSync, 10*time.Minute+9*time.Second, sample(PhaseStreaming))
	at(StateInSync, 10*time.Minute+11*time.Second, sample(PhaseStreaming)) // rarer by now
	at(StateNew, 11*time.Minute, RunStarted{Source: "a:1", Target: "t"})   // the clock starts anew
	want := `      0.0s  new         starting migration m: a:1 -> t, from state new
      1.0s  syncing     waiting
      1.6s  syncing     transfer, 0 B
      2.7s  syncing     transfer, 0 B
    600.0s  in_sync     streaming
    605.0s  in_sync     note: x
    611.0s  in_sync     streaming
      0.0s  new         starting migration m: a:1 -> t, from state new
`
	if b.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", b.String(), want)
	}
}

func TestTextStaysShortOverDays(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	o := NewText(&b)
	const day = 24 * time.Hour
	for after := time.Duration(0); after < day; after += time.Second {
		o.Observe(t.Context(), Stamp(Sampled{Sample: Sample{Phase: PhaseStreaming}}, Header{At: testStart.Add(after), State: StateInSync}))
	}
	if n := strings.Count(b.String(), "\n"); n < 1000 || n > 2000 {
		t.Errorf("%d lines for a day in sync, want about one a minute", n)
	}
}

func TestObserversWriteEveryTypeAndAreSafe(t *testing.T) {
	t.Parallel()
	for name, newObserver := range map[string]func(io.Writer) Observer{
		"json": NewJSONLines,
		"text": NewText,
		"log":  func(w io.Writer) Observer { return NewLogObserver(slog.New(slog.NewTextHandler(w, nil))) },
	} {
		var b bytes.Buffer
		o := newObserver(&b)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for _, e := range allEvents() {
					o.Observe(t.Context(), e)
				}
			})
		}
		wg.Wait()
		lifecycle := 0
		for _, e := range allEvents() {
			if e.Kind() != "sampled" {
				lifecycle += 4
			}
		}
		if n := strings.Count(b.String(), "\n"); n < lifecycle {
			t.Errorf("%s: %d lines, want at least the %d lifecycle events", name, n, lifecycle)
		}
	}
}
