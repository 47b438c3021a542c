package cachelift_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
	"github.com/cachelift/cachelift/simulator"
)

// What docs/testing.md shows of preflight.

func TestAGroupThatCannotBeMigratedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t).Target(simulator.ReplicationGroup{MultiAZ: simulator.Disabled, Replicas: 1})
		_, err := s.Migrator(nil).Run(t.Context())
		var failed *preflight.FailedError
		if !errors.As(err, &failed) {
			t.Fatalf("got %v, want what preflight found", err)
		}
		blocking := failed.Report.Blocking()
		if len(blocking) != 1 || blocking[0].CheckID != "target.multi-az" {
			t.Errorf("got\n%s", failed.Report) // with what was observed, and the remedy
		}
		s.AssertWritesOpen()
	})
}

func TestAClosedSecurityGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		net := s.Sim().EC2()
		net.Place(s.SourceServer().Endpoint().Address) // and all that the network requires
		network := vpc.New(ec2.NewFromConfig(s.Sim().Config()), nil)
		m := s.Migrator(&migration.Options{Facts: []preflight.FactSource{network}})

		report, err := m.Preflight(t.Context())
		if err := errors.Join(err, report.Err()); err != nil {
			t.Error(err)
		}
		for _, f := range report.Findings {
			if strings.HasPrefix(f.CheckID, "network.") && f.Outcome != preflight.Pass {
				t.Error(f.CheckID, f.Outcome, f.Observed, f.Remedy)
			}
		}

		net.DefaultVPC().SecurityGroup("sg-0c0ffee0000000001").RevokeIngress() // somebody tidies up
		report, err = m.Preflight(t.Context())
		blocking := report.Blocking()
		if err != nil || len(blocking) != 1 || blocking[0].CheckID != "network.security-group" {
			t.Errorf("%v\n%s", err, report)
		}
		if err := net.Err(); err != nil {
			t.Error(err) // a mistake in the network that this test describes
		}
	})
}

func TestOurFreezeStopsAMigration(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	answer := func(s string) preflight.Facts {
		return preflight.Facts{GatheredAt: now, Extra: map[string]json.RawMessage{"calendar": json.RawMessage(s)}}
	}
	for _, c := range []struct {
		why   string
		facts preflight.Facts
		want  preflight.Outcome
	}{
		{"a freeze", answer(`{"until":"2026-11-21T00:00:00Z"}`), preflight.Fail},
		{"one that is over", answer(`{"until":"2026-11-19T00:00:00Z"}`), preflight.Pass},
		{"an answer of another kind", answer(`"closed"`), preflight.Unknown},
		{"no answer", preflight.Facts{Gaps: []preflight.Gap{{Subject: "calendar", Reason: "time-out"}}}, preflight.Unknown},
		{"never asked", preflight.Facts{}, preflight.Unknown},
	} {
		f := preflight.Judge(c.facts, []preflight.Check{noFreeze()}, nil).Findings[0]
		if f.Outcome != c.want || f.Blocks() != (c.want == preflight.Fail) {
			t.Errorf("%s: %+v", c.why, f)
		}
	}
}
