package migration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// planVersion is the version of a plan's JSON form. A field that is added, or
// that changes its meaning, makes a new one: what this library does not know it
// refuses, since a plan that is read half would drive another migration.
const planVersion = 1

// planJSON is the stored form, in the order in which it is written.
type planJSON struct {
	Version   int       `json:"version"`
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	Source    Source    `json:"source"`
	Target    Target    `json:"target"`
}

// MarshalJSON returns the stored form:
//
//	{"version": 1, "id": "orders", "created_at": "2026-01-18T12:00:00Z",
//	 "source": {"address": "10.0.0.241", "port": 6379},
//	 "target": {"replication_group_id": "prod-cache"}}
func (p Plan) MarshalJSON() ([]byte, error) {
	return json.Marshal(planJSON{planVersion, p.ID, p.CreatedAt, p.Source, p.Target})
}

// UnmarshalJSON reads what MarshalJSON writes, of this version or an earlier
// one. It refuses a later version and fields that it does not know; whether the
// values make sense is for [New] to say. A form without a version counts as
// version 1.
func (p *Plan) UnmarshalJSON(b []byte) error {
	var form struct {
		Version *int `json:"version"`
	}
	if err := json.Unmarshal(b, &form); err != nil {
		return fmt.Errorf("migration: Plan: %w", err)
	}
	if v := form.Version; v != nil && (*v < 1 || *v > planVersion) {
		return fmt.Errorf("migration: Plan.version is %d, want 1 to %d: it was written by another version of this library", *v, planVersion)
	}
	var j planJSON
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&j); err != nil {
		return fmt.Errorf("migration: Plan: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("migration: Plan: there is something behind the plan")
	}
	*p = Plan{ID: j.ID, CreatedAt: j.CreatedAt, Source: j.Source, Target: j.Target}
	return nil
}
