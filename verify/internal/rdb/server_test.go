package rdb_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify/internal/rdb"
)

// client starts a server and returns a client of it.
func client(t *testing.T, args ...string) *redis.Client {
	t.Helper()
	r, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Args: args})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	c := redis.NewClient(&redis.Options{
		Addr: r.Addr(), Protocol: 2, MaxRetries: -1, ReadTimeout: time.Minute,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// texts are elements of every length and kind of number at which an encoding
// changes.
func texts() []string {
	var out []string
	for _, n := range []int{0, 1, 5, 19, 20, 21, 44, 45, 62, 63, 64, 65, 127, 128, 253, 254, 255, 256, 4094, 4095, 4096, 4097, 16383, 16384, 70_000} {
		out = append(out, strings.Repeat("r", n))
		if n > 2 {
			out = append(out, strings.Repeat("ab", n/2)+"\x00", noise(n))
		}
	}
	for bits := range 64 {
		for _, d := range []int64{-1, 0, 1} {
			out = append(out, strconv.FormatInt(int64(1)<<bits+d, 10), strconv.FormatInt(-(int64(1)<<bits)+d, 10))
		}
	}
	for b := range 256 {
		out = append(out, string([]byte{byte(b)}))
	}
	out = append(out, "007", "-0", "+1", " 1", "1 ", "9223372036854775808", "1e3", "nan")
	slices.Sort(out)
	return slices.Compact(out)
}

// noise does not compress.
func noise(n int) string {
	b := make([]byte, n)
	x := uint32(2463534242)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return string(b)
}

// settings make a server use another encoding for the same value.
func settings() map[string][]string {
	return map[string][]string{
		"defaults": nil,
		"tables": {
			"--hash-max-listpack-entries", "0", "--zset-max-listpack-entries", "0", "--set-max-intset-entries", "0",
			"--list-max-listpack-size", "1", "--rdbcompression", "no", "--stream-node-max-entries", "1",
		},
		"packed": {
			"--hash-max-listpack-entries", "100000", "--hash-max-listpack-value", "100000", "--zset-max-listpack-entries", "100000",
			"--zset-max-listpack-value", "100000", "--set-max-intset-entries", "100000", "--list-max-listpack-size", "-5",
			"--list-compress-depth", "2", "--stream-node-max-bytes", "0", "--stream-node-max-entries", "0",
		},
		"plain": {"--list-max-listpack-size", "-1", "--list-compress-depth", "1"},
	}
}

// What a server writes is what it was given, in every encoding.
func TestAgainstServer(t *testing.T) {
	t.Parallel()
	for name, args := range settings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := client(t, args...)
			all := texts()
			t.Run("string", func(t *testing.T) {
				for _, s := range all {
					if err := c.Set(t.Context(), "k", s, 0).Err(); err != nil {
						t.Fatal(err)
					}
					want(t, c, rdb.String, []string{strconv.Quote(s)}, inOrder)
				}
			})
			for n := 1; n <= len(all); n = n*3 + 1 {
				some := all[len(all)-n:]
				t.Run(fmt.Sprint(n), func(t *testing.T) { collections(t, c, some) })
			}
		})
	}
}

type order bool

const (
	inOrder  order = true
	anyOrder order = false
)

// want dumps the key k and holds it against the lines.
func want(t *testing.T, c *redis.Client, kind rdb.Kind, lines []string, o order) {
	t.Helper()
	dump, err := c.Dump(t.Context(), "k").Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := rdb.KindOfPayload(dump); !ok || got != kind {
		t.Fatalf("the payload is %v, want %v", got, kind)
	}
	text, err := decode(dump)
	if err != nil {
		t.Fatalf("%v of %d elements: %v", kind, len(lines), err)
	}
	got := strings.Split(text, "\n")
	if o == anyOrder {
		slices.Sort(got)
		lines = slices.Sorted(slices.Values(lines))
	}
	if !slices.Equal(got, lines) {
		for i := range min(len(got), len(lines)) {
			if got[i] != lines[i] {
				t.Fatalf("%v: element %d is %.100s, want %.100s", kind, i, got[i], lines[i])
			}
		}
		t.Fatalf("%v: %d elements, want %d", kind, len(got), len(lines))
	}
}

// collections holds every kind of collection of the elements.
func collections(t *testing.T, c *redis.Client, some []string) {
	ctx := t.Context()
	var list, hash, set []any
	var listed, hashed, scored []string
	zmembers := []redis.Z{}
	scores := []float64{0, 1, -1, 0.5, 1e300, -1e-300, 3.141592653589793, 1 << 40, 123456789.123}
	for i, s := range some {
		list, set = append(list, s), append(set, s)
		hash = append(hash, s, some[len(some)-1-i])
		z := redis.Z{Member: s, Score: scores[i%len(scores)]}
		zmembers = append(zmembers, z)
		listed = append(listed, strconv.Quote(s))
		hashed = append(hashed, fmt.Sprintf("%q=%q until 0", s, some[len(some)-1-i]))
		scored = append(scored, fmt.Sprintf("%q %v", s, z.Score))
	}
	must(t, replace(c, func() error { return c.RPush(ctx, "k", list...).Err() }))
	want(t, c, rdb.List, listed, inOrder)
	must(t, replace(c, func() error { return c.HSet(ctx, "k", hash...).Err() }))
	want(t, c, rdb.Hash, hashed, anyOrder)
	must(t, replace(c, func() error { return c.SAdd(ctx, "k", set...).Err() }))
	want(t, c, rdb.Set, listed, anyOrder)
	must(t, replace(c, func() error { return c.ZAdd(ctx, "k", zmembers...).Err() }))
	want(t, c, rdb.ZSet, scored, anyOrder)
}

// replace removes the key k and writes it.
func replace(c *redis.Client, write func() error) error {
	if err := c.Del(context.Background(), "k").Err(); err != nil {
		return err
	}
	return write()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A stream has entries of the same fields and of others, deleted ones, groups
// with and without pending entries.
func TestStreamAgainstServer(t *testing.T) {
	t.Parallel()
	for name, args := range settings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := client(t, args...)
			var lines []string
			for i := 1; i <= 300; i++ {
				id := fmt.Sprintf("%d-%d", 1000+i/3, i%3)
				words := []string{"temperature", strconv.Itoa(i), "at", strings.Repeat("x", i)}
				if i%7 == 0 {
					words = []string{"other", "text", strconv.Itoa(i * 1_000_000), ""}
				}
				must(t, c.Do(t.Context(), "XADD", "k", id, words[0], words[1], words[2], words[3]).Err())
				if i%11 == 0 {
					must(t, c.XDel(t.Context(), "k", id).Err())
					continue
				}
				lines = append(lines, fmt.Sprintf("%s %q%q%q%q", id, words[0], words[1], words[2], words[3]))
			}
			for _, words := range [][]any{
				{"XGROUP", "CREATE", "k", "g", "0"}, {"XGROUP", "CREATE", "k", "empty", "1003-1"},
				{"XREADGROUP", "GROUP", "g", "ann", "COUNT", "2", "STREAMS", "k", ">"},
				{"XREADGROUP", "GROUP", "g", "bob", "COUNT", "1", "STREAMS", "k", ">"},
				{"XCLAIM", "k", "g", "bob", "0", "1000-1", "TIME", "1700000000000", "RETRYCOUNT", "7"},
				{"XCLAIM", "k", "g", "ann", "0", "1000-2", "TIME", "1700000000001", "RETRYCOUNT", "1"},
				{"XCLAIM", "k", "g", "bob", "0", "1001-0", "TIME", "1700000000002", "RETRYCOUNT", "2"},
			} {
				must(t, c.Do(t.Context(), words...).Err())
			}
			lines = append(lines, "last 1100-0 deleted 1099-0 added 300 known true",
				"group empty 1003-1", "group g 1001-0", "consumer g ann", "pending g 1000-2 ann 1 at 1700000000001",
				"consumer g bob", "pending g 1000-1 bob 7 at 1700000000000", "pending g 1001-0 bob 2 at 1700000000002")
			want(t, c, rdb.Stream, lines, inOrder)
		})
	}
}
