package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/spf13/cobra"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/verify"
)

// exitDifferent: both ends are not the same, by "verify" or by "run --verify".
const exitDifferent = 4

// targetPasswordVariable is for the target what passwordVariable is for the source.
const targetPasswordVariable = "CACHELIFT_TARGET_PASSWORD"

// connectWithin bounds the first connection to each server: one that was mistyped is
// not worth the patience that a comparison has with one that fails over.
const connectWithin = 5 * time.Second

// verify compares two servers. It needs neither AWS nor a plan.
func (a app) verify() *cobra.Command {
	f := &verifyFlags{}
	c := &cobra.Command{
		Use: "verify", Short: "Compare two servers key by key; change nothing", Long: verifyHelp, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			opts, err := f.options()
			if err != nil {
				return exit(a.usage(err))
			}
			if code := a.compare(c.Context(), f, opts); code != exitDone {
				return exit(code)
			}
			return nil
		},
	}
	f.register(c.Flags())
	return c
}

// compare is the command once its flags are known to be good.
func (a app) compare(ctx context.Context, f *verifyFlags, opts verify.Options) int {
	source := client(f.source, f.sourceUsername, os.Getenv(passwordVariable), f.sourceTLS)
	target := client(f.target, f.targetUsername, os.Getenv(targetPasswordVariable), f.targetTLS)
	defer source.Close()
	defer target.Close()
	if err := errors.Join(reachable(ctx, "source", f.source), reachable(ctx, "target", f.target)); err != nil {
		if ctx.Err() != nil {
			return a.stopped()
		}
		a.report(err)
		return exitFailed
	}
	out := newFindings(f.output, a.out, f.maxDifferences)
	bar := meter{out: a.err, live: a.live}
	opts.OnDifference, opts.OnProgress, opts.ProgressEvery = out.add, bar.tell, bar.every()
	report, err := verify.Compare(ctx, source, target, &opts)
	bar.end()
	code := verdictCode(report.Verdict)
	if endErr := out.end(a.err, report, err, code); endErr != nil {
		err = errors.Join(err, endErr)
		code = exitFailed
	}
	if err == nil {
		return code
	}
	if ctx.Err() != nil {
		fmt.Fprintln(a.err, "Stopped; neither end was changed.")
	} else {
		a.report(err)
	}
	if _, statErr := os.Stat(f.checkpoint); statErr == nil { // there is no file ""
		fmt.Fprintln(a.err, "The same command goes on where this one ended.")
	}
	return code
}

// verdictCode is the exit code. Another expiry is a difference: among the keys may be
// one that never expires on the target. What is proven holds although the comparison
// was cut short.
func verdictCode(v verify.Verdict) int {
	switch v {
	case verify.Equal:
		return exitDone
	case verify.Different, verify.EqualButExpiry:
		return exitDifferent
	}
	return exitFailed
}

// client is a client of one server. Nothing is sent before it is used.
func client(address, username, password string, secure bool) *redis.Client {
	o := &redis.Options{
		Addr: address, Username: username, Password: password, Protocol: 2, MaxRetries: -1, DisableIdentity: true, DialTimeout: connectWithin,
		MaintNotificationsConfig: &maintnotifications.Config{
			Mode: maintnotifications.ModeDisabled, EndpointType: maintnotifications.EndpointTypeNone,
		},
	}
	if secure {
		host, _, _ := net.SplitHostPort(address) // it was checked
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	}
	return redis.NewClient(o)
}

// reachable finds out that somebody listens there.
func reachable(ctx context.Context, side, address string) error {
	d := net.Dialer{Timeout: connectWithin}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("the %s does not answer: %w", side, err)
	}
	return conn.Close()
}

// verifyOf is what "run --verify" says: a sample while the group follows, and before
// the point of no return all there is.
func verifyOf(word string) migration.Verify {
	var v migration.Verify
	if word == "sample" || word == "full" {
		v.InSync = &verify.Options{}
	}
	if word == "full" {
		v.InPause = &verify.Options{}
	}
	return v
}

// writeVerify are the rows of a run's comparisons.
func writeVerify(row func(name, format string, args ...any), r migration.Result) {
	for _, v := range r.Verify {
		row(string(v.Step), "%s, %d keys in %v", v.Report.Verdict, v.Report.Source.Keys, round(v.Report.Took))
	}
}
