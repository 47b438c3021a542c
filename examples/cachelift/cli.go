package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8/cwriter"

	"github.com/cachelift/cachelift/migration"
)

// The exit codes.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitBlocked = 3
)

// app is where the program meets the world, so that tests can run it.
type app struct {
	in       io.Reader
	out, err io.Writer
	// program starts the command lines that are printed, ready for a shell;
	// empty is cachelift.
	program string
	// canAsk tells that a person sits at in.
	canAsk bool
	// live tells that err is a terminal, where a bar can move.
	live bool
	// tune changes the library's options last. Tests make it fast.
	tune func(*migration.Options)
}

// execute is the program without its process: args begin with the program's
// name, and it returns the exit code.
func execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := app{in: stdin, out: stdout, err: stderr, program: programWord(args[0]), canAsk: isTerminal(stdin), live: isTerminal(stderr)}
	return a.execute(ctx, args[1:])
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && cwriter.IsTerminal(int(f.Fd()))
}

// exit is an error that has been reported to the user, with its exit code.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func (a app) execute(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	var code exit
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	}
	return a.usage(err) // cobra's own: an unknown command or flag
}

// usage reports wrong usage, a line for each error that was joined.
func (a app) usage(err error) int {
	a.report(err)
	fmt.Fprintln(a.err, "Run cachelift --help for usage.")
	return exitUsage
}

func (a app) report(err error) {
	for _, e := range flatten(err) {
		fmt.Fprintln(a.err, "error:", e)
	}
}

// flatten takes joined errors apart.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flatten(e)...)
	}
	return all
}

// stopped reports Ctrl-C before anything was begun.
func (a app) stopped() int {
	fmt.Fprintln(a.err, "Stopped. Neither end was changed.")
	return exitFailed
}

// command is what a command does once its flags are known to be good.
type command func(context.Context, *job) int

func (a app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "cachelift", Short: "Move a Redis or Valkey into Amazon ElastiCache without losing a write", Long: help,
		Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE: func(*cobra.Command, []string) error {
			return errors.New("a command is missing, want preflight, rehearse, run, status, abort, verify or workflow")
		},
	}
	add := func(name, short string, do command, more ...func(*cobra.Command, *flags)) {
		f := &flags{}
		c := &cobra.Command{Use: name, Short: short, Args: cobra.NoArgs}
		f.common(c)
		for _, m := range more {
			m(c, f)
		}
		c.RunE = func(c *cobra.Command, _ []string) error {
			var code int
			if c.Flags().Changed("facts") { // false for a command without it
				code = a.replay(c, f)
			} else {
				code = a.run(c, f, do)
			}
			if code != exitDone {
				return exit(code)
			}
			return nil
		}
		root.AddCommand(c)
	}
	add("preflight", "Check both ends and the network between them; change nothing", a.preflight, judgeFlags, preflightFlags)
	add("rehearse", "Try the cut-over up to the point of no return, and resume writes", a.rehearse, judgeFlags, yesFlag, pauseFlags, rehearseFlags)
	add("run", "Migrate, or go on with a migration, to the end or --until in_sync", a.migrate, judgeFlags, yesFlag, pauseFlags, scheduleFlags, runFlags)
	add("status", "Look at AWS and both servers once; change nothing", a.status)
	add("abort", "Stop the migration; the application stays on the source", a.abort, yesFlag, abortFlags)
	root.AddCommand(a.verify(), a.workflow())
	return root
}

// run checks the flags, connects and calls the command.
func (a app) run(c *cobra.Command, f *flags, do command) int {
	s, err := f.settings()
	if err != nil {
		return a.usage(err)
	}
	j, err := a.connect(c.Context(), s)
	switch {
	case err != nil && c.Context().Err() != nil:
		return a.stopped()
	case err != nil:
		return a.usage(err)
	}
	j.cmd = c
	return do(c.Context(), j)
}
