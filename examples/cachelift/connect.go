package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
	"github.com/cachelift/cachelift/progress"
)

// factsWithin bounds what is read of each end for the preflight report.
const factsWithin = 30 * time.Second

// job is one command about to be done: good settings and what it needs to make
// a Migrator.
type job struct {
	settings
	app
	cmd *cobra.Command
	api migration.ElastiCacheAPI
	ec2 *ec2.Client // nil for a command that does not look at the network
}

// connect loads the AWS configuration and has the library check the plan and
// the options. It makes no connection but, perhaps, one for credentials.
func (a app) connect(ctx context.Context, s settings) (*job, error) {
	cfg, err := awsConfig(ctx, s.region)
	if err != nil {
		return nil, err
	}
	j := &job{settings: s, app: a, api: elasticache.NewFromConfig(cfg, func(o *elasticache.Options) {
		o.BaseEndpoint = baseURL(s.endpointURL, o.BaseEndpoint)
	})}
	if s.judges {
		j.ec2 = ec2.NewFromConfig(cfg, func(o *ec2.Options) {
			o.BaseEndpoint = baseURL(s.ec2EndpointURL, o.BaseEndpoint)
		})
	}
	if _, err = j.migrator(nil); err != nil {
		where := "--source"
		if s.plan.stored {
			where = "--plan " + s.plan.path
		}
		return nil, blame(where, err)
	}
	return j, nil
}

// awsConfig is the standard AWS configuration. What is missing is said now and
// not with the first call. The SDK's own log would run into the program's output;
// its errors are reported anyway.
func awsConfig(ctx context.Context, region string) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region), config.WithLogger(logging.Nop{}))
	if err != nil {
		return aws.Config{}, fmt.Errorf("AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		err = errors.New("--region is missing: give it, set AWS_REGION, or choose a profile that has one")
	}
	if _, credErr := cfg.Credentials.Retrieve(ctx); credErr != nil {
		err = errors.Join(err, fmt.Errorf("AWS credentials: none found: set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: %w", credErr))
	}
	return cfg, err
}

// baseURL is the URL that was given, or else the one of the configuration.
func baseURL(given string, configured *string) *string {
	if given == "" {
		return configured
	}
	return aws.String(given)
}

// network reads the EC2 side for the preflight report.
func (j *job) network() []preflight.FactSource {
	if j.ec2 == nil {
		return nil
	}
	opts := &vpc.Options{SourceVPC: j.sourceVPC}
	if j.analyze {
		opts.Analyzer = j.ec2
	}
	return []preflight.FactSource{vpc.New(j.ec2, opts)}
}

// migrator makes the Migrator. All commands give it the same Cutover, because
// the fence on the source is part of the truth that they look at.
func (j *job) migrator(watch progress.Observer) (*migration.Migrator, error) {
	opts := &migration.Options{
		Checks:        j.checks,
		Cutover:       migration.NewSourceFence(j.switchTo),
		Facts:         j.network(),
		FactsWithin:   factsWithin + j.sampleFor,
		Lease:         migration.NewFileLease(j.plan.lock()),
		Ledger:        migration.NewFileLedger(j.plan.ledger()),
		LinkSpeed:     j.linkSpeed,
		MaxWritePause: j.maxWritePause,
		Schedule:      j.schedule,
		SampleFor:     j.sampleFor,
		SourceRedis:   migration.RedisOptions{Username: j.sourceUsername, Password: sourcePassword(j.sourceUsername)},
		Verify:        verifyOf(j.verifyText),
		Waive:         j.waive,
	}
	if watch != nil {
		opts.Observers = []progress.Observer{watch}
	}
	if j.tune != nil {
		j.tune(opts)
	}
	return migration.New(j.plan.Plan, j.api, opts)
}

// sourcePassword is nil if there is nothing to authenticate with. A variable
// that is empty is as one that is not set. A user that was named is
// authenticated without a password too: it may need none, and with nil the
// library would go on as the default user.
func sourcePassword(username string) func(context.Context) (string, error) {
	password := os.Getenv(passwordVariable)
	if username == "" && password == "" {
		return nil
	}
	return func(context.Context) (string, error) { return password, nil }
}
