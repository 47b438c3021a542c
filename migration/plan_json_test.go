package migration_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migration"
)

// The stored form is read by processes that are newer or older than the one
// that wrote it: it must not change without a new version.
const storedPlan = `{"version":1,"id":"orders","created_at":"2026-01-18T12:00:00Z","source":{"address":"10.0.0.241","port":6379},"target":{"replication_group_id":"prod-cache"}}`

func TestStoredPlanIsStable(t *testing.T) {
	t.Parallel()
	want := migration.Plan{
		ID: "orders", CreatedAt: time.Date(2026, 1, 18, 12, 0, 0, 0, time.UTC),
		Source: migration.Source{Address: "10.0.0.241", Port: 6379}, Target: migration.ReplicationGroup("prod-cache"),
	}
	if b, err := json.Marshal(want); err != nil || string(b) != storedPlan {
		t.Errorf("the plan is written as\n%s, %v; want\n%s", b, err, storedPlan)
	}
	for _, stored := range []string{storedPlan, strings.Replace(storedPlan, `"version":1,`, "", 1)} {
		var p migration.Plan
		if err := json.Unmarshal([]byte(stored), &p); err != nil || p != want {
			t.Errorf("%s is read as %+v, %v", stored, p, err)
		}
	}
}

func TestStoredPlanIsReadStrictly(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ why, stored, want string }{
		{"a later version", strings.Replace(storedPlan, `"version":1`, `"version":2`, 1), "Plan.version is 2, want 1 to 1"},
		{"no version that ever was", strings.Replace(storedPlan, `"version":1`, `"version":0`, 1), "Plan.version is 0"},
		{"a version in words", strings.Replace(storedPlan, `"version":1`, `"version":"one"`, 1), "version"},
		{"a field from elsewhere", strings.Replace(storedPlan, `"id"`, `"shards":3,"id"`, 1), `"shards"`},
		{"a field of the target from elsewhere", strings.Replace(storedPlan, `"replication_group_id"`, `"serverless_cache":"x","replication_group_id"`, 1), "serverless_cache"},
		{"cut short", storedPlan[:40], "JSON"},
		{"a port in words", strings.Replace(storedPlan, "6379", `"6379"`, 1), "port"},
		{"not a plan", `[]`, "Plan"},
	} {
		p := migration.NewPlan("old", migration.Source{}, migration.Target{})
		before := p
		err := json.Unmarshal([]byte(row.stored), &p)
		if err == nil || !strings.Contains(err.Error(), row.want) || p != before {
			t.Errorf("%s: error %v, plan %+v; want an error with %q and the plan as it was", row.why, err, p, row.want)
		}
	}
}

func FuzzStoredPlan(f *testing.F) {
	f.Add([]byte(storedPlan))
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p, again migration.Plan
		if json.Unmarshal(b, &p) != nil {
			return
		}
		out, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("%s is read as %+v, which cannot be written: %v", b, p, err)
		}
		if err := json.Unmarshal(out, &again); err != nil || !again.CreatedAt.Equal(p.CreatedAt) || again.ID != p.ID || again.Source != p.Source || again.Target != p.Target {
			t.Errorf("%s is written as %s, which is read as %+v, %v", b, out, again, err)
		}
	})
}
