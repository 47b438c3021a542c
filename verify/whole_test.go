package verify

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify/internal/rdb"
)

// collections are the types that are read whole where they are small, with a way to
// write n elements of text of a length to a key.
func collections() map[rdb.Kind]func(p redis.Pipeliner, key string, n, length int) {
	texts := func(n, length int) (list []any) {
		for i := range n {
			list = append(list, fmt.Sprintf("%0*d", length, i))
		}
		return list
	}
	ctx := context.Background()
	return map[rdb.Kind]func(p redis.Pipeliner, key string, n, length int){
		rdb.List: func(p redis.Pipeliner, key string, n, length int) { p.RPush(ctx, key, texts(n, length)...) },
		rdb.Set:  func(p redis.Pipeliner, key string, n, length int) { p.SAdd(ctx, key, texts(n, length)...) },
		rdb.ZSet: func(p redis.Pipeliner, key string, n, length int) {
			for i, t := range texts(n, length) {
				p.ZAdd(ctx, key, redis.Z{Member: t, Score: float64(i) / 7})
			}
		},
		rdb.Hash: func(p redis.Pipeliner, key string, n, length int) {
			for i, t := range texts(n, length) {
				p.HSet(ctx, key, i, t)
			}
		},
	}
}

// sizings is how often the server was asked for the size of a value, or for all of it.
func (f togetherFixture) sizings(t *testing.T) (memory, dump int) {
	t.Helper()
	text, err := f.client.Info(context.WithoutCancel(t.Context()), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = fmt.Sscanf(field(text, "cmdstat_memory|usage"), "calls=%d", &memory)
	_, _ = fmt.Sscanf(field(text, "cmdstat_dump"), "calls=%d", &dump)
	return memory, dump
}

// Names that have been small collections are read by one command, to the same digest as
// before. What turns out to be something else, or large, is read for what it is.
func TestWhole(t *testing.T) {
	for kind, write := range collections() {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			f := newTogether(t, sizesFor(10))
			if _, err := f.client.Pipelined(t.Context(), func(p redis.Pipeliner) error {
				for i := range short + 20 {
					write(p, fmt.Sprint("key:", i), 1+i%20, 1+i%30)
				}
				p.Del(t.Context(), "key:0", "key:1")
				write(p, "key:0", 10, 100) // no listpack
				write(p, "key:1", fewMost, 10)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			before, _ := f.read(t, 0, short+20)
			memory, dump := f.sizings(t)
			after, _ := f.read(t, 0, short+20)
			for i := range after {
				if a, b := before[i], after[i]; a.state != present || a.kind != kind || b.state != present || !a.sameValue(&b) || a.count != b.count {
					t.Fatalf("%s is %+v, was %+v before", a.name, b, a)
				}
			}
			if m, d := f.sizings(t); m != memory || d != dump {
				t.Errorf("asked %d times for the memory and %d times for the dump of what is known to be small", m-memory, d-dump)
			}

			const many = 20_000
			p := f.client.Pipeline()
			p.Del(t.Context(), "key:2", "key:3", "key:4", "key:5")
			p.Set(t.Context(), "key:3", "a string", 0)
			write(p, "key:4", many, 40)
			write(p, "key:5", fewMost+1, 1)
			if _, err := p.Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, dump = f.sizings(t)
			recs, _ := f.read(t, 2, 7)
			if recs[0].state != absent {
				t.Errorf("a key that is gone is %+v", recs[0])
			}
			f.want(t, recs[1], "a string", -1)
			for i, count := range map[int]int64{2: many, 3: fewMost + 1, 4: 7} {
				if recs[i].kind != kind || recs[i].count != count || recs[i].state != present {
					t.Errorf("%s is %+v, want a %v of %d", recs[i].name, recs[i], kind, count)
				}
			}
			// The string and the one that is a little too large, and not the large one.
			if _, d := f.sizings(t); d-dump != 2 {
				t.Errorf("%d values were dumped, want 2", d-dump)
			}
			if got := f.predict.collection(recs[4].lane); got != rdb.None {
				t.Errorf("%s is taken for a small %v after a large one", recs[4].name, got)
			}
			large := recs[2]
			if again, _ := f.read(t, 4, 5); !again[0].sameValue(&large) { // read for its size from the start
				t.Errorf("it is %+v, was %+v when it was a surprise", again[0], large)
			}
		})
	}
}

// What a collection holds may be as odd as it likes: all versions of the server tell the
// same of it by one command as by DUMP, kept as a listpack or not.
func TestFoundOddWhole(t *testing.T) {
	t.Parallel()
	texts := []any{
		"", "0", "-0", "007", "+1", "1.0", "127", "128", "-1", "-4096", "8388607", "2147483648", "9223372036854775807", "-9223372036854775808",
		"9223372036854775808", " 1", "\r\n", "$3\r\nabc\r\n", "\x00\xff", strings.Repeat("x", 63), strings.Repeat("x", 64), strings.Repeat("y", 1200),
	}
	scores := []string{
		"0", "-0.0", "1", "-1", "inf", "-inf", "0.1", "0.30000000000000004", "3.3333333333333335", "1e15", "1e16", "1e17", "1.5e300", "1.7976931348623157e308",
		"5e-324", "2.2250738585072014e-308", "9007199254740993", "9223372036854775807", "-9223372036854775808", "123456789.12345679", "1e-7", "17179869184.5",
	}
	for _, path := range append([]string{""}, filepath.SplitList(os.Getenv("CACHELIFT_OTHER_SERVERS"))...) {
		for _, settings := range [][]string{nil, {
			"--hash-max-ziplist-entries", "0", "--set-max-intset-entries", "0", "--zset-max-ziplist-entries", "0", "--list-max-ziplist-size", "2",
		}} {
			t.Run(fmt.Sprint(filepath.Base(path), len(settings)), func(t *testing.T) {
				t.Parallel()
				f := newTogetherOn(t, simulator.RedisOptions{Server: path, Args: settings}, sizesFor(10))
				for _, kind := range []rdb.Kind{rdb.List, rdb.Set, rdb.ZSet, rdb.Hash} {
					p := f.client.Pipeline()
					p.FlushAll(t.Context())
					for i := range short + 60 {
						key, n := fmt.Sprint("key:", i), 0
						if i >= 2*len(texts) { // one by one, then all, then short ones
							n = i % 5
						} else if i >= len(texts) {
							n = len(texts) - 1
						}
						for j := i; j <= i+n; j++ {
							a, b := texts[j%len(texts)], texts[(j+i+3)%len(texts)]
							switch kind {
							case rdb.List:
								p.RPush(t.Context(), key, a, b)
							case rdb.Set:
								p.SAdd(t.Context(), key, a, b)
							case rdb.ZSet:
								p.Do(t.Context(), "ZADD", key, scores[j%len(scores)], a)
							default:
								p.HSet(t.Context(), key, a, b)
							}
						}
					}
					if _, err := p.Exec(t.Context()); err != nil {
						t.Fatal(err)
					}
					lane := lane([]byte("key:1"))
					f.predict = predictor{}
					before, _ := f.read(t, 0, short+60)
					f.predict = predictor{}
					f.predict.fews[lane], f.predict.kinds[lane] = short, kind
					after, _ := f.read(t, 0, short+60)
					if whole := f.predict.collection(lane) == kind; !whole && f.wholes[kind].command != "" {
						t.Errorf("%vs are not read whole", kind)
					}
					for i := range after {
						if a, b := before[i], after[i]; a.state != present || a.kind != kind || !a.sameValue(&b) || a.count != b.count {
							t.Errorf("%s is %+v, was %+v by DUMP", a.name, b, a)
						}
					}
				}
			})
		}
	}
}

// A few long elements among small ones come once, and are read again for what they are;
// then no collection is read whole any more.
func TestWholeWithLongElements(t *testing.T) {
	for kind, write := range collections() {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			f := newTogether(t, sizesFor(10))
			p := f.client.Pipeline()
			for i := range short {
				write(p, fmt.Sprint("key:", i), 3, 10)
			}
			if _, err := p.Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			f.read(t, 0, short)
			write(p, "key:0", 2, 1_000_000)
			write(p, "other:0", 2, 1_000_000)
			if _, err := p.Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			recs, _ := f.read(t, 0, 1)
			if recs[0].state != present || recs[0].kind != kind || f.few {
				t.Errorf("it is %+v, and small ones are read whole: %t", recs[0], f.few)
			}
			if recs, _ = f.read(t, 1, 2); recs[0].state != present || recs[0].count != 3 {
				t.Errorf("another one is %+v", recs[0])
			}
		})
	}
}

// What a small collection may not be read for is told without a type: it was a guess.
func TestWholeRefused(t *testing.T) {
	t.Parallel()
	f := newTogether(t, sizesFor(10))
	p := f.client.Pipeline()
	for i := range short {
		p.SAdd(t.Context(), fmt.Sprint("key:", i), "a", "b")
	}
	if _, err := p.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.read(t, 0, short)
	if err := f.client.Do(t.Context(), "ACL", "SETUSER", "default", "resetkeys", "~key:1*").Err(); err != nil {
		t.Fatal(err)
	}
	recs, _ := f.read(t, 0, 2)
	if a, b := recs[0], recs[1]; a.state != unread || a.kind != rdb.None || b.state != present || b.kind != rdb.Set {
		t.Errorf("one that may not be read is %+v, one that may is %+v", a, b)
	}
}

// Whoever wants short commands, or may not use these, has none of them; and HRANDFIELD
// says nothing of the expiry of fields.
func TestWholesOfAServer(t *testing.T) {
	t.Parallel()
	all := abilities{list: true, zset: true, someMembers: true, someFields: true, noFieldExpiry: true}
	for _, row := range []struct {
		why     string
		change  func(*abilities)
		version int
		want    string
	}{
		{"all", func(*abilities) {}, 700, "list set zset hash"},
		{"field expiry", func(a *abilities) { a.noFieldExpiry = false }, 704, "list set zset"},
		{"an unknown version", func(*abilities) {}, 0, "list set zset"},
		{"no HRANDFIELD", func(a *abilities) { a.someFields = false }, 600, "list set zset"},
		{"no SRANDMEMBER", func(a *abilities) { a.someMembers = false }, 700, "list zset hash"},
		{"no LRANGE", func(a *abilities) { a.list = false }, 700, "set zset hash"},
		{"no ZSCAN", func(a *abilities) { a.zset = false }, 700, "list set hash"},
	} {
		s := &side{version: row.version, can: all}
		row.change(&s.can)
		var got []string
		for kind, w := range newWholes(s) {
			if w.command != "" {
				got = append(got, rdb.Kind(kind).String())
			}
		}
		if text := strings.Join(got, " "); text != row.want {
			t.Errorf("%s: %s, want %s", row.why, text, row.want)
		}
	}
	if r := newReader(&side{can: all, version: 700}, 0, depthValue, nil, sizesFor(4), true, nil); r.few {
		t.Error("collections are read whole although commands have to be short")
	}
}

// Names are taken for small collections of a type after many of it in a row, and never
// again after a large one.
func TestPredictorCounts(t *testing.T) {
	t.Parallel()
	var p predictor
	learn := func(n int, kind rdb.Kind) {
		for range n {
			p.counted(3, kind, fewMost, smallMost)
		}
	}
	want := func(why string, kind rdb.Kind) {
		t.Helper()
		if got := p.collection(3); got != kind {
			t.Errorf("%s: %v, want %v", why, got, kind)
		}
	}
	learn(short-1, rdb.Set)
	want("too early", rdb.None)
	learn(1, rdb.Set)
	want("after many", rdb.Set)
	if got := p.collection(4); got != rdb.None {
		t.Errorf("another name is taken for a %v", got)
	}
	learn(1, rdb.List)
	want("after another type", rdb.None)
	learn(short-1, rdb.List)
	want("after many of the other", rdb.List)
	p.mistaken(3)
	learn(1, rdb.List)
	want("after a mistake", rdb.None)
	learn(short, rdb.List)
	p.counted(3, rdb.List, fewMost+1, 10)
	learn(3*short, rdb.List)
	want("after one of too many", rdb.None)
	p = predictor{}
	p.counted(3, rdb.Hash, 1, smallMost+1)
	learn(3*short, rdb.Hash)
	want("after one that is too long", rdb.None)
}
