package simulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/simulator"
)

// TestWhen: which of five looks at a migration a fault strikes.
func TestWhen(t *testing.T) {
	t.Parallel()
	const op = "DescribeReplicationGroups"
	for _, row := range []struct {
		why   string
		fault simulator.Fault
		want  string // of the looks at rg: idle, after the start, syncing, migrating, done; and at other
	}{
		{"any", simulator.Fault{}, "xxxxx x"},
		{"the third time", simulator.Fault{After: 2, Count: 1}, "..x.. ."},
		{"from the second time on", simulator.Fault{After: 1}, ".xxxx x"},
		{"of a group", simulator.Fault{GroupID: "RG"}, "xxxxx ."},
		{"by status", simulator.Fault{When: simulator.When{Status: "modifying"}}, ".xx.. ."},
		{"by phase", simulator.Fault{When: simulator.When{Phase: simulator.PhaseSyncing}}, "..x.. ."},
		{"before it turns to the source", simulator.Fault{When: simulator.When{Phase: simulator.PhaseStarting}}, ".x... ."},
		{"while idle", simulator.Fault{When: simulator.When{Phase: simulator.PhaseIdle}}, "x...x x"},
		{"while migrating", simulator.Fault{When: simulator.When{Phase: simulator.PhaseMigrating, Status: "migrating"}}, "...x. ."},
		{"phase and status that exclude each other", simulator.Fault{When: simulator.When{Phase: simulator.PhaseIdle, Status: "migrating"}}, "..... ."},
		{"the second time in a status", simulator.Fault{After: 1, When: simulator.When{Status: "modifying"}}, "..x.. ."},
		{"by what is asked for", simulator.Fault{When: simulator.When{Fits: func(o simulator.Occasion) bool {
			return o.Operation == op && o.Parameters["ReplicationGroupId"] == "other" && o.GroupID == "other"
		}}}, "..... x"},
		{"by all that is known", simulator.Fault{When: simulator.When{Fits: func(o simulator.Occasion) bool {
			return o.Kind == simulator.FaultThrottle && o.Status == "modifying" && o.Phase == simulator.PhaseSyncing && !o.At.IsZero()
		}}}, "..x.. ."},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				opts := simulator.Options{Timing: simulator.DefaultTiming()}
				sim := newMemorySim(t, opts)
				g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg"})
				newGroup(t, sim, simulator.ReplicationGroup{ID: "other"})
				source := newMemory(t, sim, simulator.MemoryOptions{Keys: 1000, Dataset: 3_000_000_000})
				api := newAPI(sim)
				row.fault.Kind, row.fault.Operation = simulator.FaultThrottle, op
				inject(t, sim, row.fault)
				look := func(id string) string {
					_, err := api.DescribeReplicationGroups(t.Context(), &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String(id)})
					if err == nil {
						return "."
					}
					wantCode(t, err, "Throttling")
					return "x"
				}
				got := look("rg")
				if err := start(t.Context(), api, "rg", source.Endpoint()); err != nil {
					t.Fatal(err)
				}
				got += look("rg")
				pause(t, 50*time.Second) // the sync takes 45 seconds
				got += look("rg")
				settle(t, g, "migrating")
				got += look("rg")
				if err := complete(t.Context(), api, "rg", nil); err != nil {
					t.Fatal(err)
				}
				settle(t, g, "available")
				got += look("rg") + " " + look("other")
				if got != row.want {
					t.Errorf("struck %s, want %s", got, row.want)
				}
			})
		})
	}
}

// TestPhases: a whole migration as the occasions see it.
func TestPhases(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newMemorySim(t, simulator.Options{Timing: simulator.DefaultTiming()})
		g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg"})
		source, api := newMemory(t, sim, simulator.MemoryOptions{}), newAPI(sim)
		var seen []string
		inject(t, sim, simulator.Fault{Kind: simulator.FaultFailover, When: simulator.When{Fits: func(o simulator.Occasion) bool {
			if o.Operation == "" {
				seen = append(seen, fmt.Sprint(o.Phase))
			}
			return false
		}}})
		if _, err := api.TestMigration(t.Context(), testInput("rg", source.Endpoint())); err != nil {
			t.Fatal(err)
		}
		settle(t, g, "available")
		if err := start(t.Context(), api, "rg", source.Endpoint()); err != nil {
			t.Fatal(err)
		}
		settle(t, g, "migrating")
		if err := complete(t.Context(), api, "rg", nil); err != nil {
			t.Fatal(err)
		}
		settle(t, g, "available")
		want := strings.Fields("testing idle starting syncing migrating completing promoted idle")
		if !slices.Equal(seen, want) {
			t.Errorf("phases %q, want %q", seen, want)
		}
	})
}

// settle gives a group ten minutes to get into a status.
func settle(t *testing.T, g *simulator.Group, status string) {
	t.Helper()
	pause(t, 10*time.Minute)
	if got := g.Status(); got != status {
		t.Fatalf("the group is %s, want %s", got, status)
	}
}
