// Package target is the ElastiCache side of a migration: one replication group,
// seen and steered through the AWS API.
//
// Every call is a single attempt: the SDK's own retries are switched off, so
// that each failure is seen, counted and reported by whoever calls, and so that
// a request that changes something is never repeated before its effect has been
// looked for. Only [Group.Facts] asks again, for the parts of what it gathers.
package target

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/progress"
)

// API is the part of the ElastiCache API that is used, in the SDK's own
// signatures; *elasticache.Client satisfies it.
type API interface {
	// DescribeReplicationGroups reads the group.
	DescribeReplicationGroups(context.Context, *elasticache.DescribeReplicationGroupsInput, ...func(*elasticache.Options)) (*elasticache.DescribeReplicationGroupsOutput, error)
	// DescribeCacheClusters reads a member.
	DescribeCacheClusters(context.Context, *elasticache.DescribeCacheClustersInput, ...func(*elasticache.Options)) (*elasticache.DescribeCacheClustersOutput, error)
	// DescribeCacheSubnetGroups reads the network of the nodes.
	DescribeCacheSubnetGroups(context.Context, *elasticache.DescribeCacheSubnetGroupsInput, ...func(*elasticache.Options)) (*elasticache.DescribeCacheSubnetGroupsOutput, error)
	// DescribeCacheParameters reads a parameter group.
	DescribeCacheParameters(context.Context, *elasticache.DescribeCacheParametersInput, ...func(*elasticache.Options)) (*elasticache.DescribeCacheParametersOutput, error)
	// DescribeEvents reads the group's events.
	DescribeEvents(context.Context, *elasticache.DescribeEventsInput, ...func(*elasticache.Options)) (*elasticache.DescribeEventsOutput, error)
	// TestMigration tries the connection to the source.
	TestMigration(context.Context, *elasticache.TestMigrationInput, ...func(*elasticache.Options)) (*elasticache.TestMigrationOutput, error)
	// StartMigration makes the group's primary a replica of the source.
	StartMigration(context.Context, *elasticache.StartMigrationInput, ...func(*elasticache.Options)) (*elasticache.StartMigrationOutput, error)
	// CompleteMigration promotes the group's primary.
	CompleteMigration(context.Context, *elasticache.CompleteMigrationInput, ...func(*elasticache.Options)) (*elasticache.CompleteMigrationOutput, error)
}

// ErrNotFound is in the error of a call if the service answers that there is no
// such replication group.
var ErrNotFound = errors.New("no such replication group")

// Group is one replication group. Its methods may be called from any
// goroutine.
type Group struct {
	api    API
	id     string
	texts  Texts
	jitter func() float64
}

// New returns the group with that id; it does no I/O. Events are read with
// [DefaultTexts].
func New(api API, groupID string) *Group {
	return &Group{api: api, id: groupID, texts: DefaultTexts()}
}

// WithTexts returns a copy of the group that reads events with these texts.
func (g *Group) WithTexts(t Texts) *Group {
	c := *g
	c.texts = t
	return &c
}

// WithJitter returns a copy of the group whose [Group.Facts] draws its delays
// with jitter, a number from 0 to below 1; nil means a random one.
func (g *Group) WithJitter(jitter func() float64) *Group {
	c := *g
	c.jitter = jitter
	return &c
}

// ID is the replication group id.
func (g *Group) ID() string { return g.id }

// String names the group for logs and errors.
func (g *Group) String() string { return "replication group " + g.id }

// Verdict tells what an event of the group says about a migration.
func (g *Group) Verdict(e progress.ServiceEvent) Verdict { return g.texts.Read(e) }

// failed says at which call an error happened, and marks the answer that the
// group does not exist.
func (g *Group) failed(op string, err error) error {
	if Code(err) == codeNotFound {
		return fmt.Errorf("%s: %s: %w: %w", g, op, ErrNotFound, err)
	}
	return fmt.Errorf("%s: %s: %w", g, op, err)
}

// callWithin bounds one call, its pages included: the SDK's own client waits
// for an answer for ever.
const callWithin = 30 * time.Second

func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, callWithin)
}

// once switches the SDK's retries off for one call.
func once(o *elasticache.Options) {
	o.Retryer = aws.NopRetryer{}
	o.RetryMaxAttempts = 1
}
