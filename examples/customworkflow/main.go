// Customworkflow is a deployment tool with a workflow of its own around the
// migration: it announces the maintenance, waits for an approval, loads a
// library of functions into the promoted target, tests it, switches by DNS and
// gives the all-clear. See README.md for what to copy.
//
//	go run ./customworkflow
//	go run ./customworkflow -deny
//
// It runs against a local ElastiCache with real redis-server processes, a name
// server and a ticket system of its own, and needs redis-server 7.0 or newer.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/examples/customworkflow/lab"
	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// execute returns the exit code: 0 when the application is on the target, 1 when
// it is not, 2 for wrong flags.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("customworkflow", flag.ContinueOnError)
	flags.SetOutput(stderr)
	verdict := "approved"
	flags.BoolFunc("deny", "deny the ticket", func(string) error { verdict = "denied"; return nil })
	after := flags.Duration("decide-after", time.Second, "how long people take to decide the ticket")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	l, err := lab.Start(ctx, "prod-cache", verdict, *after)
	if err == nil {
		err = errors.Join(run(ctx, l, stdout), l.Close())
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// ordersCode is the library of functions of this release.
const ordersCode = `#!lua name=orders
redis.register_function{function_name = 'orders_release', callback = function() return '2' end, flags = {'no-writes'}}
`

// houseOf is the deployment in the lab.
func houseOf(l *lab.Lab) deployment {
	o := office{base: l.Office.URL, client: &http.Client{Timeout: 5 * time.Second}}
	return deployment{
		notices: o,
		tickets: o,
		library: functionLibrary{name: "orders", code: ordersCode},
		zone: dnsZone{
			server: l.NameServer.Addr, name: "orders.example.", zone: l.NameServer.Zone,
			key: l.NameServer.Key, secret: l.NameServer.Secret,
		},
		lookEvery: 250 * time.Millisecond, // half a minute will do for people
	}
}

func run(ctx context.Context, l *lab.Lab, out io.Writer) error {
	house := houseOf(l)
	source := migration.Endpoint(l.Source.Endpoint())
	if err := house.zone.Point(ctx, source); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n", house.workflow().Mermaid())

	plan := migration.NewPlan("orders", migration.Source(source), migration.ReplicationGroup(l.Group.ID()))
	m, err := migration.New(plan, elasticache.NewFromConfig(l.Sim.Config()), &migration.Options{
		Workflow:  house.workflow(),
		Cutover:   house.cutover(),
		Observers: []progress.Observer{progress.NewText(out)},
		// The simulated service is in this process and quick. At AWS leave both
		// out.
		PollEvery: 250 * time.Millisecond,
		InSyncFor: time.Second,
	})
	if err != nil {
		return err
	}
	result, runErr := m.Run(ctx)

	at, err := house.zone.Lookup(context.WithoutCancel(ctx)) // to tell it also after Ctrl-C
	if err != nil {
		return errors.Join(runErr, err)
	}
	fmt.Fprintf(out, "\nended in   %s\nsource     %v\ntarget     %v\nDNS says   %v\n", result.State, source, l.Group.PrimaryEndpoint(), at)
	for id, text := range l.Office.Notices() {
		fmt.Fprintf(out, "notice     %s: %s\n", id, text)
	}
	return runErr
}
