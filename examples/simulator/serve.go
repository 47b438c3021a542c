package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/cachelift/cachelift/simulator"
)

// serve runs until ctx ends. The port is taken first: if it is in use nothing
// has been started.
func serve(ctx context.Context, f *flags, stdout io.Writer) (err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", f.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer l.Close()
	sim, err := simulator.New(simulator.Options{Timing: f.timing()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sim.Close()) }()
	group, err := sim.CreateReplicationGroup(ctx, f.spec())
	if err != nil {
		if ctx.Err() != nil {
			return nil // ended while the nodes were starting
		}
		return err
	}
	welcome(stdout, "http://"+l.Addr().String(), group)
	if err := sim.Serve(ctx, l); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "Ended: all nodes are stopped and their data is gone.")
	return nil
}

// welcome prints what listens where and how to use it.
func welcome(w io.Writer, url string, g *simulator.Group) {
	fmt.Fprintf(w, "ElastiCache API   %s\n", url)
	fmt.Fprintf(w, "Replication group %s, %s\n", g.ID(), g.Status())
	fmt.Fprintf(w, "  primary endpoint  %s\n", g.PrimaryEndpoint())
	fmt.Fprintf(w, "  reader endpoint   %s\n", g.ReaderEndpoint())
	for _, n := range g.Nodes() {
		fmt.Fprintf(w, "  %-7s %s  %s  (redis-server, pid %d)\n", n.Role, n.ClusterID, n.Endpoint, n.PID)
	}
	fmt.Fprintf(w, `
Point an AWS client at it. Signatures are not verified, so any credentials do:

  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1
  export AWS_ENDPOINT_URL_ELASTICACHE=%[1]s

Migrate a Redis that listens on 127.0.0.1:6379 with the AWS CLI. (An AWS CLI
before 2.13 or 1.29 does not know the variable, so --endpoint-url is given too.)
If there is none, the first line starts one; it needs a terminal of its own.

  redis-server --port 6379 --save ''
  aws elasticache start-migration --endpoint-url %[1]s \
    --replication-group-id %[2]s --customer-node-endpoint-list "Address='127.0.0.1',Port=6379"
  aws elasticache describe-replication-groups --endpoint-url %[1]s --replication-group-id %[2]s
  aws elasticache describe-events --endpoint-url %[1]s
  aws elasticache complete-migration --endpoint-url %[1]s --replication-group-id %[2]s

Or with cachelift, which does all of it and loses no acknowledged write:

  go run ./cachelift run --endpoint-url %[1]s \
    --replication-group-id %[2]s --source 127.0.0.1:6379 --yes

Ctrl-C ends everything.
`, url, g.ID())
}
