package migrationtest

import (
	"slices"
	"time"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// checkTime is when the migrations of CheckObserver begin.
func checkTime() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// everyEvent has an event of each type, in the order in which a run may emit
// them, and those variants in which an observer may meet something else: an
// error, a resumed run, a report that blocks, a diagnosis, an unknown sample.
func everyEvent() []progress.Event {
	return slices.Concat(beforeSync(), trouble(), afterSync())
}

func beforeSync() []progress.Event {
	at := checkTime()
	report := preflight.Report{At: at, Findings: []preflight.Finding{
		{CheckID: "target.exists", Title: "the group exists", Outcome: preflight.Pass, Severity: preflight.Blocking, Subject: "check-cluster", Observed: "available", Required: "a group"},
		{CheckID: "target.multi-az", Title: "Multi-AZ", Outcome: preflight.Fail, Severity: preflight.Blocking, Subject: "check-cluster", Observed: "disabled", Required: "enabled", Remedy: "enable Multi-AZ"},
		{CheckID: "source.version", Title: "version", Outcome: preflight.Unknown, Severity: preflight.Warning, Subject: "the source", Observed: "no answer", Required: "5.0.6 or newer", Waived: true},
	}}
	return []progress.Event{
		progress.RunStarted{Source: "10.0.0.241:6379", Target: "replication-group/check-cluster", Reason: "no migration is under way"},
		progress.Retrying{Op: "DescribeReplicationGroups", Class: "throttled", Attempt: 1, Delay: 300 * time.Millisecond, Err: "Throttling: Rate exceeded"},
		progress.StateChanged{From: progress.StateNew, To: progress.StatePreflight, Trigger: progress.TriggerBegin, Spent: time.Second},
		progress.PreflightDone{Report: report},
		progress.StepCalled{Step: "approval", Call: progress.StepRun, Attempt: 1, Took: 26 * time.Hour},
		progress.ActionDone{Action: progress.ActionTest, Took: 80 * time.Millisecond},
		progress.StateChanged{From: progress.StateTesting, To: progress.StateStarting, Trigger: progress.TriggerTested, Spent: 20 * time.Second},
		progress.ActionDone{Action: progress.ActionStart, Took: 80 * time.Millisecond, Err: "InvalidReplicationGroupState: not available"},
		progress.StatusSeen{Status: "modifying"},
		progress.ServicePublished{Event: progress.ServiceEvent{
			At: at, SourceID: "check-cluster", SourceType: "replication-group",
			Message: "Starting migration operation for target cluster check-cluster",
		}},
		progress.Sampled{Sample: progress.Sample{At: at, Phase: progress.PhaseConnecting, Percent: -1, PercentLow: -1, PercentHigh: -1, ETA: -1, ETALow: -1, ETAHigh: -1, Lag: -1}},
		progress.Sampled{Sample: progress.Sample{
			At: at, Phase: progress.PhaseTransfer, Percent: 42.5, ReadBytes: 128 << 20, TotalBytes: 512 << 20,
			PercentLow: 30, PercentHigh: 50, BytesPerSecond: 30 << 20, ETA: 13 * time.Second, ETALow: 10 * time.Second, ETAHigh: time.Minute,
			SourceOffset: 1 << 20, Lag: -1, FullSyncs: 1,
			Buffer: &progress.OutputBuffer{Used: 64 << 20, Hard: 256 << 20, Soft: 64 << 20, SoftFor: time.Minute, LimitIn: 48 * time.Second},
		}},
	}
}

// trouble is what a run may tell of while the target replicates.
func trouble() []progress.Event {
	d := progress.Diagnosis{
		Cause: progress.CauseLinkSilent, Summary: "the replication link is open and nothing comes through", Evidence: []string{"master_last_io_seconds_ago:12"},
		Remedy: "look at the network between the two ends", DocURL: "https://example.com/x?a=1&b=2", Retryable: true, NeedsOperator: true,
	}
	return []progress.Event{progress.Diagnosed{Diagnosis: d}, progress.Diagnosed{Diagnosis: d, Over: true}}
}

func afterSync() []progress.Event {
	return []progress.Event{
		progress.CutoverHeld{Hold: progress.HoldPostponed, Reason: "a flash sale goes on"},
		progress.CutoverHeld{Hold: progress.HoldOutsideWindow, Until: time.Date(2026, 1, 19, 2, 0, 0, 0, time.UTC)},
		progress.CutoverHeld{Hold: progress.HoldNone},
		progress.Noted{Text: "the write rate of the source is higher than usual <200 %>"},
		progress.ObserverPanicked{Observer: "*chat.Poster", Value: "boom", Stack: "goroutine 9 [running]:\nchat.Post()"},
		progress.SettingChanged{Server: "10.0.0.241:6379", Setting: "min-replicas-to-write", Old: "0", New: "1000000"},
		progress.ActionDone{Action: progress.ActionPauseWrites, Took: 3 * time.Millisecond},
		progress.Drained{SourceOffset: 1000, TargetOffset: 1014, LagAtPause: 2048, Took: 40 * time.Millisecond},
		progress.StepCalled{Step: "smoke-test", Call: progress.StepUndo, Attempt: 2, InPause: true, Took: time.Second, Err: "panic: boom", Stack: "goroutine 7 [running]:\nmain.smoke()"},
		progress.Promoted{Primary: "check-cluster.example.cache.amazonaws.com:6379", Took: 90 * time.Second},
		progress.PromotionConfirmed{By: "Complete Migration successful for check-cluster", Took: 3 * time.Minute},
		progress.RunEnded{Took: 10 * time.Minute},
		progress.RunStarted{Source: "10.0.0.241:6379", Target: "replication-group/check-cluster", Resumed: true, Reason: "the target replicates from the source"},
		progress.RunEnded{
			Err: "migration: starting: StartMigration: ElastiCache gave up the migration", Took: time.Minute,
			Diagnosis: &progress.Diagnosis{
				Cause: progress.CauseRDBRejected, Summary: "the target cannot read the source's snapshot",
				Evidence: []string{"Migration operation failed because of invalid RDB received"},
				Remedy:   "migrate to a newer engine", DocURL: "https://example.com/x?a=1&b=2", Detail: "two\nlines",
			},
		},
	}
}
