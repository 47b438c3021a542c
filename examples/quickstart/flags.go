package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
)

// options are the program's flags.
type options struct {
	keys            int
	valueSize       int
	writesPerSecond int
	seed            uint64
	json            bool
	keep            bool
}

func defaults() options {
	return options{keys: 200_000, valueSize: 1024, writesPerSecond: 2000, seed: 1}
}

func usage(w io.Writer) {
	o := defaults()
	fmt.Fprintf(w, `Migrates a local Redis with live writers into a simulated ElastiCache and proves
that nothing was lost. Needs redis-server 7.0 or newer.

  --keys N               keys to load, all types together (%d; at least %d)
  --value-size BYTES     size of the strings (%d)
  --writes-per-second N  writes of all writers together (%d)
  --seed N               the data is a function of it (%d)
  --json                 summary as one JSON document on standard output, all else on standard error
  --keep                 leave the servers running until Ctrl-C, after a failure too, and print how to connect

Exit codes: 0 nothing was lost, 1 something failed or was lost, 2 usage.
`, o.keys, minKeys, o.valueSize, o.writesPerSecond, o.seed)
}

// parseFlags reads the arguments and reports every problem at once.
func parseFlags(args []string) (options, error) {
	o := defaults()
	var problems []error
	fs := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	number := func(name string, to *int, least, most int) {
		fs.Func(name, "", func(s string) error {
			n, err := strconv.Atoi(s)
			if err != nil || n < least || n > most {
				problems = append(problems, fmt.Errorf("--%s is %q, want a number from %d to %d", name, s, least, most))
				return nil
			}
			*to = n
			return nil
		})
	}
	number("keys", &o.keys, minKeys, 1_000_000_000)
	number("value-size", &o.valueSize, 1, 512<<20)
	number("writes-per-second", &o.writesPerSecond, 1, 1_000_000)
	fs.Func("seed", "", func(s string) (err error) {
		if o.seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			problems = append(problems, fmt.Errorf("--seed is %q, want a number from 0 to 2^64-1", s))
		}
		return nil
	})
	fs.BoolVar(&o.json, "json", false, "")
	fs.BoolVar(&o.keep, "keep", false, "")

	// Parse stops at an unknown flag; what is left may hold more problems.
	for {
		err := fs.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		if args = fs.Args(); err != nil {
			problems = append(problems, err)
			continue
		}
		if len(args) == 0 {
			return o, errors.Join(problems...)
		}
		problems = append(problems, fmt.Errorf("unexpected argument %q", args[0]))
		args = args[1:]
	}
}
