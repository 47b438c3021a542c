package simulator_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/simulator"
)

// dated returns a group's events as "seconds since begin: first words", in the
// order of the answer.
func dated(t *testing.T, api *elasticache.Client, begin time.Time) []string {
	t.Helper()
	out, err := api.DescribeEvents(t.Context(), &elasticache.DescribeEventsInput{
		SourceType: types.SourceTypeReplicationGroup, SourceIdentifier: aws.String("rg"),
	})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range out.Events {
		words := strings.Fields(aws.ToString(e.Message))
		lines = append(lines, e.Date.Sub(begin).Round(time.Second).String()+" "+strings.Join(words[:2], " "))
	}
	return lines
}

// TestEventFaults: the events of a test and of a start 100 seconds later, as
// they are seen 10 seconds and 1000 seconds after that.
func TestEventFaults(t *testing.T) {
	t.Parallel()
	const test, start = "20s Test migration", "1m40s Starting migration"
	for _, row := range []struct {
		why         string
		fault       simulator.Fault
		soon, later []string
	}{
		{"none", simulator.Fault{}, []string{start, test}, []string{start, test}},
		{
			"missing", simulator.Fault{Kind: simulator.FaultMissingEvent, Operation: "StartMigration"},
			[]string{test}, []string{test},
		},
		{
			"late", simulator.Fault{Kind: simulator.FaultLateEvent, Operation: "StartMigration", Delay: time.Minute},
			[]string{test}, []string{start, test},
		},
		{
			"late by what it says", simulator.Fault{Kind: simulator.FaultLateEvent, Delay: 5 * time.Minute, When: simulator.When{
				Fits: func(o simulator.Occasion) bool { return strings.HasPrefix(o.Message, "Test") },
			}},
			[]string{start}, []string{start, test},
		},
		{
			"twice", simulator.Fault{Kind: simulator.FaultDuplicateEvent, Operation: "StartMigration"},
			[]string{start, start, test}, []string{start, start, test},
		},
		{
			"twice with two dates", simulator.Fault{Kind: simulator.FaultDuplicateEvent, Operation: "TestMigration", Delay: 2 * time.Minute},
			[]string{start, test}, []string{"2m20s Test migration", start, test},
		},
		{
			"out of order", simulator.Fault{Kind: simulator.FaultShuffledEvents},
			[]string{test, start}, []string{test, start},
		},
		{
			"stale", simulator.Fault{Kind: simulator.FaultStale, Operation: "DescribeEvents", Delay: 30 * time.Second, GroupID: "rg"},
			[]string{test}, []string{start, test},
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				timing := simulator.DefaultTiming()
				timing.Call, timing.StartDelay = 0, time.Hour
				sim := newMemorySim(t, simulator.Options{Timing: timing})
				newGroup(t, sim, simulator.ReplicationGroup{ID: "rg"})
				source, api, begin := newMemory(t, sim, simulator.MemoryOptions{}), newAPI(sim), time.Now()
				if row.fault.Kind != "" {
					inject(t, sim, row.fault)
				}
				if _, err := api.TestMigration(t.Context(), testInput("rg", source.Endpoint())); err != nil {
					t.Fatal(err)
				}
				pause(t, 30*time.Second)
				pause(t, time.Until(begin.Add(100*time.Second)))
				if _, err := api.StartMigration(t.Context(), &elasticache.StartMigrationInput{
					ReplicationGroupId: aws.String("rg"), CustomerNodeEndpointList: endpoints(source.Endpoint()),
				}); err != nil {
					t.Fatal(err)
				}
				pause(t, 10*time.Second)
				if got := dated(t, api, begin); !slices.Equal(got, row.soon) {
					t.Errorf("soon %q, want %q", got, row.soon)
				}
				pause(t, 990*time.Second)
				if got := dated(t, api, begin); !slices.Equal(got, row.later) {
					t.Errorf("later %q, want %q", got, row.later)
				}
			})
		})
	}
}

// TestStaleDescribe: the status of 30 seconds ago, and the truth in between.
func TestStaleDescribe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		timing := simulator.DefaultTiming()
		timing.Call = 0
		sim := newMemorySim(t, simulator.Options{Timing: timing})
		g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg"})
		source, api := newMemory(t, sim, simulator.MemoryOptions{}), newAPI(sim)
		in := inject(t, sim, simulator.Fault{Kind: simulator.FaultStale, Operation: "DescribeReplicationGroups", Delay: 30 * time.Second})
		status := func() string {
			out, err := api.DescribeReplicationGroups(t.Context(), &elasticache.DescribeReplicationGroupsInput{})
			if err != nil {
				t.Fatal(err)
			}
			return aws.ToString(out.ReplicationGroups[0].Status)
		}
		if err := start(t.Context(), api, "rg", source.Endpoint()); err != nil {
			t.Fatal(err)
		}
		var seen []string
		for range 12 {
			pause(t, 10*time.Second)
			if s := status(); len(seen) == 0 || seen[len(seen)-1] != s {
				seen = append(seen, s)
			}
			if len(seen) == 1 && g.Status() != "modifying" {
				t.Fatalf("the group is %s while %q has been seen", g.Status(), seen)
			}
		}
		if want := []string{"available", "modifying", "migrating"}; !slices.Equal(seen, want) || in.Hits() != 12 {
			t.Errorf("statuses %q in %d stale answers, want %q", seen, in.Hits(), want)
		}
	})
}
