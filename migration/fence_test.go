package migration_test

import (
	"context"
	"testing"

	"github.com/cachelift/cachelift/migration"
)

// dnsCutover is a host's Cutover that has a fence and its own Switch.
type dnsCutover struct {
	*migration.SourceFence
	record migration.Endpoint
}

func (d *dnsCutover) Switch(ctx context.Context, to migration.Endpoint) error {
	d.record = to
	return d.SourceFence.Switch(ctx, to)
}

func TestEmbeddedFence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := &dnsCutover{SourceFence: migration.NewSourceFence(nil)}
	opts := w.options()
	opts.Cutover = c
	m := w.migrator(t, w.plan(), opts)
	report, err := m.Preflight(t.Context())
	if err != nil || report.Err() != nil {
		t.Fatalf("Preflight = %v, %v", report, err)
	}
	if err := c.PauseWrites(t.Context()); err != nil {
		t.Fatal(err)
	}
	if open(t, w.source.Addr()) {
		t.Error("the source takes writes while they are paused")
	}
	if err := c.ResumeWrites(t.Context()); err != nil || !open(t, w.source.Addr()) {
		t.Fatalf("ResumeWrites = %v, and the source must take writes", err)
	}
	if _, err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.record.String() != w.group.PrimaryEndpoint().String() {
		t.Errorf("switched to %s, want %s", c.record, w.group.PrimaryEndpoint())
	}
}

// The report says beforehand that a source cannot be fenced.
func TestFenceThatCannotCloseIsFoundByPreflight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "--min-replicas-max-lag", "0")
	opts := w.options()
	opts.Cutover = migration.NewSourceFence(nil)
	report, err := w.migrator(t, w.plan(), opts).Preflight(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	blocking := report.Blocking()
	if len(blocking) != 1 || blocking[0].CheckID != "source.fence" {
		t.Errorf("blocking are %v, want source.fence alone", blocking)
	}
	if n := w.accepted("StartMigration"); n != 0 || !open(t, w.source.Addr()) {
		t.Error("the preflight changed something")
	}
}
