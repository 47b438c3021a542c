// Command simulator serves a local ElastiCache to any AWS client: a control
// plane that speaks the service's protocol, one replication group whose nodes
// are real redis-server processes, and as much of EC2 as describes the network.
//
//	go run ./simulator --listen 127.0.0.1:4566 --replication-group test-cluster
//
// It prints where everything listens and how to point the AWS CLI, an SDK and
// the cachelift command at it, and runs until Ctrl-C or SIGTERM.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// execute is the program without its process: it returns the exit code, 0 when
// ctx ended it, 1 when it could not serve and 2 for wrong flags.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f, code := parseFlags(args, stderr)
	if f == nil {
		return code
	}
	if err := serve(ctx, f, stdout); err != nil {
		report(stderr, err)
		return 1
	}
	return 0
}
