package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/verify"
)

// pair is two servers with the same keys.
func pair(t *testing.T) (source, target *redis.Client, args []string) {
	t.Helper()
	a, b := startSource(t), startSource(t)
	source, target = dial(t, a.Addr()), dial(t, b.Addr())
	for _, c := range []*redis.Client{source, target} {
		pipe := c.Pipeline()
		for i := range 200 {
			pipe.Set(t.Context(), fmt.Sprint("key:", i), i, 0)
		}
		pipe.HSet(t.Context(), "user", "name", "Ann", "city", "Bern")
		if _, err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return source, target, []string{"verify", "--source", a.Addr(), "--target", b.Addr()}
}

// plant makes three keys missing, one extra, a value and an expiry different.
func plant(t *testing.T, target *redis.Client) {
	t.Helper()
	pipe := target.Pipeline()
	pipe.Del(t.Context(), "key:1", "key:2", "key:3")
	pipe.Set(t.Context(), "a\nb\",", "x", 0)
	pipe.HSet(t.Context(), "user", "city", "Basel")
	pipe.Expire(t.Context(), "key:4", 3600e9)
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyEqual(t *testing.T) {
	t.Parallel()
	_, _, args := pair(t)
	for _, more := range []string{
		"", "--mode counts", "--mode sample --loss-rate 0.001 --confidence 0.999", "--mode sample --sample-size 50", "--match key:* --type string --db 0 --expiry-tolerance 0s",
		"--keys-per-second 100000 --bytes-per-second 10000000 --max-latency 1s --parallel 2 --checkpoint " + filepath.Join(t.TempDir(), "kept"),
	} {
		o := mustCall(t, exitDone, append(args, strings.Fields(more)...)...)
		contains(t, o.out, "EQUAL: ", "db 0: ")
		if strings.Contains(o.out, "more:") {
			t.Errorf("%s: differences in\n%s", more, o.out)
		}
	}
}

func TestVerifyText(t *testing.T) {
	t.Parallel()
	_, target, args := pair(t)
	plant(t, target)
	o := mustCall(t, exitDifferent, args...)
	contains(t, o.out, "DIFFERENT: ", "3 missing\n", "1 extra\n", "1 value\n", "1 expiry\n", `extra string db 0 "a\x0ab\","`, "value hash db 0 user at sha256:", "missing string db 0 key:2")
	for _, secret := range []string{"Basel", "Bern", "more:"} {
		if strings.Contains(o.out, secret) {
			t.Errorf("%q in:\n%s", secret, o.out)
		}
	}
	o = mustCall(t, exitDifferent, append(args, "--max-differences", "2", "--values", "show")...)
	contains(t, o.out, "... and 4 more: --max-differences 6 shows them, --output csv or json")
	o = mustCall(t, exitDifferent, append(args, "--max-differences", "0")...)
	contains(t, o.out, "3 missing", "... and 6 more: --max-differences 6")
	o = mustCall(t, exitDifferent, append(args, "--values", "show", "--type", "hash")...)
	contains(t, o.out, "at city", "1 value")
}

// TestVerifyExpiryAlone is a difference too.
func TestVerifyExpiryAlone(t *testing.T) {
	t.Parallel()
	_, target, args := pair(t)
	if err := target.Expire(t.Context(), "key:4", 3600e9).Err(); err != nil {
		t.Fatal(err)
	}
	contains(t, mustCall(t, exitDifferent, args...).out, "EQUAL BUT EXPIRY: ", "1 expiry")
}

func TestVerifyStreams(t *testing.T) {
	t.Parallel()
	_, target, args := pair(t)
	plant(t, target)
	o := mustCall(t, exitDifferent, append(args, "--output", "csv")...)
	rows, err := csv.NewReader(strings.NewReader(o.out)).ReadAll()
	if err != nil || len(rows) != 7 || rows[0][0] != "class" || rows[0][3] != "key" {
		t.Errorf("%v, %d rows in\n%s", err, len(rows), o.out)
	}
	contains(t, o.out, `extra,0,string,"""a\x0ab\"",""`)
	contains(t, o.errOut, "DIFFERENT: ", "3 missing")

	o = mustCall(t, exitDifferent, append(args, "--output", "json")...)
	var last verdictJSON
	differences := 0
	lines := bufio.NewScanner(strings.NewReader(o.out))
	for lines.Scan() {
		var d differenceJSON
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		if d.Kind == "difference" && d.Name == verify.Quote(d.Key) && d.Class != "" {
			differences++
		}
		last = verdictJSON{}
		if err := json.Unmarshal(lines.Bytes(), &last); err != nil {
			t.Fatal(err)
		}
	}
	if differences != 6 || last.Kind != "result" || last.ExitCode != exitDifferent || last.Report.Verdict != verify.Different || last.Report.Counts[verify.ClassMissing] != 3 {
		t.Errorf("%d differences, and at last %+v", differences, last)
	}
}

// TestVerifyUsage: all that is wrong at once, in the words of the flags, and nothing is
// asked.
func TestVerifyUsage(t *testing.T) {
	t.Parallel()
	for args, want := range map[string][]string{
		"verify": {"--source is missing, want host:port", "--target is missing"},
		"verify --source a:1 --target a:1 --mode some --output xml --values all --max-differences -1 --type text --db -1 --loss-rate 2 --keys-per-second -5 --expiry-tolerance -1s": {
			"which is --source too", `--mode is "some", want counts, sample or full`, `--output is "xml", want text, json or csv`, "--values is", "--max-differences is -1",
			`--type is "text"`, "--db is -1", "--loss-rate is 2", "--keys-per-second is -5", "--expiry-tolerance is -1s, want 0s or more",
		},
		"verify --source a:0 --target b --sample-size 5":                                  {`--source is "a:0"`, `--target is "b"`, "--sample-size, --loss-rate or --confidence is set and --mode is"},
		"verify --source a:1 --target b:1 --mode sample --sample-size 5 --confidence 0.5": {"--sample-size is set, and --loss-rate or --confidence"},
		"verify --source a:1 --target b:1 --parallel many":                                {"--parallel"},
		"verify --source a:1 --target b:1 extra":                                          {"extra"},
		"run --replication-group-id g --source a:1 --verify some":                         {`--verify is "some", want sample, full or none`},
	} {
		o := call(t.Context(), strings.Fields(args)...)
		if o.code != exitUsage || o.out != "" {
			t.Errorf("%s: exit code %d, stdout %q", args, o.code, o.out)
		}
		contains(t, o.errOut, want...)
		if strings.Contains(o.errOut, "Options.") || strings.Count(o.errOut, "--keys-per-second") > 1 {
			t.Errorf("%s: the library's words, or twice, in:\n%s", args, o.errOut)
		}
	}
	contains(t, mustCall(t, exitDone, "verify", "--help").out, "Exit codes:", "--loss-rate", "--checkpoint", "--max-latency", targetPasswordVariable)
}

// TestVerifyServerGone: one that does not answer is told of at once, one that goes
// away in the middle after --wait-for; neither is a difference.
func TestVerifyServerGone(t *testing.T) {
	t.Parallel()
	_, _, args := pair(t)
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	o := mustCall(t, exitFailed, "verify", "--source", args[2], "--target", nobody.Addr().String())
	contains(t, o.errOut, "the target does not answer", nobody.Addr().String())
	if o.out != "" {
		t.Errorf("stdout %q", o.out)
	}

	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and ends them
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	go func() {
		for {
			c, err := silent.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	o = mustCall(t, exitFailed, "verify", "--source", args[2], "--target", silent.Addr().String(), "--wait-for", "200ms")
	contains(t, o.out, "NOT PROVEN", "did not come to its end")
	contains(t, o.errOut, "the target was not to be reached for 200ms")
}

// TestVerifyStopped: Ctrl-C leaves something that the same command ends.
func TestVerifyStopped(t *testing.T) {
	t.Parallel()
	source, target, args := pair(t)
	for _, c := range []*redis.Client{source, target} { // more than is read at once
		if err := c.Eval(t.Context(), "for i = 1, 5000 do redis.call('SET', 'more:' .. i, i) end", nil).Err(); err != redis.Nil {
			t.Fatal(err)
		}
	}
	kept := filepath.Join(t.TempDir(), "kept")
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	o := call(ctx, append(args, "--checkpoint", kept, "--keys-per-second", "10")...)
	if o.code != exitFailed {
		t.Errorf("exit code %d", o.code)
	}
	contains(t, o.errOut, "Stopped", "The same command goes on where this one ended.")
	o = mustCall(t, exitDone, append(args, "--checkpoint", kept, "--output", "json")...)
	var last verdictJSON
	if err := json.Unmarshal([]byte(o.out), &last); err != nil || last.Report.Resumed != 1 || last.Report.Source.Keys != 5201 {
		t.Errorf("%v; the second command resumed %d times and there were %d keys, want 1 and 5201", err, last.Report.Resumed, last.Report.Source.Keys)
	}
	if exists(kept) {
		t.Error("the checkpoint was left behind")
	}
}

// TestRunVerifies: the whole way, and a source that has what the group lacks.
func TestRunVerifies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source := dial(t, w.source.Addr())
	if err := source.Set(t.Context(), "greeting", "hello", 0).Err(); err != nil {
		t.Fatal(err)
	}
	mustCall(t, exitDone, w.first("run", "--until", "in_sync", "--yes")...)
	lost := func() error {
		return source.Eval(t.Context(), "redis.set_repl(redis.REPL_NONE) return redis.call('SET', KEYS[1], 'x')", []string{"lost"}).Err()
	}
	if err := lost(); err != nil {
		t.Fatal(err)
	}
	o := mustCall(t, exitDifferent, w.args("run", "--yes", "--verify", "full")...)
	contains(t, o.errOut, "verify-in-sync", "source and target differ: 1 missing", "--verify full")
	if err := source.Del(t.Context(), "lost").Err(); err != nil {
		t.Errorf("the source takes no writes: %v", err)
	}
	o = mustCall(t, exitDone, w.args("run", "--yes", "--verify", "full", "--output", "json")...)
	last := lastLine(t, o.out)
	if last.Result.State != progress.StateDone || len(last.Result.Verify) != 2 || last.Result.Verify[1].Step != migration.StepVerifyInPause || last.Result.Verify[1].Report.Verdict != verify.Equal {
		t.Errorf("the result is %+v", last.Result.Verify)
	}
}
