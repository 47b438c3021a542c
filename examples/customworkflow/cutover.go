package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/cachelift/cachelift/migration"
)

// zone is the DNS record by which the application finds its Redis.
type zone interface {
	// Point moves the record.
	Point(ctx context.Context, to migration.Endpoint) error
	// Lookup asks where the record points; errNoRecord if there is none.
	Lookup(ctx context.Context) (migration.Endpoint, error)
}

var errNoRecord = errors.New("no such DNS record")

// dnsCutover is a Cutover that pauses writes on the source and switches by DNS.
//
// Clients that have the old address cached go on writing to the source until
// the record's time to live is over. The fence stays closed, so that they get
// an error instead of losing a write: keep the time to live short.
type dnsCutover struct {
	*migration.SourceFence
	zone zone
}

// Switch moves the record, sees that it has moved, and lets the fence release
// those that wait for it.
func (c *dnsCutover) Switch(ctx context.Context, to migration.Endpoint) error {
	if err := point(ctx, c.zone, to); err != nil {
		return fmt.Errorf("DNS switch: %w", err)
	}
	return c.SourceFence.Switch(ctx, to)
}

// point is idempotent: a record that points there is left alone. An update
// whose answer is lost may have been made, so what counts is what a client
// would be told.
func point(ctx context.Context, z zone, to migration.Endpoint) error {
	switch at, err := z.Lookup(ctx); {
	case err == nil && at == to:
		return nil
	case err != nil && !errors.Is(err, errNoRecord):
		return err
	}
	updateErr := z.Point(ctx, to)
	at, err := z.Lookup(ctx)
	switch {
	case err != nil:
		return errors.Join(updateErr, err)
	case at != to:
		return errors.Join(updateErr, fmt.Errorf("the record points to %v, want %v", at, to))
	}
	return nil
}
