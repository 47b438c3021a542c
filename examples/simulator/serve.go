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
	sim.EC2().Place(sourceAddress)
	if err := sim.EC2().Err(); err != nil {
		return err
	}
	welcome(stdout, "http://"+l.Addr().String(), group, f.databases)
	if err := sim.Serve(ctx, l); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "Ended: all nodes are stopped and their data is gone.")
	return nil
}

// sourceAddress is where the welcome starts the source. The network that EC2
// describes has an interface with it, next to the group.
const sourceAddress = "127.0.0.1"

// welcome prints what listens where and how to use it.
func welcome(w io.Writer, url string, g *simulator.Group, databases int) {
	fmt.Fprintf(w, "ElastiCache API   %s\n", url)
	fmt.Fprintf(w, "EC2 API           %s  (describes the network of both ends)\n", url)
	fmt.Fprintf(w, "Replication group %s, %s\n", g.ID(), g.Status())
	fmt.Fprintf(w, "  primary endpoint  %s\n", g.PrimaryEndpoint())
	fmt.Fprintf(w, "  reader endpoint   %s\n", g.ReaderEndpoint())
	for _, n := range g.Nodes() {
		fmt.Fprintf(w, "  %-7s %s  %s  (redis-server, pid %d)\n", n.Role, n.ClusterID, n.Endpoint, n.PID)
	}
	server := "redis-server --port 6379 --bind " + sourceAddress + " --protected-mode no --maxmemory-policy volatile-lru --save '' --repl-diskless-sync-delay 0"
	if databases > 0 {
		server += fmt.Sprintf(" --databases %d", databases)
	}
	fmt.Fprintf(w, `
Point AWS clients at it; one URL serves both APIs. Signatures are not verified,
so any credentials do:

  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1
  export AWS_ENDPOINT_URL=%[1]s

Start a source, in a terminal of its own, such that nothing stands in the way,
and without the 5 seconds that a full sync otherwise waits for more replicas:

  %[3]s

With cachelift, which looks first and loses no acknowledged write. Build it once,
in the folder of the examples; go run would hide its exit codes:

  go build -o ../bin/ ./cachelift
  ../bin/cachelift preflight --replication-group-id %[2]s --source %[4]s:6379
  ../bin/cachelift run --replication-group-id %[2]s --source %[4]s:6379 --yes

Or with the AWS CLI, one that is older than 2.13 or 1.29 too, which does not know
the variable:

  aws elasticache start-migration --endpoint-url %[1]s \
    --replication-group-id %[2]s --customer-node-endpoint-list "Address='%[4]s',Port=6379"
  aws elasticache describe-replication-groups --endpoint-url %[1]s --replication-group-id %[2]s
  aws elasticache describe-events --endpoint-url %[1]s
  aws elasticache complete-migration --endpoint-url %[1]s --replication-group-id %[2]s
  aws ec2 describe-security-groups --endpoint-url %[1]s

Ctrl-C ends everything.
`, url, g.ID(), server, sourceAddress)
}
