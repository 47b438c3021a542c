package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/progress"
)

func TestFlags(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		args string
		want []string // in standard error; none: fine
	}{
		{"--keys 12", []string{`--keys is "12", want a number from 100 to`}},
		{"--keys x --value-size 0 --writes-per-second -1 --seed -1 --nonsense left",
			[]string{"--keys", "--value-size", "--writes-per-second", "--seed", "nonsense", `unexpected argument "left"`}},
		{"--json=maybe", []string{"maybe"}},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), strings.Fields(row.args), &stdout, &stderr); code != 2 || stdout.Len() > 0 {
			t.Errorf("%s: exit code %d, standard output %q, want 2 and nothing", row.args, code, &stdout)
		}
		for _, want := range row.want {
			if problems, _, _ := strings.Cut(stderr.String(), "\n\n"); !strings.Contains(problems, want) {
				t.Errorf("%s: no %q in %s", row.args, want, problems)
			}
		}
	}
	var stdout bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, &stdout, io.Discard); code != 0 || !strings.Contains(stdout.String(), "--keep") {
		t.Errorf("--help: exit code %d, %s", code, &stdout)
	}
	o, err := parseFlags([]string{"--keys=500", "--value-size", "5", "--writes-per-second=6", "--seed=18446744073709551615", "--json", "--keep"})
	if want := (options{keys: 500, valueSize: 5, writesPerSecond: 6, seed: 1<<64 - 1, json: true, keep: true}); err != nil || o != want {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestDatasetIsAFunctionOfTheSeed(t *testing.T) {
	t.Parallel()
	draw := func(seed uint64) (all []entry) {
		d := dataset{keys: 3000, valueSize: 1, seed: seed}
		if err := d.sample(700, func(e entry) error { all = append(all, e); return nil }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	first := draw(1)
	if len(first) != 700 || !slices.Equal(first, draw(1)) || slices.Equal(first, draw(2)) {
		t.Errorf("%d keys; want 700, the same for the same seed and others for another", len(first))
	}
	for i := range bigKeys {
		if first[i].index != i || !first[i].big() {
			t.Errorf("big key %d is not in the sample", i)
		}
	}
	content := func() string {
		p := redis.NewClient(&redis.Options{}).Pipeline()
		d := dataset{keys: 3000, valueSize: 20, seed: 1}
		for i := bigKeys; i < 100; i++ {
			d.content(t.Context(), p, d.entry(i))
		}
		return fmt.Sprint(p.Cmds())
	}
	if a, b := content(), content(); a != b {
		t.Error("two loads of the same seed differ")
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	closed := connect("127.0.0.1:1", 0, 1)
	defer closed.Close()
	for _, row := range []struct {
		why  string
		err  error
		want outcome
	}{
		{"reply", nil, acknowledged},
		{"error reply", redisError("NOREPLICAS Not enough good replicas to write."), refused},
		{"not connected", closed.Ping(t.Context()).Err(), refused},
		{"timeout", &net.OpError{Op: "read", Err: context.DeadlineExceeded}, ambiguous},
		{"connection lost", io.EOF, ambiguous},
	} {
		if got := classify(row.err); got != row.want {
			t.Errorf("%s: %v is %d, want %d", row.why, row.err, got, row.want)
		}
	}
}

type redisError string

func (e redisError) Error() string { return string(e) }
func (redisError) RedisError()     {}

func TestBar(t *testing.T) {
	t.Parallel()
	now := time.Now()
	events := []progress.Event{
		progress.StateChanged{Header: progress.Header{At: now}, From: progress.StateStarting, To: progress.StateSyncing},
		progress.Sampled{Header: progress.Header{At: now, State: progress.StateSyncing}, Sample: progress.Sample{
			Phase: progress.PhaseTransfer, Percent: 42.5, BytesPerSecond: 12e6, ETA: 3 * time.Second}},
		progress.Noted{Header: progress.Header{At: now}, Text: "a line above the bar"},
		progress.StateChanged{Header: progress.Header{At: now}, From: progress.StateSyncing, To: progress.StateInSync},
	}
	for _, terminal := range []string{"", "terminal"} {
		var out bytes.Buffer
		b := newBar(&screen{Writer: &out, terminal: terminal != ""})
		for _, e := range events {
			b.Observe(t.Context(), e)
		}
		b.close()
		for _, want := range []string{"42.5%", "a line above the bar", "syncing -> in_sync"} {
			if terminal != "" && want == "42.5%" {
				want = "100.0% streaming 12.0 MB/s ETA 0s" // 42.5 % may never have been drawn
			}
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q: no %q in %q", terminal, want, &out)
			}
		}
		if got := strings.Contains(out.String(), "[="); got != (terminal != "") {
			t.Errorf("%q: a bar is drawn: %t in %q", terminal, got, &out)
		}
		if strings.Contains(out.String(), "\x1b[32m") {
			t.Errorf("%q: colours that were not asked for: %q", terminal, &out)
		}
	}
	if newScreen(&bytes.Buffer{}).terminal {
		t.Error("a buffer is no terminal")
	}
}
