package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// summary is what the program found out, and its JSON document. Durations are
// in seconds, sizes in bytes.
type summary struct {
	OK       bool          `json:"ok"`
	Problems []string      `json:"problems"` // the first ones
	Total    int           `json:"problems_total"`
	Loaded   loadSummary   `json:"loaded"`
	TimeIn   []stateTime   `json:"time_in"`
	Sync     syncSummary   `json:"sync"`
	Pause    pauseSummary  `json:"pause"`
	Writes   writesSummary `json:"writes"`
	Counts   []countRow    `json:"counts"`
	Sample   sampleSummary `json:"sample"`
}

type loadSummary struct {
	Keys          int     `json:"keys"`
	Bytes         int64   `json:"bytes"`
	Seconds       float64 `json:"seconds"`
	KeysPerSecond float64 `json:"keys_per_second"`
}

type stateTime struct {
	State   progress.State `json:"state"`
	Seconds float64        `json:"seconds"`
}

type syncSummary struct {
	Bytes          int64   `json:"bytes"` // sent by the source until in sync
	Seconds        float64 `json:"seconds"`
	BytesPerSecond float64 `json:"bytes_per_second"`
	FullSyncs      int64   `json:"full_syncs"`
}

type pauseSummary struct {
	LagBytes    int64   `json:"lag_bytes"`
	Drain       float64 `json:"drain_seconds"`
	Library     float64 `json:"library_seconds"`
	Application float64 `json:"application_seconds"` // no write of any writer acknowledged
	WorstWriter float64 `json:"worst_writer_seconds"`
	Attempts    int     `json:"attempts"`
}

type writesSummary struct {
	Acknowledged int `json:"acknowledged"`
	AfterSwitch  int `json:"after_switch"` // of these
	Refused      int `json:"refused"`
	Ambiguous    int `json:"ambiguous"`
	Lost         int `json:"lost"`
	Unexpected   int `json:"unexpected"` // on the target though refused, or twice
	Late         int `json:"late"`       // acknowledged by the source after the pause
}

type sampleSummary struct {
	Size       int `json:"size"`
	Big        int `json:"big"`
	WithTTL    int `json:"with_ttl"`
	Expired    int `json:"expired"` // before they could be compared
	Mismatches int `json:"mismatches"`
}

// summarize puts together what was measured and what was proved.
func summarize(l loading, m *moved, t *traffic, p *proof) summary {
	r, c := m.result, m.result.Cutover
	s := summary{
		OK: p.found.total == 0, Problems: p.found.named, Total: p.found.total, Counts: p.counts,
		Loaded: loadSummary{Keys: l.keys, Bytes: l.bytes, Seconds: l.took.Seconds(), KeysPerSecond: float64(l.keys) / l.took.Seconds()},
		Sync:   syncSummary{Bytes: m.wire.bytes, Seconds: r.Sync.InSyncAt.Sub(r.Sync.RequestedAt).Seconds(), FullSyncs: m.wire.fullSyncs},
		Pause:  pauseSummary{LagBytes: c.LagAtPause, Drain: c.Drain.Seconds(), Library: c.Pause.Seconds(), Attempts: c.Attempts},
		Writes: writesSummary{
			Acknowledged: p.writes.acknowledged, AfterSwitch: p.writes.after, Refused: p.writes.refused,
			Ambiguous: p.writes.ambiguous, Lost: p.writes.lost, Unexpected: p.writes.extra, Late: p.writes.late,
		},
		Sample: sampleSummary{
			Size: p.sample.size, Big: p.sample.big, WithTTL: p.sample.withTTL,
			Expired: p.sample.expired, Mismatches: p.sample.mismatches,
		},
	}
	if s.Problems == nil {
		s.Problems = []string{} // [] and not null in JSON
	}
	s.Sync.BytesPerSecond = float64(s.Sync.Bytes) / s.Sync.Seconds
	all, worst := t.pauses()
	s.Pause.Application, s.Pause.WorstWriter = all.Seconds(), worst.Seconds()
	for _, state := range progress.States() {
		if d, ok := r.TimeIn[state]; ok && !state.Terminal() {
			s.TimeIn = append(s.TimeIn, stateTime{State: state, Seconds: d.Seconds()})
		}
	}
	return s
}

func (s summary) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(s)
}

// writeText writes the summary for a person.
func (s summary) writeText(w io.Writer, look style) error {
	fmt.Fprintf(w, "\nsummary\n")
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(tw, "  "+name+"\t"+format+"\n", args...) }
	for _, t := range s.TimeIn {
		row("time in "+string(t.State), "%s", seconds(t.Seconds))
	}
	row("sync", "%s in %s, %s/s, %d full sync(s)", megabytes(s.Sync.Bytes), seconds(s.Sync.Seconds),
		megabytes(int64(s.Sync.BytesPerSecond)), s.Sync.FullSyncs)
	row("lag at the pause", "%d bytes, applied in %s", s.Pause.LagBytes, seconds(s.Pause.Drain))
	row("write pause", "%s as the library saw it, attempt %d", seconds(s.Pause.Library), s.Pause.Attempts)
	row("", "%s as the application saw it, %s for the slowest writer", seconds(s.Pause.Application), seconds(s.Pause.WorstWriter))
	row("writes", "%d acknowledged (%d by the new primary), %d refused, %d without an answer",
		s.Writes.Acknowledged, s.Writes.AfterSwitch, s.Writes.Refused, s.Writes.Ambiguous)
	row("", "%d lost, %d unexpected, %d acknowledged by the old source after the pause", s.Writes.Lost, s.Writes.Unexpected, s.Writes.Late)
	for _, c := range s.Counts {
		row(fmt.Sprintf("db %d %s", c.DB, c.Type), "%d on the source, %d on the target", c.Source, c.Target)
	}
	row("sample", "%d keys compared, %d with a TTL, %d big; %d expired meanwhile; %d mismatches",
		s.Sample.Size, s.Sample.WithTTL, s.Sample.Big, s.Sample.Expired, s.Sample.Mismatches)
	if err := tw.Flush(); err != nil {
		return err
	}
	return s.writeVerdict(w, look)
}

func (s summary) writeVerdict(w io.Writer, look style) error {
	if s.OK {
		_, err := fmt.Fprintln(w, look.green("Nothing was lost."))
		return err
	}
	for _, p := range s.Problems {
		fmt.Fprintln(w, "  "+p)
	}
	_, err := fmt.Fprintln(w, look.red(fmt.Sprintf("%d problems: the migration lost or changed data.", s.Total)))
	return err
}

// seconds is a duration for a person.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	if d < time.Second {
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}
