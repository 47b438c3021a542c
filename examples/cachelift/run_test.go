package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// TestWholeMigration is what the help describes, step by step, each step a new
// process as far as the program can tell.
func TestWholeMigration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "--min-replicas-to-write", "0")
	source, target := dial(t, w.source.Addr()), dial(t, w.group.PrimaryEndpoint().String())
	if err := source.Set(t.Context(), "greeting", "hello", 0).Err(); err != nil {
		t.Fatal(err)
	}

	o := mustCall(t, exitDone, w.first("run", "--until", "in_sync", "--yes")...)
	contains(t, o.out, "in_sync", w.source.Addr(), "replication-group/test-cluster")
	contains(t, o.errOut, "caught_up", "cachelift run --plan "+w.plan)
	if !exists(w.plan) {
		t.Fatal("the plan is not stored")
	}

	w.becomes(t, "migrating") // in sync can be seen on the servers before
	o = mustCall(t, exitDone, w.args("status")...)
	contains(t, o.out, "in_sync", "migrating", "slave", "open", "streaming")
	contains(t, o.errOut, "cachelift run --plan")

	log := filepath.Join(t.TempDir(), "switched")
	o = mustCall(t, exitDone, "run", "--plan", w.plan, "--endpoint-url", w.url, "--ec2-endpoint-url", w.url, "--yes",
		"--switch-command", `echo "$CACHELIFT_ADDRESS:$CACHELIFT_PORT" > '`+log+`'`)
	contains(t, o.out, "done", w.group.PrimaryEndpoint().String(), "write pause", "Complete Migration successful for test-cluster")
	contains(t, o.errOut, "resuming", "stays closed to writes")
	if b, err := os.ReadFile(log); err != nil || strings.TrimSpace(string(b)) != w.group.PrimaryEndpoint().String() {
		t.Errorf("the switch command saw %q, %v", b, err)
	}
	if got, err := target.Get(t.Context(), "greeting").Result(); got != "hello" {
		t.Errorf("greeting on the target is %q, %v", got, err)
	}
	if err := target.Set(t.Context(), "new", "write", 0).Err(); err != nil {
		t.Errorf("the target takes no writes: %v", err)
	}
	if err := source.Set(t.Context(), "late", "write", 0).Err(); err == nil || !strings.HasPrefix(err.Error(), "NOREPLICAS") {
		t.Errorf("a late write to the source got %v, want NOREPLICAS", err)
	}
	old, err := source.ConfigGet(t.Context(), "min-replicas-to-write").Result()
	if err != nil || old["min-replicas-to-write"] != "1000000" {
		t.Errorf("min-replicas-to-write is %v, %v; the help says old value plus 1000000", old, err)
	}
	afterwards(t, w)
}

// afterwards: a migration that is done cannot be aborted, and running it again
// changes nothing.
func afterwards(t *testing.T, w *world) {
	t.Helper()
	o := mustCall(t, exitDone, w.args("status")...)
	contains(t, o.out, "available", "master", "stopped")
	contains(t, o.errOut, "promoted")
	o = mustCall(t, exitFailed, w.args("abort", "--yes")...)
	contains(t, o.errOut, "completion has been requested", "cachelift run --plan")
	o = mustCall(t, exitDone, w.args("run", "--yes", "--output", "json")...)
	if last := lastLine(t, o.out); last.Result.State != progress.StateDone || last.Kind != "result" || last.ExitCode != 0 || last.Resume != "" {
		t.Errorf("the last line is %+v", last)
	}
}

// lastLine checks that every line is a JSON object with a kind and returns the
// last one.
func lastLine(t *testing.T, out string) resultJSON {
	t.Helper()
	var last resultJSON
	lines := bufio.NewScanner(strings.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		last = resultJSON{}
		if err := json.Unmarshal(lines.Bytes(), &last); err != nil || last.Kind == "" {
			t.Fatalf("%v in line %s", err, lines.Text())
		}
	}
	return last
}

func TestFailedStartSaysWhyAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.sim.Inject(simulator.Fault{Kind: simulator.FaultRejectedRDB, Count: 1}); err != nil {
		t.Fatal(err)
	}
	before := state(t, dial(t, w.source.Addr()))
	o := mustCall(t, exitFailed, w.first("run", "--yes")...)
	contains(t, o.errOut, "error: ", "why: ", "evidence: ", "remedy: ", string(progress.CauseRDBRejected), "cachelift run --plan", "remove "+w.plan)
	if o.out != "" {
		t.Errorf("stdout of a failed run has no result, got %q", o.out)
	}
	untouched(t, dial(t, w.source.Addr()), before)
	mustCall(t, exitDone, w.args("run", "--yes", "--until", "in_sync")...)
}

func TestAbort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := state(t, dial(t, w.source.Addr()))
	mustCall(t, exitDone, w.first("run", "--until", "in_sync", "--yes")...)

	o := mustCall(t, exitUsage, w.args("abort")...)
	contains(t, o.errOut, "This aborts", "--yes is missing")
	w.becomes(t, "migrating") // nothing is done without --yes

	o = mustCall(t, exitDone, w.args("abort", "--yes", "--output", "json", "--reason", "a rehearsal")...)
	if doc := decode[abortJSON](t, o.out); !doc.Aborted || doc.Plan.Source.String() != w.source.Addr() {
		t.Errorf("got %+v", doc)
	}
	contains(t, o.errOut, "a rehearsal")
	if exists(w.plan) {
		t.Error("the plan is still there")
	}
	if w.group.Status() != "available" {
		t.Errorf("the group is %s", w.group.Status())
	}
	untouched(t, dial(t, w.source.Addr()), before)

	o = mustCall(t, exitDone, w.first("abort", "--yes")...) // nothing is under way
	contains(t, o.out, "aborted")
	o = mustCall(t, exitDone, w.first("status", "--output", "json")...)
	if s := decode[progress.Snapshot](t, o.out); s.State != progress.StateNew || s.TargetStatus != "available" {
		t.Errorf("got %+v", s)
	}
}

func TestConfirmation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := mustCall(t, exitUsage, w.first("run")...)
	contains(t, o.errOut, "This migrates "+w.source.Addr(), "--yes is missing")
	for _, answer := range []string{"", "no\n", "y"} {
		var out, errOut buffer
		a := app{in: strings.NewReader(answer), out: &out, err: &errOut, canAsk: true, tune: fast}
		if code := a.execute(t.Context(), w.first("run")); code != exitFailed {
			t.Errorf("answer %q: exit code %d", answer, code)
		}
		contains(t, errOut.String(), "Type yes", "Nothing was changed")
	}
	if exists(w.plan) || len(w.sim.Calls()) != 0 {
		t.Errorf("something was done without consent: %v", w.sim.Calls())
	}
	var out, errOut buffer
	a := app{in: strings.NewReader("yes\n"), out: &out, err: &errOut, canAsk: true, live: true, tune: fast}
	if code := a.execute(t.Context(), w.first("run", "--until", "in_sync")); code != exitDone {
		t.Errorf("answer yes: exit code %d\n%s", code, errOut.String())
	}
	contains(t, out.String(), "in_sync")
}

func TestRestoresOldSettingWhenSwitchIsNotReached(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source := dial(t, w.source.Addr())
	before := state(t, source)
	var out, errOut buffer
	a := app{in: strings.NewReader(""), out: &out, err: &errOut, tune: func(o *migration.Options) {
		fast(o)
		o.MaxWritePause, o.CutoverAttempts = 1, 1 // a nanosecond is never enough
	}}
	if code := a.execute(t.Context(), w.first("run", "--yes")); code != exitFailed {
		t.Fatalf("exit code %d\n%s", code, errOut.String())
	}
	contains(t, errOut.String(), "error: ", "cachelift run --plan")
	untouched(t, source, before)
	if w.group.Status() != "migrating" {
		t.Errorf("the group is %s", w.group.Status())
	}
}
