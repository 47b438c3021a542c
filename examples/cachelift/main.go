// Command cachelift moves a self-hosted Redis or Valkey into an ElastiCache
// replication group. It is the library github.com/cachelift/cachelift with a
// command line around it, complete enough to be used as it is and small enough
// to be read before writing one's own:
//
//   - cli.go, help.go: the commands, the exit codes, the help
//   - flags.go, validate.go: the flags, checked all at once
//   - plan.go: the file that lets a later process go on
//   - connect.go: AWS and Redis clients, the Migrator
//   - preflight.go, rehearse.go, run.go, status.go, abort.go: one command each
//   - verify.go, verify_flags.go, verify_output.go: comparing two servers
//   - checks.go, facts.go: the preflight checks, and facts that are stored
//   - schedule.go, evidence.go: when to cut over, and what is left for the ticket
//   - ending.go, live.go, confirm.go, resume.go: what a person sees
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal ends ctx, a second one the process
	os.Exit(execute(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr))
}
