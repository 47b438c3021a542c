package migrationtest_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// approval is a workflow with a step that waits for a person.
func approval(takes time.Duration) migration.Workflow {
	return migration.DefaultWorkflow().Before(progress.StatePausing, migration.Step{
		Name: "approval",
		Run:  func(ctx context.Context, _ *migration.Session) error { return nap(ctx, takes) },
	})
}

// goldenSixHours is the transcript of TestSixHours.
const goldenSixHours = `
new         run started: no migration is under way
preflight   entered from new: begin
preflight   preflight: 49 checks: 43 passed, 0 failed, 6 unknown; nothing blocks: network.* unknown, source.backlog unknown
testing     entered from preflight: passed
testing     test_migration done
testing     status: available
testing     status: modifying
testing     status: available
testing     event: Test migration successful for replication group test-cluster
starting    entered from testing: tested
starting    start_migration done
starting    status: modifying
starting    event: Starting migration operation for target cluster test-cluster with source cluster endpoint 10.0.0.241 and port 6379
syncing     entered from starting: started
syncing     sampled: transfer
syncing     sampled: loading
syncing     sampled: catch_up
syncing     sampled: streaming
in_sync     entered from syncing: caught_up
in_sync     status: migrating
approval    entered from in_sync: approved
approval    run of step approval done
pausing     entered from approval: step_done
pausing     setting client pause: off -> writes, for 30s
pausing     setting min-replicas-to-write: 0 -> 1000000
pausing     pause_writes done
draining    entered from pausing: paused
draining    target drained
completing  entered from draining: drained
completing  complete_migration done
completing  target promoted
switching   entered from completing: promoted
switching   setting client pause put back: off
switching   switch done
switching   promotion confirmed: Complete Migration successful for test-cluster
switching   status: modifying
switching   event: Complete Migration successful for test-cluster
done        entered from switching: switched
done        run ended
`

// Six hours with a full sync of 40 minutes and writes all the time.
func TestSixHours(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t).FullSync(40 * time.Minute).
			Source(simulator.MemoryOptions{Dataset: 1_000_000_000, WriteRate: 1_000_000}) // a minute to catch up with
		result, err := s.Migrator(&migration.Options{Workflow: approval(5*time.Hour + 22*time.Minute)}).Run(t.Context())
		s.AssertDone(result, err)
		s.AssertWritesPaused()
		s.AssertStates(progress.StateInSync, "approval", progress.StatePausing)
		s.AssertTranscript(goldenSixHours)
		if took := result.EndedAt.Sub(result.StartedAt); took < 6*time.Hour || took > 6*time.Hour+5*time.Minute {
			t.Errorf("the migration took %v, want about six hours", took)
		}
		if sync := result.TimeIn[progress.StateSyncing]; sync < 39*time.Minute || sync > 42*time.Minute {
			t.Errorf("the sync took %v, want about 40 minutes", sync)
		}
		if s.SourceServer().AcknowledgedOffset() < 1_000_000*3600*5 {
			t.Errorf("the source has acknowledged up to %d: the test proves little", s.SourceServer().AcknowledgedOffset())
		}
	})
	t.Logf("took %v of real time", time.Since(begun))
}

// The same scenario, with faults that are retried at random times, gives the same
// transcript.
func TestSameTranscriptEachTime(t *testing.T) {
	t.Parallel()
	first := ""
	for i := range 8 {
		synctest.Test(t, func(t *testing.T) {
			s := migrationtest.NewScenario(t).FullSync(20*time.Second).Faults(
				migrationtest.Throttle("StartMigration").Times(3),
				migrationtest.LostReply(migrationtest.API, "CompleteMigration"),
				migrationtest.Throttle("DescribeReplicationGroups").Times(2).From(30*time.Second),
				migrationtest.LostRequest(migrationtest.Target, "INFO").After(5),
			)
			random := &migration.Options{Retry: migration.Retry{Jitter: rand.Float64}}
			result, err := s.Migrator(random).Run(t.Context())
			s.AssertDone(result, err)
			s.AssertFaultsStruck()
			if first == "" {
				first = s.Recorder().Transcript()
			}
			s.AssertTranscript(first)
		})
		if t.Failed() {
			t.Fatalf("run %d differs", i+1)
		}
	}
	for _, want := range []string{"; trying again (3 times)", "complete_migration failed"} {
		if !strings.Contains(first, want) {
			t.Errorf("transcript without %q:\n%s", want, first)
		}
	}
}

// The process dies after the sync; another one goes on, with the same plan.
func TestSecondMigratorResumes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		if _, err := s.Migrator(nil).RunUntil(t.Context(), progress.StateInSync); err != nil {
			t.Fatal(err)
		}
		if _, switched := s.SwitchedTo(); switched {
			t.Error("switched before the cut-over")
		}
		s.AssertWritesOpen()
		s.Recorder().Reset()
		result, err := s.Migrator(nil).Run(t.Context())
		s.AssertDone(result, err)
		s.AssertStates(progress.StateInSync, progress.StateDone)
		if to, _ := s.SwitchedTo(); to.String() != s.Group().PrimaryEndpoint().String() {
			t.Errorf("switched to %s", to)
		}
	})
}

func TestAtAndTheClients(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		denied := errors.New("too late")
		s := migrationtest.NewScenario(t).FullSync(time.Hour)
		at := make(chan time.Duration, 1)
		m := s.Migrator(&migration.Options{Cutover: migration.NewSourceFence(nil)})
		begun := time.Now()
		s.At(30*time.Minute, func() {
			at <- time.Since(begun)
			if err := m.Abort(context.Background(), denied.Error()); err != nil {
				t.Error(err)
			}
		})
		s.At(100*time.Hour, func() { t.Error("called after the end") })
		if err := s.SourceClient().Set(t.Context(), "answer", "42", 0).Err(); err != nil {
			t.Fatal(err)
		}
		_, err := m.Run(t.Context())
		if !errors.Is(err, migration.ErrAborted) || <-at != 30*time.Minute {
			t.Errorf("Run = %v, want it aborted after half an hour\n%s", err, s.Recorder().Transcript())
		}
		s.AssertWritesOpen()
		if role, err := s.TargetClient().Do(t.Context(), "ROLE").Slice(); err != nil || role[0] != "master" {
			t.Errorf("ROLE of the target = %v, %v", role, err)
		}
		out, err := s.Client().DescribeReplicationGroups(t.Context(), &elasticache.DescribeReplicationGroupsInput{})
		if err != nil || len(out.ReplicationGroups) != 1 || *out.ReplicationGroups[0].Status != "available" {
			t.Errorf("DescribeReplicationGroups = %v, %v", out, err)
		}
	})
}

func TestDescriptionIsUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		timing := simulator.DefaultTiming()
		timing.Promotion = 40 * time.Second
		s := migrationtest.NewScenario(t).
			Source(simulator.MemoryOptions{Address: "cache.internal", Port: 7000, Version: "6.2.14", Dataset: 50_000_000, Password: ""}).
			Target(simulator.ReplicationGroup{Replicas: 2, EngineVersion: "7.1.0"}).
			Timing(timing).Network(simulator.Network{Transfer: 1_000_000}).FullSync(10 * time.Minute)
		result, err := s.Migrator(nil).Run(t.Context())
		s.AssertDone(result, err)
		if s.Plan().Source.String() != "cache.internal:7000" || s.SourceServer().Addr() != "cache.internal:7000" {
			t.Errorf("the plan's source is %s", s.Plan().Source)
		}
		if n := len(s.Group().Nodes()); n != 3 || s.Group().ID() != "test-cluster" {
			t.Errorf("group %s has %d nodes", s.Group().ID(), n)
		}
		if p := result.TimeIn[progress.StateCompleting]; p < 40*time.Second || p > time.Minute {
			t.Errorf("completing took %v", p)
		}
		if p := result.TimeIn[progress.StateSyncing]; p < 9*time.Minute || p > 11*time.Minute {
			t.Errorf("syncing took %v with a source that saves to disk", p)
		}
		if len(s.Sim().Calls()) == 0 {
			t.Error("no calls were seen")
		}
	})
}
