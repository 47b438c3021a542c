package simulator_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	awshttp "github.com/aws/smithy-go/transport/http"

	"github.com/cachelift/cachelift/simulator"
)

func inject(t *testing.T, sim *simulator.Sim, f simulator.Fault) *simulator.Injection {
	t.Helper()
	in, err := sim.Inject(f)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func describe(ctx context.Context, api *elasticache.Client) error {
	_, err := api.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{})
	return err
}

func wantStatus(t *testing.T, err error, status int) {
	t.Helper()
	var reply *awshttp.ResponseError
	if !errors.As(err, &reply) || reply.HTTPStatusCode() != status {
		t.Errorf("error %v, want HTTP status %d", err, status)
	}
}

func TestAPIFaults(t *testing.T) {
	t.Parallel()
	sim := newSim(t, fast())
	const op = "DescribeReplicationGroups"
	eachWay(t, sim, func(t *testing.T, api *elasticache.Client) {
		ctx := t.Context()
		for _, tc := range []struct {
			fault  simulator.Fault
			code   string
			status int
		}{
			{simulator.Fault{Kind: simulator.FaultThrottle, Operation: op, Count: 2}, "Throttling", 400},
			{simulator.Fault{Kind: simulator.FaultThrottle, Code: "RequestLimitExceeded", Count: 2}, "RequestLimitExceeded", 400},
			{simulator.Fault{Kind: simulator.FaultServerError, Count: 2}, "InternalFailure", 500},
			{simulator.Fault{Kind: simulator.FaultServerError, Code: "ServiceUnavailable", Count: 2}, "ServiceUnavailable", 503},
			{simulator.Fault{Kind: simulator.FaultRefuse, Operation: op, Code: "ReplicationGroupNotFoundFault", Count: 2}, "ReplicationGroupNotFoundFault", 404},
		} {
			in := inject(t, sim, tc.fault)
			for range 2 {
				err := describe(ctx, api)
				wantCode(t, err, tc.code)
				wantStatus(t, err, tc.status)
			}
			if err := describe(ctx, api); err != nil || in.Hits() != 2 {
				t.Errorf("%s: third call %v after %d hits, want success after 2", tc.fault.Kind, err, in.Hits())
			}
		}
		for _, kind := range []simulator.FaultKind{simulator.FaultLostRequest, simulator.FaultLostReply} {
			in := inject(t, sim, simulator.Fault{Kind: kind})
			if err := describe(ctx, api); err == nil {
				t.Errorf("%s: the call succeeded", kind)
			}
			last := sim.Calls()[len(sim.Calls())-1]
			if last.Fault != kind || last.Status != 0 || last.Accepted != (kind == simulator.FaultLostReply) {
				t.Errorf("%s: recorded as %+v", kind, last)
			}
			in.Remove()
			in.Remove()
			if err := describe(ctx, api); err != nil {
				t.Errorf("%s: after removal: %v", kind, err)
			}
		}
	})
}

// The SDK's own retries get through faults that end.
func TestSDKRetriesFaults(t *testing.T) {
	t.Parallel()
	sim := newSim(t, fast())
	api := elasticache.NewFromConfig(sim.Config())
	inject(t, sim, simulator.Fault{Kind: simulator.FaultLostRequest, Count: 1})
	inject(t, sim, simulator.Fault{Kind: simulator.FaultThrottle, Count: 1})
	if err := describe(t.Context(), api); err != nil {
		t.Error(err)
	}
	if n := len(sim.Calls()); n != 3 {
		t.Errorf("%d calls, want 3", n)
	}
	inject(t, sim, simulator.Fault{Kind: simulator.FaultLostRequest, Count: 1})
	if err := describe(t.Context(), newAPI(sim)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("error %v, want ECONNRESET", err)
	}
}

func TestMigrationFaults(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sim := newSim(t, fast())
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg", MultiAZ: simulator.Disabled})
	api := newAPI(sim)
	source := newSource(t)

	// A rejected snapshot: the source has been asked for it, and the event is the one on record.
	inject(t, sim, simulator.Fault{Kind: simulator.FaultRejectedRDB, GroupID: "RG", Count: 1})
	if err := start(ctx, api, "rg", source.Endpoint()); err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, g, "available")
	if got := groupEvents(t, api, "rg"); got[0] != "Migration operation failed for replication group rg because of invalid RDB received" {
		t.Errorf("events %q", got)
	}
	if log, err := source.Log(); err != nil || strings.Count(log, "asks for synchronization") < 3 {
		t.Errorf("the source was not asked in each attempt, %v:\n%s", err, log)
	}

	// A reply lost after acceptance: the migration runs all the same.
	inject(t, sim, simulator.Fault{Kind: simulator.FaultLostReply, Operation: "StartMigration", Count: 1})
	if err := start(ctx, api, "rg", source.Endpoint()); err == nil {
		t.Error("the reply was not lost")
	}
	wantCode(t, start(ctx, api, "rg", source.Endpoint()), "ReplicationGroupAlreadyUnderMigrationFault")
	awaitStatus(t, g, "migrating")

	inject(t, sim, simulator.Fault{Kind: simulator.FaultPromotionFails, Count: 1})
	if err := complete(ctx, api, "rg", nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the failed promotion's event", func() bool {
		return hasEvent(groupEvents(t, api, "rg"), "Complete Migration failed for rg: a node is being replaced")
	})
	awaitStatus(t, g, "migrating")

	// A slow promotion without an event.
	slow := inject(t, sim, simulator.Fault{Kind: simulator.FaultPromotionSlow, Delay: 300 * time.Millisecond, Count: 1})
	silent := inject(t, sim, simulator.Fault{Kind: simulator.FaultMissingEvent, Operation: "CompleteMigration"})
	before, begun := len(groupEvents(t, api, "rg")), time.Now()
	if err := complete(ctx, api, "rg", aws.Bool(false)); err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, g, "available")
	if took := time.Since(begun); took < 300*time.Millisecond || slow.Hits() != 1 {
		t.Errorf("the promotion took %v", took)
	}
	if got := groupEvents(t, api, "rg"); len(got) != before || silent.Hits() != 1 {
		t.Errorf("events %q, want none of the completion", got)
	}

	// A TestMigration that never reports.
	inject(t, sim, simulator.Fault{Kind: simulator.FaultMissingEvent, Operation: "TestMigration"})
	if _, err := api.TestMigration(ctx, testInput("rg", source.Endpoint())); err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, g, "available")
	if got := groupEvents(t, api, "rg"); len(got) != before {
		t.Errorf("events %q, want none of the test", got)
	}
}

func TestInjectRefuses(t *testing.T) {
	t.Parallel()
	sim := newSim(t, fast())
	for want, f := range map[string]simulator.Fault{
		"Fault.Kind":                  {},
		"Fault.Operation":             {Kind: simulator.FaultThrottle, Operation: "Dance"},
		"Fault.Count":                 {Kind: simulator.FaultThrottle, Count: -1},
		"Fault.Code":                  {Kind: simulator.FaultRefuse},
		"Fault.Code is":               {Kind: simulator.FaultServerError, Code: "Throttling"},
		"Fault.Delay":                 {Kind: simulator.FaultPromotionSlow},
		"Fault.Delay is":              {Kind: simulator.FaultThrottle, Delay: time.Second},
		"Fault.Delay is 0s":           {Kind: simulator.FaultStale},
		"Fault.Lasts":                 {Kind: simulator.FaultThrottle, Lasts: time.Second},
		"Fault.Lasts is -1s":          {Kind: simulator.FaultReplacement, Lasts: -time.Second},
		"Fault.Then":                  {Kind: simulator.FaultReplacement, Then: "goes"},
		"Fault.Then is \"ends\" with": {Kind: simulator.FaultHang, Then: simulator.AftermathEnds},
		"Fault.After":                 {Kind: simulator.FaultHang, After: -1},
		"Fault.When.Status":           {Kind: simulator.FaultHang, When: simulator.When{Status: "gone"}},
		"Fault.When.Phase":            {Kind: simulator.FaultHang, When: simulator.When{Phase: "gone"}},
		"Fault.Operation is \"StartMigration\" with": {Kind: simulator.FaultStale, Operation: "StartMigration", Delay: time.Second},
	} {
		if _, err := sim.Inject(f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want an error about %s", f, err, want)
		}
	}
}
