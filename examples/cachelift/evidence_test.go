package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestEvidence: there is a file of a failure and of a success, in both formats.
func TestEvidence(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	if _, err := w.sim.Inject(simulator.Fault{Kind: simulator.FaultRejectedRDB, Count: 1}); err != nil {
		t.Fatal(err)
	}
	doc, text := filepath.Join(dir, "result.json"), filepath.Join(dir, "result.md")
	o := mustCall(t, exitFailed, w.first("run", "--yes", "--evidence", doc)...)
	contains(t, o.errOut, "outlook:  running again", "--evidence "+doc)
	if r := decode[migration.Result](t, readFile(t, doc)); r.State != progress.StateFailed || r.Plan.Source.String() != w.source.Addr() || r.Preflight == nil {
		t.Errorf("the evidence of the failure is %+v", r)
	}
	if err := os.WriteFile(text, []byte("an old one"), 0o644); err != nil {
		t.Fatal(err)
	}
	mustCall(t, exitDone, w.args("run", "--yes", "--evidence", text)...)
	md := readFile(t, text)
	contains(t, md, "# Migration test-cluster-", ": done\n", "## Cut-over", "min-replicas-to-write", "Complete Migration successful")
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("the folder has %v, %v", left, err)
	}
}

// TestEvidenceThatCannotBeWritten: the application is on the group all the same.
func TestEvidenceThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := filepath.Join(t.TempDir(), "ticket")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	o := mustCall(t, exitDone, w.first("run", "--yes", "--output", "json", "--evidence", filepath.Join(dir, "a.md"), "--switch-command", "rmdir "+quote(dir))...)
	contains(t, o.errOut, "error: --evidence: ", "stays closed to writes")
	if last := lastLine(t, o.out); last.EvidenceError == "" || last.Result.State != progress.StateDone || last.ExitCode != exitDone {
		t.Errorf("the last line has the error %q and the state %s", last.EvidenceError, last.Result.State)
	}
}

// TestEvidenceOfAnotherProcess: the file is left to the process that drives.
func TestEvidenceOfAnotherProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.json")
	j := &job{settings: settings{flags: &flags{evidence: path}}}
	if err := j.storeEvidence(migration.Result{}, migration.ErrLeaseHeld); err != nil || exists(path) {
		t.Errorf("error %v, or there is a file", err)
	}
	if err := j.storeEvidence(migration.Result{}, nil); err != nil || !exists(path) {
		t.Errorf("error %v, or there is no file", err)
	}
}
