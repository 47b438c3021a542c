package dataset_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify/internal/dataset"
)

// contents reads all a server holds in the plainest way, one line a key: type,
// expiry, and a digest that does not depend on encodings. It takes the
// expiries away, because the server's digest tells whether there is one.
func contents(t *testing.T, r *simulator.Redis) map[string]string {
	t.Helper()
	ctx := t.Context()
	out := map[string]string{}
	moment := regexp.MustCompile(`\[?(seen-time|idle|inactive|active-time) \d+|(length|radix-tree-\w+) \d+`)
	for db := range 2 {
		c := client(t, r, db)
		keys, err := c.Keys(ctx, "*").Result()
		if err != nil {
			t.Fatal(err)
		}
		kinds := make([]*redis.StatusCmd, len(keys))
		ats := make([]*redis.DurationCmd, len(keys))
		digests := make([]*redis.Cmd, len(keys))
		if _, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i, k := range keys {
				kinds[i], ats[i] = p.Type(ctx, k), p.PExpireTime(ctx, k)
				p.Persist(ctx, k)
				digests[i] = p.Do(ctx, "DEBUG", "DIGEST-VALUE", k)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for i, k := range keys {
			value := fmt.Sprint(digests[i].Val())
			if kinds[i].Val() == "stream" {
				value += moment.ReplaceAllString(fmt.Sprint(c.Do(ctx, "XINFO", "STREAM", k, "FULL", "COUNT", 0).Val()), "")
			}
			out[fmt.Sprintf("%d %s", db, k)] = fmt.Sprintf("%s %d %s", kinds[i].Val(), ats[i].Val(), value)
		}
	}
	return out
}

// differing returns the keys that are not the same in both, and how.
func differing(a, b map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range a {
		was, now := strings.Fields(v), strings.Fields(b[k])
		switch {
		case len(now) == 0:
			out[k] = dataset.Missing
		case was[0] != now[0]:
			out[k] = dataset.Type
		case !slices.Equal(was[2:], now[2:]):
			out[k] = dataset.Value
		case was[1] != now[1]:
			out[k] = dataset.Expiry
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			out[k] = dataset.Extra
		}
	}
	return out
}

// The manifest is the truth: what it lists differs, as it says, and nothing
// else does, although other values were encoded anew.
func TestCorrupt(t *testing.T) {
	t.Parallel()
	set := dataset.M(dataset.Small(6000), time.Now())
	good, bad := startRedis(t), startRedis(t)
	write(t, set, good)
	write(t, set, bad)
	c := dataset.NewCorruptor(bad.Addr(), set, 7)
	defer func() { _ = c.Close() }()
	const n = 1000
	manifest, err := c.Corrupt(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest) != n {
		t.Errorf("%d differences, want %d", len(manifest), n)
	}
	if done, err := c.Reencode(t.Context(), 300); err != nil || done != 300 {
		t.Errorf("%d values encoded anew: %v", done, err)
	}
	want, how, ways := map[string]string{}, map[string]string{}, map[string]int{}
	for _, d := range manifest {
		k := fmt.Sprintf("%d %s", d.DB, d.Key)
		if want[k] != "" {
			t.Errorf("%q twice: %s and %s", k, how[k], d.How)
		}
		want[k], how[k] = d.Class, d.How
		ways[d.How]++
	}
	got := differing(contents(t, good), contents(t, bad))
	for k, class := range want {
		if got[k] != class {
			t.Errorf("%q (%s): %q, want %q", k, how[k], got[k], class)
		}
	}
	for k, class := range got {
		if want[k] == "" {
			t.Errorf("%q: %s, and is not in the manifest", k, class)
		}
	}
	if len(ways) < 66 {
		t.Errorf("%d kinds of differences: %v", len(ways), slices.Sorted(maps.Keys(ways)))
	}
}

// The same seed makes the same changes, another one makes others.
func TestCorruptIsDeterministic(t *testing.T) {
	t.Parallel()
	set := dataset.M(dataset.Small(2000), time.Now())
	run := func(seed uint64) []dataset.Difference {
		r := startRedis(t)
		write(t, set, r)
		c := dataset.NewCorruptor(r.Addr(), set, seed)
		defer func() { _ = c.Close() }()
		out, err := c.Corrupt(t.Context(), 150)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	same := func(a, b dataset.Difference) bool { return a.Key == b.Key && a.DB == b.DB && a.How == b.How }
	first := run(1)
	if !slices.EqualFunc(first, run(1), same) {
		t.Error("the same seed makes other changes")
	}
	if slices.EqualFunc(first, run(2), same) {
		t.Error("another seed makes the same changes")
	}
}

func TestCorruptFunctions(t *testing.T) {
	t.Parallel()
	set := dataset.M(dataset.Size{Odd: 2}, time.Now())
	r := startRedis(t)
	write(t, set, r)
	c := dataset.NewCorruptor(r.Addr(), set, 1)
	defer func() { _ = c.Close() }()
	manifest, err := c.CorruptFunctions(t.Context())
	if err != nil || len(manifest) != 3 {
		t.Fatalf("%v, %v", manifest, err)
	}
	var left []string
	for _, l := range client(t, r, 0).FunctionList(t.Context(), redis.FunctionListQuery{WithCode: true}).Val() {
		left = append(left, l.Name+strings.TrimPrefix(l.Code, "#!lua name="+l.Name))
	}
	all := strings.Join(left, "\n")
	if !strings.Contains(all, "return 43") || strings.Contains(all, "library1") || !strings.Contains(all, "library2") {
		t.Errorf("libraries %q", all)
	}
}

// A set that is too small is said to be.
func TestCorruptTooMuch(t *testing.T) {
	t.Parallel()
	set := dataset.S(20, time.Now())
	r := startRedis(t)
	write(t, set, r)
	c := dataset.NewCorruptor(r.Addr(), set, 1)
	defer func() { _ = c.Close() }()
	if out, err := c.Corrupt(t.Context(), 100); err == nil || len(out) < 15 {
		t.Errorf("%d differences of 20 keys, %v, want an error", len(out), err)
	}
}
