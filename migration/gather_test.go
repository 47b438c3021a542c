package migration_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/preflight"
)

// asked is a host's source of facts.
type asked struct {
	name   string
	gather func(context.Context, preflight.Facts) (preflight.Supplement, error)
}

func (a asked) Name() string { return a.name }

func (a asked) Gather(ctx context.Context, known preflight.Facts) (preflight.Supplement, error) {
	return a.gather(ctx, known)
}

// A source of facts that fails, whatever way, leaves its own facts absent with the
// reason, and the rest whole.
func TestSourcesOfFacts(t *testing.T) {
	t.Parallel()
	extra := preflight.Supplement{Extra: json.RawMessage(`{"ticket":"CHG-7"}`)}
	hang := make(chan struct{})
	for name, c := range map[string]struct {
		gather func(context.Context, preflight.Facts) (preflight.Supplement, error)
		reason string // of the gap, "" for none
		found  bool
	}{
		"answers": {func(_ context.Context, known preflight.Facts) (preflight.Supplement, error) {
			if known.Target == nil || known.Target.ID != "test-cluster" || known.SourceAddress == nil || known.SourceAddress.Port != 6379 {
				return preflight.Supplement{}, errors.New("group and address are not known")
			}
			return extra, nil
		}, "", true},
		"fails": {func(context.Context, preflight.Facts) (preflight.Supplement, error) {
			return preflight.Supplement{}, errors.New("403")
		}, "403", false},
		"fails in part": {func(context.Context, preflight.Facts) (preflight.Supplement, error) {
			return extra, errors.New("page 2: 500")
		}, "page 2: 500", true},
		"panics": {func(context.Context, preflight.Facts) (preflight.Supplement, error) { panic("nil map") }, "panic: nil map", false},
		"not JSON": {func(context.Context, preflight.Facts) (preflight.Supplement, error) {
			return preflight.Supplement{Extra: json.RawMessage("{")}, nil
		}, "not JSON", false},
		"waits for its context": {func(ctx context.Context, _ preflight.Facts) (preflight.Supplement, error) {
			<-ctx.Done()
			return preflight.Supplement{}, context.Cause(ctx)
		}, "no answer within 7s", false},
		"hangs": {func(context.Context, preflight.Facts) (preflight.Supplement, error) {
			<-hang
			return extra, nil
		}, "abandoned", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hang = make(chan struct{})
				defer close(hang)
				opts := &migration.Options{Facts: []preflight.FactSource{asked{"calendar", c.gather}}, FactsWithin: 7 * time.Second}
				m, begun := migrationtest.NewScenario(t).Migrator(opts), time.Now()
				facts, err := m.Facts(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begun); took > 13*time.Second {
					t.Errorf("it took %v", took)
				}
				if got := facts.Reason("calendar"); (got == "") != (c.reason == "") || !strings.Contains(got, c.reason) {
					t.Errorf("the gap is %q, want %q", got, c.reason)
				}
				if _, found := facts.Extra["calendar"]; found != c.found {
					t.Errorf("found: %v, want %v", found, c.found)
				}
				if facts.Target == nil || facts.TargetNode == nil || facts.Source == nil || facts.SourceProbe == nil || facts.Load == nil || facts.GatheredAt.IsZero() {
					t.Errorf("the rest is not whole: %+v", facts)
				}
				if err := facts.Validate(); err != nil {
					t.Errorf("the facts are not valid: %v", err)
				}
			})
		})
	}
}

// A connection that is refused once, whichever it is, costs no fact.
func TestFactsThroughRefusedConnections(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		synctest.Test(t, func(t *testing.T) {
			s := migrationtest.NewScenario(t).Faults(migrationtest.NoConnection(migrationtest.Source).After(n))
			facts, err := s.Migrator(nil).Facts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, gap := range facts.Gaps {
				if gap.Subject != "network" {
					t.Errorf("connection number %d: %+v", n, gap)
				}
			}
			if !facts.SourceProbe.Reached {
				t.Errorf("connection number %d: the probe did not get through: %s", n, facts.SourceProbe.Err)
			}
		})
	}
}

// Of two sources that give the network the first in the options counts, however
// long it takes, and the other is named.
func TestTwoNetworks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gives := func(vpc string, after time.Duration) func(context.Context, preflight.Facts) (preflight.Supplement, error) {
			return func(context.Context, preflight.Facts) (preflight.Supplement, error) {
				<-time.After(after)
				return preflight.Supplement{
					Network: &preflight.Network{Subnets: []preflight.Subnet{{ID: "subnet-1", VPC: vpc, CIDRs: []string{"10.0.0.0/24"}}}},
					Gaps:    []preflight.Gap{{Subject: "network.acls", Reason: "denied in " + vpc}},
				}, nil
			}
		}
		opts := &migration.Options{Facts: []preflight.FactSource{asked{"slow", gives("vpc-slow", time.Second)}, asked{"quick", gives("vpc-quick", 0)}}}
		facts, err := migrationtest.NewScenario(t).Migrator(opts).Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if facts.Network == nil || facts.Network.Subnets[0].VPC != "vpc-slow" || facts.Reason("network.acls") != "denied in vpc-slow" {
			t.Errorf("got %+v, gaps %+v", facts.Network, facts.Gaps)
		}
		if !strings.Contains(facts.Reason("quick"), "another source") {
			t.Errorf("the other is not named: %+v", facts.Gaps)
		}
	})
}

// patient is a source of facts that needs longer than others.
type patient struct{ asked }

func (patient) Within() time.Duration { return time.Minute }

func TestSlowSourceOfFacts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := patient{asked{"audit", func(context.Context, preflight.Facts) (preflight.Supplement, error) {
			<-time.After(50 * time.Second)
			return preflight.Supplement{Extra: json.RawMessage("1")}, nil
		}}}
		facts, err := migrationtest.NewScenario(t).Migrator(&migration.Options{Facts: []preflight.FactSource{slow}}).Facts(t.Context())
		if err != nil || string(facts.Extra["audit"]) != "1" {
			t.Errorf("got %s, gap %q, %v", facts.Extra["audit"], facts.Reason("audit"), err)
		}
	})
}

// A cancelled context is the error, at once.
func TestFactsCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		wait := asked{"calendar", func(ctx context.Context, _ preflight.Facts) (preflight.Supplement, error) {
			<-ctx.Done()
			return preflight.Supplement{}, ctx.Err()
		}}
		why := errors.New("the deployment was called off")
		time.AfterFunc(2*time.Second, func() { cancel(why) })
		m := migrationtest.NewScenario(t).Migrator(&migration.Options{Facts: []preflight.FactSource{wait}})
		begun := time.Now()
		if _, err := m.Facts(ctx); !errors.Is(err, why) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// Servers that nobody reaches leave gaps, each with a reason, and no check passes
// on what was not seen.
func TestFactsOfNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t).Faults(
			migrationtest.NoConnection(migrationtest.Source).Times(1000),
			migrationtest.Refuse(migrationtest.API, "DescribeReplicationGroups", "AccessDenied").Times(1000),
		)
		facts, err := s.Migrator(nil).Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"target", "source", "load", "fence", "network"} {
			if facts.Reason(part) == "" {
				t.Errorf("%s is absent without a reason: %+v", part, facts.Gaps)
			}
		}
		for _, f := range preflight.Judge(facts, preflight.Builtin(), nil).Findings {
			if f.Outcome == preflight.Pass && f.CheckID != "source.address" && f.CheckID != "target.network-type" {
				t.Errorf("%s passes: %s", f.CheckID, f.Observed)
			}
		}
	})
}

// Options that would hide a fact or a check that matters are refused, all at once.
func TestOptionsOfPreflight(t *testing.T) {
	t.Parallel()
	safe, err := preflight.Only(preflight.Builtin(), "target.*")
	if err != nil {
		t.Fatal(err)
	}
	_, err = migration.New(goodPlan(), nil, &migration.Options{
		Checks: safe, FactsWithin: -1, SampleFor: time.Minute, LinkSpeed: -1,
		Facts: []preflight.FactSource{nil, asked{name: "target"}, asked{name: "x"}, asked{name: "x"}},
	})
	for _, want := range []string{
		"pair.databases", "source.renamed-commands", "FactsWithin is -1ns", "SampleFor is 1m0s", "LinkSpeed is -1",
		"Facts[0] is nil", `Facts[1] has the name "target"`, `Facts[3] has the name "x"`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
}
