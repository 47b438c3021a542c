package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/migration"
)

// interrupted runs the program and cancels its context, as main does for the
// first Ctrl-C, once stderr holds the text.
func interrupted(t *testing.T, at string, tune func(*migration.Options), args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errOut buffer
	errOut.seen = func(all string) {
		if strings.Contains(all, at) {
			cancel()
		}
	}
	code := app{in: strings.NewReader(""), out: &out, err: &errOut, tune: tune}.execute(ctx, args)
	if ctx.Err() == nil {
		t.Fatalf("%q never came:\n%s", at, errOut.String())
	}
	return outcome{code, out.String(), errOut.String()}
}

// resumed runs the command line that was printed, split by a real shell.
func resumed(t *testing.T, text string) outcome {
	t.Helper()
	for line := range strings.Lines(text) {
		command, ok := strings.CutPrefix(line, "  cachelift ")
		if !ok {
			continue
		}
		b, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", `printf '%s\0' `+command).Output()
		if err != nil {
			t.Fatal(err)
		}
		return mustCall(t, exitDone, strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")...)
	}
	t.Fatalf("no command line to resume with in:\n%s", text)
	return outcome{}
}

func TestInterruptInSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source := dial(t, w.source.Addr())
	before := state(t, source)
	patient := func(o *migration.Options) {
		fast(o)
		o.InSyncFor = time.Minute
	}
	o := interrupted(t, "(caught_up)", patient, w.first("run", "--yes", "--max-write-pause", "20s", "--switch-command", "echo 'it is'")...)
	if o.code != exitFailed || o.out != "" {
		t.Errorf("exit code %d, stdout %q", o.code, o.out)
	}
	contains(t, o.errOut, "Stopping", "Stopped in in_sync", "--max-write-pause 20s")
	untouched(t, source, before)
	w.becomes(t, "migrating") // it goes on replicating
	o = resumed(t, o.errOut)
	contains(t, o.out, "done", "write pause")
	contains(t, o.errOut, "it is\n")
}

func TestInterruptSwitch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	marker := filepath.Join(t.TempDir(), "a marker")
	// It hangs the first time and works from then on.
	hangs := "if test -e '" + marker + "'; then echo switched; else touch '" + marker + "'; echo hanging; exec sleep 60; fi"
	o := interrupted(t, "hanging", fast, w.first("run", "--yes", "--switch-command", hangs)...)
	if o.code != exitFailed || !exists(marker) {
		t.Errorf("exit code %d", o.code)
	}
	contains(t, o.errOut, "Stopping", "cachelift run --plan")
	if err := dial(t, w.source.Addr()).Set(t.Context(), "late", "write", 0).Err(); err == nil {
		t.Error("the source takes writes although the group is promoted")
	}
	o = resumed(t, o.errOut)
	contains(t, o.errOut, "switched")
	contains(t, o.out, "done", w.group.PrimaryEndpoint().String())
}

func TestResumeAfterPlanOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mustCall(t, exitDone, w.first("run", "--until", "in_sync", "--yes")...)
	plan, err := os.ReadFile(w.plan)
	if err != nil {
		t.Fatal(err)
	}
	o := mustCall(t, exitUsage, w.args("status", "--source", "127.0.0.1:1")...)
	contains(t, o.errOut, `--source is "127.0.0.1:1"`, w.plan)
	mustCall(t, exitDone, "run", "--plan", w.plan, "--endpoint-url", w.url, "--ec2-endpoint-url", w.url, "--yes", "--source", w.source.Addr())
	if again, err := os.ReadFile(w.plan); err != nil || string(again) != string(plan) {
		t.Errorf("the plan was changed: %s, %v", again, err)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mustCall(t, exitDone, w.first("run", "--until", "in_sync", "--yes")...)
	plan, err := loadPlan(w.plan)
	if err != nil {
		t.Fatal(err)
	}
	other := migration.NewFileLease(plan.lock())
	if err := other.Acquire(t.Context(), plan.Plan); err != nil {
		t.Fatal(err)
	}
	calls := len(w.sim.Calls())
	o := mustCall(t, exitFailed, w.args("run", "--yes")...)
	contains(t, o.errOut, "Another process drives", "process "+strconv.Itoa(os.Getpid()))
	mustCall(t, exitFailed, w.args("abort", "--yes")...)
	if n := len(w.sim.Calls()); n != calls {
		t.Errorf("%d calls were made without the lease", n-calls)
	}
	mustCall(t, exitDone, w.args("status")...) // which changes nothing
	if err := other.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustCall(t, exitDone, w.args("abort", "--yes")...)
	if exists(w.plan) || exists(plan.lock()) {
		t.Error("abort left the plan or its lock behind")
	}
}
