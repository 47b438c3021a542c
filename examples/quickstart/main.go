// Quickstart is the main job from end to end: a Redis with data and live
// writers is migrated into a simulated ElastiCache by the library, through real
// AWS SDK calls and real Redis replication. At the end it proves that nothing
// was lost, and exits with 1 if something was.
//
// Read migrate.go first: it is what an embedding program does. The other files
// make the data, the writers and the proof.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/redis/go-redis/v9/logging"
)

func main() {
	logging.Disable() // go-redis prints failed dials to standard error
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program: it returns the exit code, 0 if all is proved, 1 if
// something failed or was lost, 2 for a mistake in the arguments.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	opts, err := parseFlags(args)
	if errors.Is(err, flag.ErrHelp) {
		usage(stdout)
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "%v\n\n", err)
		usage(stderr)
		return 2
	}
	d := &demo{opts: opts, stdout: stdout, stderr: stderr}
	return d.run(ctx)
}

// demo is one run of the program.
type demo struct {
	opts           options
	stdout, stderr io.Writer
	// beforeProof is for tests of the proof: it may damage the target.
	beforeProof func(context.Context, *proof) error
}

func (d *demo) run(ctx context.Context) (code int) {
	out := d.stdout // for what is told on the way
	if d.opts.json {
		out = d.stderr
	}
	scr := newScreen(out)
	lab, err := startLab(ctx)
	if err != nil {
		return d.fail(ctx, err)
	}
	defer func() {
		if err := lab.close(); err != nil {
			code = d.fail(ctx, fmt.Errorf("stopping the servers: %w", err))
		}
	}()
	sum, err := d.migrateAndProve(ctx, lab, scr)
	if err != nil {
		code = d.fail(ctx, err)
	} else if !sum.OK {
		code = 1
	}
	if d.opts.keep && ctx.Err() == nil { // after a failure one wants to look
		lab.keep(ctx, scr)
	}
	return code
}

// fail reports an error and returns the exit code.
func (d *demo) fail(ctx context.Context, err error) int {
	if ctx.Err() != nil {
		err = fmt.Errorf("interrupted, all servers are being ended: %w", err)
	}
	fmt.Fprintln(d.stderr, err)
	return 1
}

// migrateAndProve does everything, in the order in which it is told.
func (d *demo) migrateAndProve(ctx context.Context, lab *lab, scr *screen) (sum summary, err error) {
	scr.printf("source     %s", lab.source.Addr())

	data := dataset{keys: d.opts.keys, valueSize: d.opts.valueSize, seed: d.opts.seed}
	loaded, err := load(ctx, lab.source.Addr(), data)
	if err != nil {
		return sum, fmt.Errorf("loading the source: %w", err)
	}
	scr.printf("loaded     %s", loaded)

	traffic := startWriters(ctx, lab.source.Addr(), d.opts.writesPerSecond)
	defer traffic.stop()
	scr.printf("writers    %d, together %d writes/s, each acknowledged one is logged", len(traffic.writers), d.opts.writesPerSecond)

	if err := traffic.settle(ctx); err != nil {
		return sum, err
	}
	moved, err := migrate(ctx, lab, traffic, scr)
	if err != nil {
		return sum, err
	}
	if err := traffic.linger(ctx); err != nil {
		return sum, err
	}
	traffic.stop()

	scr.printf("proof      comparing both ends")
	p := newProof(lab.source.Addr(), moved.result.Cutover.Endpoint.String(), data, traffic)
	defer p.close()
	if d.beforeProof != nil {
		if err := d.beforeProof(ctx, p); err != nil {
			return sum, err
		}
	}
	if err := p.run(ctx); err != nil {
		return sum, fmt.Errorf("the proof could not be finished: %w", err)
	}
	sum = summarize(loaded, moved, traffic, p)
	return sum, d.report(sum, scr)
}

// report prints the one summary.
func (d *demo) report(sum summary, scr *screen) error {
	if d.opts.json {
		return sum.writeJSON(d.stdout)
	}
	return sum.writeText(d.stdout, scr.style)
}
