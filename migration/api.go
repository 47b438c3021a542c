package migration

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"
)

// ElastiCacheAPI is the part of the ElastiCache API that a migration uses, in
// the SDK's own signatures: [*elasticache.Client] satisfies it. The library
// turns off the client's own retries call by call, because a lost reply of a
// call that changes something must be observed, not repeated.
type ElastiCacheAPI interface {
	// DescribeReplicationGroups reads the group's status and endpoints.
	DescribeReplicationGroups(context.Context, *elasticache.DescribeReplicationGroupsInput, ...func(*elasticache.Options)) (*elasticache.DescribeReplicationGroupsOutput, error)
	// DescribeCacheClusters reads the members one by one: status, engine
	// version, windows, changes that wait, and the names of their groups.
	DescribeCacheClusters(context.Context, *elasticache.DescribeCacheClustersInput, ...func(*elasticache.Options)) (*elasticache.DescribeCacheClustersOutput, error)
	// DescribeCacheSubnetGroups reads the VPC and the subnets of the nodes.
	DescribeCacheSubnetGroups(context.Context, *elasticache.DescribeCacheSubnetGroupsInput, ...func(*elasticache.Options)) (*elasticache.DescribeCacheSubnetGroupsOutput, error)
	// DescribeCacheParameters reads the parameters that a migration depends
	// on, such as "databases".
	DescribeCacheParameters(context.Context, *elasticache.DescribeCacheParametersInput, ...func(*elasticache.Options)) (*elasticache.DescribeCacheParametersOutput, error)
	// DescribeEvents reads the group's events.
	DescribeEvents(context.Context, *elasticache.DescribeEventsInput, ...func(*elasticache.Options)) (*elasticache.DescribeEventsOutput, error)
	// TestMigration lets ElastiCache test the connection to the source.
	TestMigration(context.Context, *elasticache.TestMigrationInput, ...func(*elasticache.Options)) (*elasticache.TestMigrationOutput, error)
	// StartMigration makes the group's primary a replica of the source.
	StartMigration(context.Context, *elasticache.StartMigrationInput, ...func(*elasticache.Options)) (*elasticache.StartMigrationOutput, error)
	// CompleteMigration promotes the group's primary; with Force, whether in
	// sync or not.
	CompleteMigration(context.Context, *elasticache.CompleteMigrationInput, ...func(*elasticache.Options)) (*elasticache.CompleteMigrationOutput, error)
}
