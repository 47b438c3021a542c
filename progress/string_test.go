package progress

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/preflight"
)

func TestEveryEventHasOneReadableLine(t *testing.T) {
	t.Parallel()
	for _, e := range allEvents() {
		s := e.String()
		if len(s) < 8 || strings.ContainsAny(s, "\n\r\t") || strings.Contains(s, "%!") {
			t.Errorf("%s: %q is not a readable line", typeName(e), s)
		}
	}
}

func TestString(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  string
		event interface{ String() string }
		want  string
	}{
		{"start", Stamp(RunStarted{Source: "a:1", Target: "t", Reason: "fresh"}, Header{MigrationID: "m", State: StateNew}), "starting migration m: a:1 -> t, from state new: fresh"},
		{"resume", Stamp(RunStarted{Source: "a:1", Target: "t", Resumed: true}, Header{MigrationID: "m", State: StateSyncing}), "resuming migration m: a:1 -> t, from state syncing"},
		{"change", StateChanged{From: StateSyncing, To: StateInSync, Trigger: TriggerCaughtUp, Spent: 83*time.Second + 400*time.Millisecond}, "syncing -> in_sync (caught_up) after 1m23s"},
		{"preflight", PreflightDone{Report: preflight.Report{Findings: []preflight.Finding{{CheckID: "a.b", Outcome: preflight.Unknown, Severity: preflight.Blocking}}}}, "preflight: 1 check: 0 passed, 0 failed, 1 unknown; 1 blocks: a.b"},
		{"joined errors stay on one line", ActionDone{Action: ActionSwitch, Took: time.Second, Err: "first\nsecond"}, "switch failed after 1s: first; second"},
		{"no control sequences", ServicePublished{Event: ServiceEvent{SourceID: "g", Message: "bad \x1b[31mred"}}, "ElastiCache event of g: bad  [31mred"},
		{"drained", Drained{SourceOffset: 10, TargetOffset: 12, LagAtPause: 3 << 20, Took: 1234 * time.Microsecond}, "drained in 1ms: target offset 12 reached source offset 10, lag at the pause 3.0 MiB"},
		{"end", Stamp(RunEnded{Took: time.Minute}, Header{State: StateDone}), "run ended in state done after 1m0s"},
		{"an error that holds the diagnosis does not repeat it", Stamp(RunEnded{Took: time.Minute, Err: "it broke: open the port", Diagnosis: &Diagnosis{Summary: "it broke", Remedy: "open the port"}}, Header{State: StateFailed}), "run ended in state failed after 1m0s: it broke: open the port"},
		{"the remedy is added", Stamp(RunEnded{Took: time.Minute, Err: "it broke", Diagnosis: &Diagnosis{Summary: "it broke", Remedy: "open the port"}}, Header{State: StateFailed}), "run ended in state failed after 1m0s: it broke: open the port"},
		{"no sample", Sample{}, "no sample yet"},
		{
			"transfer", Sample{Phase: PhaseTransfer, Percent: 25, ReadBytes: 128 << 20, TotalBytes: 512 << 20, BytesPerSecond: 32 << 20, ETA: 12 * time.Second, Lag: -1},
			"transfer 25.0%, 128.0 MiB of 512.0 MiB, 32.0 MiB/s, ETA 12s",
		},
		{"held by a person", CutoverHeld{Hold: HoldPostponed, Reason: "a flash sale\ngoes on"}, "the cut-over is held: postponed: a flash sale; goes on"},
		{"held by the clock", CutoverHeld{Hold: HoldTooEarly, Until: time.Date(2026, 1, 19, 2, 0, 0, 0, time.UTC)}, "the cut-over is held: too_early until 2026-01-19T02:00:00Z"},
		{"held no more", CutoverHeld{Hold: HoldNone}, "the cut-over may go on"},
		{"trouble", Diagnosed{Diagnosis: Diagnosis{Cause: CauseStuck, Summary: "nothing moves", Evidence: []string{"for 61s"}, Remedy: "look"}}, "trouble: stuck: nothing moves (for 61s): look"},
		{"over", Diagnosed{Diagnosis: Diagnosis{Cause: CauseStuck, Summary: "nothing moves", Evidence: []string{"for 61s"}, Remedy: "look"}, Over: true}, "trouble is over: stuck: nothing moves"},
		{
			"ranges", Sample{Phase: PhaseTransfer, Percent: 25, PercentLow: 20, PercentHigh: 40, ETA: 12 * time.Second, ETALow: 10 * time.Second, ETAHigh: time.Minute, Lag: -1},
			"transfer 25.0% (20 to 40%), 0 B, ETA 12s (10s to 1m0s)",
		},
		{"a range alone", Sample{Phase: PhaseWaiting, Percent: -1, ETA: -1, ETALow: 10 * time.Second, ETAHigh: time.Minute, Lag: -1}, "waiting, ETA 10s to 1m0s"},
		{
			"dangers", Sample{Phase: PhaseCatchUp, Percent: -1, ETA: -1, ETALow: 5, ETAHigh: -1, Lag: 2048, LinkUp: true, NotConverging: true, Buffer: &OutputBuffer{Used: 1 << 20, LimitIn: 9 * time.Second}},
			"catch_up, lag 2.0 KiB, not converging, output buffer 1.0 MiB, at its limit in 9s",
		},
		{"a buffer that does not grow", Sample{Phase: PhaseStreaming, Percent: 100, LinkUp: true, Buffer: &OutputBuffer{Used: 1 << 20, LimitIn: -1}}, "streaming, lag 0 B"},
		{"nothing can be told", Sample{Phase: PhaseWaiting, Percent: -1, ETA: -1, Lag: -1}, "waiting"},
		{"not finite", Sample{Phase: PhaseConnecting, Percent: math.NaN(), BytesPerSecond: math.NaN(), ETA: -1, Lag: -1}, "connecting"},
		{"streaming", Sample{Phase: PhaseStreaming, Percent: 100, Lag: 137, LinkUp: true, SourceWriteRate: 2048, FullSyncs: 3}, "streaming, lag 137 B, source writes 2.0 KiB/s, 3 full syncs so far"},
	}
	for _, r := range rows {
		if got := r.event.String(); got != r.want {
			t.Errorf("%s:\n got %s\nwant %s", r.name, got, r.want)
		}
	}
}

func TestHumanize(t *testing.T) {
	t.Parallel()
	for n, want := range map[float64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 5 << 20: "5.0 MiB",
		3 << 30: "3.0 GiB", 2 << 40: "2.0 TiB", 4 << 50: "4096.0 TiB",
	} {
		if got := formatBytes(n); got != want {
			t.Errorf("formatBytes(%v) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0s", 1499 * time.Nanosecond: "1µs", 12*time.Millisecond + 345*time.Microsecond: "12ms",
		12*time.Second + 345*time.Millisecond: "12.3s", 90*time.Second + time.Millisecond: "1m30s", 25 * time.Hour: "25h0m0s",
	} {
		if got := formatDuration(d); got != want {
			t.Errorf("formatDuration(%d) = %q, want %q", d, got, want)
		}
	}
}
