package verify_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify/internal/dataset"
)

// What steers the benchmark, from the environment.
const (
	// benchKeys is how many keys the sets have at 1x.
	benchKeys = "CACHELIFT_BENCH_KEYS"
	// benchTimes are the multiples of that, e.g. "1,2,5".
	benchTimes = "CACHELIFT_BENCH_TIMES"
	// benchSets are the sets, e.g. "S,M,O": O is M with names that do not tell
	// the type of a value.
	benchSets = "CACHELIFT_BENCH_SETS"
	// benchRounds is how often each pair of runs is repeated.
	benchRounds = "CACHELIFT_BENCH_ROUNDS"
	// benchOut is the file for the table.
	benchOut = "CACHELIFT_BENCH_OUT"
)

// gentleRuns is how many runs there are to find the slowest command.
const gentleRuns = 3

// BenchmarkCompare measures a full comparison, with expiries and in both
// directions, of a server and a replica of it, against the floor: the leanest
// client that reads the values of both and nothing more; see readFloor. Both
// run as processes of their own, in turns, so that what disturbs the machine
// disturbs both. The table is printed, and written to a file if one is named.
func BenchmarkCompare(b *testing.B) {
	if os.Getenv(childRun) != "" {
		runChild(b)
		return
	}
	var t table
	for _, kind := range strings.Split(setting(benchSets, "S,M"), ",") {
		for _, times := range strings.Split(setting(benchTimes, "1,2"), ",") {
			t.cases = append(t.cases, benchCase(b, kind, positive(b, benchTimes, times)))
			text := t.String()
			fmt.Print(text)
			if out := os.Getenv(benchOut); out != "" {
				if err := os.WriteFile(out, []byte(text), 0o600); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

func setting(name, normal string) string {
	if s := os.Getenv(name); s != "" {
		return s
	}
	return normal
}

func positive(b *testing.B, name, text string) int {
	b.Helper()
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("%s: %q, want numbers above 0", name, text)
	}
	return n
}

// benchCase measures one set at one multiple of its size.
func benchCase(b *testing.B, kind string, times int) *result {
	b.Helper()
	keys := times * positive(b, benchKeys, setting(benchKeys, "1000000"))
	set := dataset.S(keys, time.Now())
	if kind != "S" {
		set = dataset.M(dataset.Full(keys), time.Now())
		set.Opaque = kind == "O"
	}
	source, target := pair(b, set)
	res := &result{kind: kind, times: times, keys: set.Count()}
	floor := func() { res.floor = append(res.floor, child(b, "floor", source, target, set)) }
	verify := func() { res.verify = append(res.verify, child(b, "verify", source, target, set)) }
	for round := range positive(b, benchRounds, setting(benchRounds, "5")) {
		// Whoever comes second finds warm caches: take turns.
		if round%2 == 0 {
			floor()
			verify()
		} else {
			verify()
			floor()
		}
	}
	// A client that gives way leaves both servers a core while they carry out a
	// command, so that it is the command that takes the time. What else holds a
	// server up does not meet the same command each time.
	for range gentleRuns {
		res.gentle = append(res.gentle, child(b, "verify", source, target, set, "nice", "-n", "19"))
	}
	return res
}

// pair starts a server that holds the set, and a replica of it that is in
// sync. They end with the benchmark.
func pair(b *testing.B, set dataset.Set) (source, target *simulator.Redis) {
	b.Helper()
	start := func() *simulator.Redis {
		r, err := simulator.StartRedis(b.Context(), simulator.RedisOptions{Args: []string{
			"--repl-diskless-sync-delay", "0", "--client-output-buffer-limit", "replica 0 0 0",
			"--slowlog-log-slower-than", "1000", "--slowlog-max-len", "10000",
		}})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = r.Close() })
		return r
	}
	source, target = start(), start()
	if err := set.Write(b.Context(), source.Addr()); err != nil {
		b.Fatal(err)
	}
	c := plainClient(target.Addr())
	defer func() { _ = c.Close() }()
	e := source.Endpoint()
	if err := c.Do(b.Context(), "REPLICAOF", e.Address, e.Port).Err(); err != nil {
		b.Fatal(err)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Minute)
	for {
		text, err := c.Info(b.Context(), "replication").Result()
		if err == nil && strings.Contains(text, "master_link_status:up") {
			return source, target
		}
		select {
		case <-tick.C:
		case <-deadline:
			b.Fatal("the replica is not in sync within 10 minutes")
		}
	}
}

// slowLog is for how long the slower commands occupied the servers, by server and
// all arguments.
type slowLog map[string]slowest

// slowest is a command that took a server long.
type slowest struct {
	took    time.Duration
	command string
}

// slow empties the slow logs of the servers and returns what was in them. Commands
// of the clock's and of replication do not count.
func slow(ctx context.Context, servers ...*simulator.Redis) (slowLog, error) {
	all := slowLog{}
	for _, r := range servers {
		c := plainClient(r.Addr())
		log, err := c.SlowLogGet(ctx, -1).Result()
		if err == nil {
			err = c.Do(ctx, "SLOWLOG", "RESET").Err()
		}
		_ = c.Close()
		if err != nil {
			return nil, err
		}
		for _, l := range log {
			name := fmt.Sprintf("%s %q", r.Addr(), l.Args)
			if command := strings.ToUpper(l.Args[0]); command != "PSYNC" && l.Duration > all[name].took {
				all[name] = slowest{l.Duration, command}
			}
		}
	}
	return all, nil
}

func plainClient(addr string) *redis.Client {
	return redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, MaxRetries: -1, ReadTimeout: time.Minute})
}
