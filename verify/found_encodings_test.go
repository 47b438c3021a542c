package verify_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
	"github.com/cachelift/cachelift/verify/internal/dataset"
)

// otherEncodings are settings under which a server keeps nearly every value in
// another way than one that has the defaults.
func otherEncodings() []string {
	return []string{
		"--hash-max-listpack-entries", "3", "--set-max-intset-entries", "2", "--zset-max-listpack-entries", "0",
		"--list-max-listpack-size", "4", "--list-compress-depth", "1", "--stream-node-max-entries", "7",
		"--rdbcompression", "no", "--hll-sparse-max-bytes", "3000",
	}
}

func fields(command string) []any {
	var out []any
	for _, f := range strings.Fields(command) {
		out = append(out, f)
	}
	return out
}

// How a server keeps a value makes no difference: when the same was written to
// two servers with other settings, and when it was carried over by DUMP and
// RESTORE.
func TestFoundNothingInOtherEncodings(t *testing.T) {
	t.Parallel()
	set := dataset.M(dataset.Small(3000), time.Now())
	source := foundServer(t, simulator.RedisOptions{})
	fill(t, set, source)
	for _, way := range []struct {
		name string
		fill func(*testing.T, *simulator.Redis)
	}{
		{"written", func(t *testing.T, target *simulator.Redis) { fill(t, set, target) }},
		{"restored", func(t *testing.T, target *simulator.Redis) { restore(t, set, source, target) }},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			target := foundServer(t, simulator.RedisOptions{Args: otherEncodings()})
			way.fill(t, target)
			for kind, encoding := range map[string]string{"hash:5": "hashtable", "zset:9": "skiplist", "set:8": "hashtable"} {
				if got := foundClient(t, target, 0).ObjectEncoding(t.Context(), kind).Val(); got != encoding {
					t.Errorf("%s is kept as %q, want %s", kind, got, encoding)
				}
			}
			wantEqual(t, source, target, verify.Options{ExpiryTolerance: -1})
			wantEqual(t, target, source, verify.Options{ExpiryTolerance: -1})
		})
	}
}

// restore copies the set by DUMP and RESTORE, and the function libraries.
func restore(t *testing.T, set dataset.Set, source, target *simulator.Redis) {
	t.Helper()
	ctx := t.Context()
	for _, db := range set.Databases() {
		from, to := foundClient(t, source, db), foundClient(t, target, db)
		for keys := range pages(ctx, t, from) {
			dumps, ats := make([]*redis.StringCmd, len(keys)), make([]*redis.DurationCmd, len(keys))
			pipelined(t, from, func(p redis.Pipeliner) {
				for i, k := range keys {
					dumps[i], ats[i] = p.Dump(ctx, k), p.PExpireTime(ctx, k)
				}
			})
			pipelined(t, to, func(p redis.Pipeliner) {
				for i, k := range keys {
					p.Do(ctx, "RESTORE", k, max(0, ats[i].Val().Milliseconds()), dumps[i].Val(), "ABSTTL")
				}
			})
		}
	}
	libraries, err := foundClient(t, source, 0).FunctionDump(ctx).Result()
	if err != nil {
		t.Fatal(err)
	}
	if err := foundClient(t, target, 0).FunctionRestore(ctx, libraries).Err(); err != nil {
		t.Fatal(err)
	}
}

// pages yields the keys of a server, some at a time.
func pages(ctx context.Context, t *testing.T, c *redis.Client) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		for cursor := uint64(0); ; {
			keys, next, err := c.Scan(ctx, cursor, "", 100).Result()
			if err != nil {
				t.Fatal(err)
			}
			if !yield(keys) || next == 0 {
				return
			}
			cursor = next
		}
	}
}

func pipelined(t *testing.T, c *redis.Client, f func(redis.Pipeliner)) {
	t.Helper()
	if _, err := c.Pipelined(t.Context(), func(p redis.Pipeliner) error { f(p); return nil }); err != nil {
		t.Fatal(err)
	}
}

// otherServers names the environment variable with the paths of servers of
// other versions, separated as PATH is.
const otherServers = "CACHELIFT_OTHER_SERVERS"

// onOtherServers runs a test for each of them.
func onOtherServers(t *testing.T, test func(t *testing.T, path string)) {
	t.Helper()
	paths := filepath.SplitList(os.Getenv(otherServers))
	if len(paths) == 0 {
		t.Skipf("set %s to the paths of other versions' servers", otherServers)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			test(t, path)
		})
	}
}

// A replica of another version holds the same data in other encodings: Redis
// 6.0 keeps ziplists, 7.0 listpacks, 7.2 sets as listpacks. Then differences
// are found as between servers of one version.
func TestFoundBetweenVersions(t *testing.T) {
	t.Parallel()
	onOtherServers(t, func(t *testing.T, path string) {
		here, other := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{Server: path})
		set := dataset.M(dataset.Small(3000), time.Now())
		source, target := here, other
		if version(t, other) < version(t, here) { // data goes to newer versions only
			source, target = other, here
			set.Old = true
		}
		fill(t, set, source)
		replicate(t, source, target)
		report, found := comparison(t, source, target, verify.Options{ExpiryTolerance: -1})
		if report.Verdict != verify.Equal || len(found) > 0 {
			t.Errorf("%s, want equal: %+v", report.Verdict, found)
		}
		// Redis 6.0 tells for how long a key still lives, not until when, and does not
		// count the entries of streams.
		text := strings.Join(report.Weaker, "\n")
		if strings.Contains(text, "not tell when keys expire") != set.Old || strings.Contains(text, "added to streams") != set.Old || !set.Old && text != "" {
			t.Errorf("weaker %q", report.Weaker)
		}
		if err := foundClient(t, target, 0).Do(t.Context(), "REPLICAOF", "NO", "ONE").Err(); err != nil {
			t.Fatal(err)
		}
		c := dataset.NewCorruptor(target.Addr(), set, 5)
		defer func() { _ = c.Close() }()
		manifest, err := c.Corrupt(t.Context(), 500)
		if err != nil {
			t.Fatal(err)
		}
		_, found = comparison(t, source, target, verify.Options{Values: verify.ValuesShow})
		wantManifest(t, manifest, found)
	})
}

// version returns what INFO says, comparable as a text: engines call
// themselves compatible with Redis 7.2 at most, so Valkey's own counts.
func version(t *testing.T, r *simulator.Redis) string {
	t.Helper()
	text, err := foundClient(t, r, 0).Info(t.Context(), "server").Result()
	if err != nil {
		t.Fatal(err)
	}
	found := ""
	for line := range strings.Lines(text) {
		if v, ok := strings.CutPrefix(line, "redis_version:"); ok {
			found = strings.TrimSpace(v)
		}
	}
	return found
}
