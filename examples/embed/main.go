// Embed is the smallest program around the library that is still right: it
// stores the plan before anything is changed, stops in order on a signal, tells
// what happens, and can be started again with the same arguments after a crash.
//
//	embed -source 10.0.0.241:6379 -group prod-cache -plan orders.json -endpoint orders.endpoint
//
// Credentials and region come from the AWS configuration, as with the AWS CLI.
// Without AWS, run "go run ./simulator" and export what it prints.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(execute(ctx, os.Args[1:], os.Stderr))
}

// execute returns the exit code: 0 when the application is on the target, 1 when
// it is still on the source or nothing was begun, 2 for wrong flags, and 3 when
// writes stay paused, so that somebody has to start this again now.
func execute(ctx context.Context, args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("embed", flag.ContinueOnError)
	flags.SetOutput(stderr)
	source := flags.String("source", "", "`host:port` of the server to migrate from")
	group := flags.String("group", "", "`id` of the replication group to migrate to")
	planFile := flags.String("plan", "plan.json", "`file` that keeps the plan")
	endpointFile := flags.String("endpoint", "endpoint", "`file` in which the application looks up its Redis")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	err := migrate(ctx, *planFile, *source, *group, *endpointFile, stderr)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, migration.ErrPastNoReturn), errors.Is(err, migration.ErrOutcomeUnknown):
		fmt.Fprintln(stderr, err, "\nwrites to the source are paused: start this again")
		return 3
	default:
		fmt.Fprintln(stderr, err)
		return 1
	}
}

func migrate(ctx context.Context, planFile, source, group, endpointFile string, stderr io.Writer) error {
	plan, err := planOf(planFile, source, group)
	if err != nil {
		return err
	}
	aws, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("AWS configuration: %w", err)
	}
	repoint := func(_ context.Context, to migration.Endpoint) error {
		return replaceFile(endpointFile, to)
	}
	m, err := migration.New(plan, elasticache.NewFromConfig(aws), &migration.Options{
		Cutover:   migration.NewSourceFence(repoint),
		Observers: []progress.Observer{progress.NewText(stderr)},
	})
	if err != nil {
		return err
	}
	if err := replaceFile(planFile, plan); err != nil {
		return err
	}
	_, err = m.Run(ctx)
	return err
}

// replaceFile writes v as JSON so that a reader, and a program that is started
// after a crash, sees all of it or nothing.
func replaceFile(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := os.Create(name + ".new")
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
