package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"

	"github.com/cachelift/cachelift/simulator"
)

// flags are the command line.
type flags struct {
	listen            string
	group             string
	replicas          int
	databases         int
	fast              bool
	multiAZ           bool
	transitEncryption string
}

// transitModes are the values of --transit-encryption.
func transitModes() []string {
	return []string{"off", string(simulator.TransitEncryptionPreferred), string(simulator.TransitEncryptionRequired)}
}

// parseFlags returns nil flags and the exit code when there is nothing to
// serve: help was asked for, or flags are wrong. All wrong ones are reported.
func parseFlags(args []string, stderr io.Writer) (*flags, int) {
	var f flags
	set := flag.NewFlagSet("simulator", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&f.listen, "listen", "127.0.0.1:4566", "`address` of the ElastiCache and EC2 APIs, a loopback one: anybody who reaches it can use it")
	set.StringVar(&f.group, "replication-group", "test-cluster", "`id` of the replication group")
	set.IntVar(&f.replicas, "replicas", 1, "`number` of replicas beside the primary, 0 to 5; 0 needs --multi-az=false")
	set.IntVar(&f.databases, "databases", 0, "`number` of logical databases; 0 takes the default parameter group's 16")
	set.BoolVar(&f.fast, "fast", false, "make the service's own delays of a migration take less than a second together; without it they take minutes, as at AWS")
	set.BoolVar(&f.multiAZ, "multi-az", true, "Multi-AZ with automatic failover; off makes a group that a preflight must refuse")
	set.StringVar(&f.transitEncryption, "transit-encryption", "off", "`mode` of in-transit encryption that the API shows: off, preferred, required; all but off make a group that refuses migrations")
	switch err := set.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil, 0
	case err != nil: // the flag set has reported it
		return nil, 2
	}
	if err := f.validate(set.Args()); err != nil {
		report(stderr, err)
		return nil, 2
	}
	return &f, 0
}

func (f *flags) validate(rest []string) error {
	var errs []error
	bad := func(name string, value any, want string) {
		errs = append(errs, fmt.Errorf("--%s is %q, want %s", name, fmt.Sprint(value), want))
	}
	if len(rest) > 0 {
		errs = append(errs, fmt.Errorf("unexpected arguments %q, there are only flags", rest))
	}
	if host, port, err := net.SplitHostPort(f.listen); err != nil || host == "" {
		bad("listen", f.listen, "host:port, e.g. 127.0.0.1:4566")
	} else if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		bad("listen", f.listen, "a port from 0 to 65535; 0 takes a free one")
	}
	if len(f.group) > 40 || !regexp.MustCompile(`^[A-Za-z](-?[A-Za-z0-9])*$`).MatchString(f.group) {
		bad("replication-group", f.group, "1 to 40 letters, digits and single hyphens, a letter first")
	}
	if f.replicas < 0 || f.replicas > 5 {
		bad("replicas", f.replicas, "0 to 5")
	}
	if f.replicas == 0 && f.multiAZ {
		bad("replicas", f.replicas, "1 to 5, because Multi-AZ needs a replica, or --multi-az=false")
	}
	if f.databases < 0 {
		bad("databases", f.databases, "1 or more, or 0 for the default")
	}
	if !slices.Contains(transitModes(), f.transitEncryption) {
		bad("transit-encryption", f.transitEncryption, fmt.Sprintf("one of %v", transitModes()))
	}
	return errors.Join(errs...)
}

// spec is the group as the simulator wants it.
func (f *flags) spec() simulator.ReplicationGroup {
	g := simulator.ReplicationGroup{ID: f.group, Replicas: f.replicas, Databases: f.databases, MultiAZ: simulator.Enabled}
	if !f.multiAZ {
		g.MultiAZ = simulator.Disabled
	}
	if f.transitEncryption != "off" {
		g.TransitEncryption = simulator.TransitEncryption(f.transitEncryption)
	}
	return g
}

func (f *flags) timing() simulator.Timing {
	if f.fast {
		return simulator.FastTiming()
	}
	return simulator.DefaultTiming()
}

// report writes an error, one line for each that was joined.
func report(w io.Writer, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			report(w, e)
		}
		return
	}
	fmt.Fprintln(w, "error:", err)
}
