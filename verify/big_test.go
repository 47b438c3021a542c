package verify_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
)

// Values of every type that are too large to be read at once, with one difference
// each, are found: among them a field of a hash of 20 MB.
func TestBigValues(t *testing.T) {
	t.Parallel()
	source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
	for _, r := range []*simulator.Redis{source, target} {
		spoil(t, r, 0, "SETRANGE long 30000000 x", "SETRANGE same 30000000 x")
		pipelined(t, foundClient(t, r, 0), func(p redis.Pipeliner) {
			ctx, huge := t.Context(), strings.Repeat("h", 20_000_000)
			p.HSet(ctx, "huge field", "f", huge, "g", "1")
			p.RPush(ctx, "huge element", "a", huge, "b")
			for i := range 20_000 {
				n := strconv.Itoa(i)
				p.HSet(ctx, "hash", "field"+n, "some value "+n)
				p.SAdd(ctx, "set", "member"+n)
				p.ZAdd(ctx, "zset", redis.Z{Member: "member" + n, Score: float64(i) / 7})
				p.RPush(ctx, "list", "element"+n)
				p.XAdd(ctx, &redis.XAddArgs{Stream: "stream", ID: fmt.Sprintf("%d-1", i+1), Values: []string{"a", n, "text", "some text"}})
			}
			p.XGroupCreate(ctx, "stream", "g", "0")
			p.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "g", Consumer: "c", Streams: []string{"stream", ">"}, Count: 5000})
		})
	}
	equal, all := comparison(t, source, target, verify.Options{})
	if equal.Verdict != verify.Equal || len(equal.Weaker) != 1 || !strings.Contains(equal.Weaker[0], "pending entries") {
		t.Fatalf("%s, %q, %q", equal.Verdict, equal.Weaker, found(all))
	}
	spoil(t, target, 0, "SETRANGE long 29999999 y", "HSET hash field777 other", "SREM set member5", "ZADD zset 3.14 member8",
		"LSET list 15000 other", "XDEL stream 9-1", "XACK stream g 4999-1")
	c := foundClient(t, target, 0)
	other := strings.Repeat("h", 19_999_999) + "i"
	for _, err := range []error{c.HSet(t.Context(), "huge field", "f", other).Err(), c.LSet(t.Context(), "huge element", 1, other).Err()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, all = comparison(t, source, target, verify.Options{Values: verify.ValuesShow})
	want := map[string][]string{
		"long": {"offset 29999999"}, "hash": {"field777"}, "set": {"member5"}, "zset": {"member8"},
		"list": {"15000"}, "stream": {"9-1", "g/4999-1"}, "huge field": {"f"}, "huge element": {"1"},
	}
	for _, d := range all {
		if fields := want[string(d.Key)]; d.Class != verify.ClassValue || !slices.Equal(d.Fields, fields) || int(d.FieldCount) != len(fields) {
			t.Errorf("found %v, want %q", d, fields)
		}
	}
	if len(all) != len(want) {
		t.Errorf("found %q", found(all))
	}
}

// peak is the largest size that the process had.
func peak(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc")
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(v)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatal("VmHWM is missing")
	return 0
}

// inChild names the environment variable that tells a child of TestMemory which
// servers to compare.
const inChild = "CACHELIFT_VERIFY_CHILD"

// Memory grows neither with the keys, nor with the differences, nor with the
// length of a string: one of 512 MB is among the larger data.
func TestMemory(t *testing.T) {
	if servers := os.Getenv(inChild); servers != "" {
		compareInChild(t, servers)
		return
	}
	if underRace {
		t.Skip("the race detector has memory of its own; make test plays this without it")
	}
	t.Parallel()
	peaks := map[int]int64{}
	const few, many, longest = 20_000, 100_000, 512 << 20
	for _, n := range []int{few, many} {
		source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
		for i, r := range []*simulator.Redis{source, target} {
			pipelined(t, foundClient(t, r, 0), func(p redis.Pipeliner) {
				for k := range n {
					p.Set(t.Context(), fmt.Sprintf("key:%d", k), fmt.Sprint("a value that differs ", i), 0)
				}
			})
		}
		if n == many {
			spoil(t, source, 0, fmt.Sprintf("SETRANGE longest %d x", longest-1))
			spoil(t, target, 0, fmt.Sprintf("SETRANGE longest %d y", longest-1))
		}
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		child := exec.CommandContext(t.Context(), exe, "-test.run=^TestMemory$", "-test.v")
		child.Env = append(os.Environ(), inChild+"="+source.Addr()+" "+target.Addr())
		out, err := child.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for line := range strings.Lines(string(out)) {
			if _, v, ok := strings.Cut(line, "peak "); ok {
				peaks[n], err = strconv.ParseInt(strings.TrimSpace(v), 10, 64)
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	t.Logf("%d MB with %d keys that all differ, %d MB with %d and a long string", peaks[few]>>20, few, peaks[many]>>20, many)
	if small, large := peaks[few], peaks[many]; small == 0 || large > small+16<<20 {
		t.Errorf("%d bytes with %d differences, %d with %d", small, few, large, many)
	}
}

// compareInChild compares two servers and prints the peak of memory.
func compareInChild(t *testing.T, servers string) {
	addrs := strings.Fields(servers)
	var clients [2]*redis.Client
	for i := range clients {
		clients[i] = redis.NewClient(&redis.Options{Addr: addrs[i], Protocol: 2, ReadTimeout: time.Minute})
		defer clients[i].Close()
	}
	n := int64(0)
	report, err := verify.Compare(t.Context(), clients[0], clients[1], &verify.Options{
		OnDifference: func(verify.Difference) error { n++; return nil },
	})
	if err != nil || n != report.Counts[verify.ClassValue] || n < 20_000 || len(report.Differences) != 100 {
		t.Fatalf("%v, %d told, %v", err, n, report.Counts)
	}
	t.Logf("peak %d", peak(t))
}
