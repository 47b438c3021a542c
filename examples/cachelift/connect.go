package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// job is one command about to be done: good settings and what it needs to make
// a Migrator.
type job struct {
	settings
	app
	cmd *cobra.Command
	api migration.ElastiCacheAPI
}

// connect loads the AWS configuration and has the library check the plan and
// the options. It makes no connection but, perhaps, one for credentials.
func (a app) connect(ctx context.Context, s settings) (*job, error) {
	api, err := client(ctx, s.region, s.endpointURL)
	if err != nil {
		return nil, err
	}
	j := &job{settings: s, app: a, api: api}
	if _, err = j.migrator(nil); err != nil {
		return nil, j.blame(err)
	}
	return j, nil
}

// blame names the flag from which a value came that the library refuses.
func (j *job) blame(err error) error {
	where := "--source"
	if j.plan.stored {
		where = "--plan " + j.plan.path
	}
	var all []error
	for _, e := range flatten(err) {
		all = append(all, fmt.Errorf("%s: %w", where, e))
	}
	return errors.Join(all...)
}

// client is a client of the standard AWS configuration. What is missing is
// said now and not with the first call. The SDK's own log would run into the
// program's output; its errors are reported anyway.
func client(ctx context.Context, region, endpointURL string) (*elasticache.Client, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region), config.WithLogger(logging.Nop{}))
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		err = errors.New("--region is missing: give it, set AWS_REGION, or choose a profile that has one")
	}
	if _, credErr := cfg.Credentials.Retrieve(ctx); credErr != nil {
		err = errors.Join(err, fmt.Errorf("AWS credentials: none found: set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: %w", credErr))
	}
	if err != nil {
		return nil, err
	}
	return elasticache.NewFromConfig(cfg, func(o *elasticache.Options) {
		if endpointURL != "" {
			o.BaseEndpoint = aws.String(endpointURL)
		}
	}), nil
}

// migrator makes the Migrator. All commands give it the same Cutover, because
// the fence on the source is part of the truth that they look at.
func (j *job) migrator(watch progress.Observer) (*migration.Migrator, error) {
	opts := &migration.Options{
		Cutover:       migration.NewSourceFence(j.switchTo),
		MaxWritePause: j.maxWritePause,
		SourceRedis:   migration.RedisOptions{Username: j.sourceUsername, Password: sourcePassword()},
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

// sourcePassword is nil if there is none.
func sourcePassword() func(context.Context) (string, error) {
	password, ok := os.LookupEnv(passwordVariable)
	if !ok {
		return nil
	}
	return func(context.Context) (string, error) { return password, nil }
}
