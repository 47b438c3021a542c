package target

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

// Test asks ElastiCache to try the connection to the source. It answers at
// once; the outcome, if it is told at all, is told by an event.
func (g *Group) Test(ctx context.Context, host string, port int) error {
	const op = "TestMigration"
	source, err := endpoint(host, port)
	if err != nil {
		return g.failed(op, err)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err = g.api.TestMigration(ctx, &elasticache.TestMigrationInput{
		ReplicationGroupId:       aws.String(g.id),
		CustomerNodeEndpointList: source,
	}, once)
	if err != nil {
		return g.failed(op, err)
	}
	return nil
}

// Start asks ElastiCache to make the group's primary a replica of the source,
// whose full sync discards what the group holds. It answers at once with the
// status "modifying" (documented).
func (g *Group) Start(ctx context.Context, host string, port int) error {
	const op = "StartMigration"
	source, err := endpoint(host, port)
	if err != nil {
		return g.failed(op, err)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err = g.api.StartMigration(ctx, &elasticache.StartMigrationInput{
		ReplicationGroupId:       aws.String(g.id),
		CustomerNodeEndpointList: source,
	}, once)
	if err != nil {
		return g.failed(op, err)
	}
	return nil
}

// Complete asks ElastiCache to promote the group's primary if it is in sync.
func (g *Group) Complete(ctx context.Context) error {
	return g.complete(ctx, false)
}

// ForceStop ends the migration whether in sync or not: the API has no other way
// to abort. The group's primary is promoted with whatever it holds.
func (g *Group) ForceStop(ctx context.Context) error {
	return g.complete(ctx, true)
}

func (g *Group) complete(ctx context.Context, force bool) error {
	in := &elasticache.CompleteMigrationInput{ReplicationGroupId: aws.String(g.id)}
	if force {
		in.Force = aws.Bool(true)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	if _, err := g.api.CompleteMigration(ctx, in, once); err != nil {
		return g.failed("CompleteMigration", err)
	}
	return nil
}

// errSource is in the error of a source that is refused here, before any call.
var errSource = errors.New("invalid source")

// endpoint is the list that the API wants, of exactly one entry (documented).
// The service's client would send an empty list without complaint.
func endpoint(host string, port int) ([]types.CustomerNodeEndpoint, error) {
	if host == "" {
		return nil, fmt.Errorf("%w: its address is empty", errSource)
	}
	if port < 1 || port > math.MaxUint16 {
		return nil, fmt.Errorf("%w: its port is %d, want 1 to 65535", errSource, port)
	}
	return []types.CustomerNodeEndpoint{{Address: aws.String(host), Port: aws.Int32(int32(port))}}, nil
}
