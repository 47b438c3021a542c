package verify

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
)

// togetherFixture is a reader of a server, and a client that prepares it.
type togetherFixture struct {
	*reader
	line   *line
	client *redis.Client
}

func newTogether(t *testing.T, limits sizes) togetherFixture {
	t.Helper()
	return newTogetherOn(t, simulator.RedisOptions{}, limits)
}

func newTogetherOn(t *testing.T, options simulator.RedisOptions, limits sizes) togetherFixture {
	t.Helper()
	server, err := simulator.StartRedis(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), Protocol: 2})
	s := newSide("source", client, Limits{}, Options{WaitFor: time.Minute})
	if err := s.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	key := digest.NewKey()
	f := togetherFixture{newReader(s, 0, depthValue, &key, limits, true, func(text string) { t.Errorf("weaker: %s", text) }), s.line(0), client}
	t.Cleanup(func() {
		f.reader.close()
		f.line.close()
		s.control.close()
		_, _ = client.Close(), server.Close()
	})
	return f
}

// set writes small strings from one number to another.
func (f togetherFixture) set(t *testing.T, from, to int) {
	t.Helper()
	if _, err := f.client.Pipelined(t.Context(), func(p redis.Pipeliner) error {
		for i := from; i < to; i++ {
			p.Set(t.Context(), fmt.Sprint("key:", i), fmt.Sprint("value ", i), 0)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// read reads keys from one number to another, and returns them with the number of
// MGETs that it took.
func (f togetherFixture) read(t *testing.T, from, to int) (recs []record, mgets int) {
	t.Helper()
	before := f.mgets(t)
	var b batch
	for i := from; i < to; i++ {
		b.add(fmt.Append(nil, "key:", i))
	}
	if err := f.all(t.Context(), f.line, &b); err != nil {
		t.Fatal(err)
	}
	return b.recs, f.mgets(t) - before
}

// mgets is how often the server was asked for several strings.
func (f togetherFixture) mgets(t *testing.T) (n int) {
	t.Helper()
	text, err := f.client.Info(context.WithoutCancel(t.Context()), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = fmt.Sscanf(field(text, "cmdstat_mget"), "calls=%d", &n)
	return n
}

// want wants a string with a value.
func (f togetherFixture) want(t *testing.T, rec record, value string, expiry int64) {
	t.Helper()
	if rec.state != present || rec.kind != rdb.String || rec.value != f.sum.text([]byte(value)) || rec.count != int64(len(value)) || rec.expiry != expiry {
		t.Errorf("%s is %+v, want a string of %d bytes that expires at %d", rec.name, rec, len(value), expiry)
	}
}

// Names that have been small strings are read by MGET. What is something else by
// then is read for what it is; a long string comes whole once, needs no memory,
// and is the last thing that is read so.
func TestTogether(t *testing.T) {
	f := newTogether(t, sizesFor(5))
	f.set(t, 0, 3*short)
	_, mgets := f.read(t, 0, short)
	if _, more := f.read(t, 0, 2*short); mgets != 0 || more != 2*short/getMost {
		t.Errorf("%d MGETs for names never seen, then %d for %d known ones", mgets, more, 2*short)
	}

	const long = 50_000_000
	soon := time.Now().Add(time.Hour).UnixMilli()
	p := f.client.Pipeline()
	p.Set(t.Context(), "key:1", "", 0)
	p.PExpireAt(t.Context(), "key:2", time.UnixMilli(soon))
	p.Del(t.Context(), "key:3", "key:4", "key:5", "key:6")
	p.RPush(t.Context(), "key:4", "a", "b")
	p.HSet(t.Context(), "key:5", "field", strings.Repeat("v", 1_000_000))
	p.SetRange(t.Context(), "key:6", long-1, "x")
	p.Set(t.Context(), "key:7", strings.Repeat("s", smallMost+1), 0)
	if _, err := p.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	recs, mgets := f.read(t, 0, getMost)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > long/4 {
		t.Errorf("%d bytes of memory for a string of %d", got, long)
	}
	f.want(t, recs[0], "value 0", -1)
	f.want(t, recs[1], "", -1)
	f.want(t, recs[2], "value 2", soon)
	if recs[3].state != absent {
		t.Errorf("a key that is gone is %+v", recs[3])
	}
	for i, count := range map[int]int64{4: 2, 5: 1} {
		if recs[i].state != present || recs[i].kind == rdb.String || recs[i].count != count {
			t.Errorf("%s is %+v, want %d elements", recs[i].name, recs[i], count)
		}
	}
	f.want(t, recs[6], strings.Repeat("\x00", long-1)+"x", -1)
	f.want(t, recs[7], strings.Repeat("s", smallMost+1), -1)
	f.want(t, recs[getMost-1], fmt.Sprint("value ", getMost-1), -1)
	if mgets != 1 {
		t.Errorf("%d MGETs, want one", mgets)
	}

	recs, mgets = f.read(t, short, 3*short)
	for i, rec := range recs {
		f.want(t, rec, fmt.Sprint("value ", short+i), -1)
	}
	if mgets != 0 {
		t.Errorf("%d MGETs after a surprise", mgets)
	}
}

// Whoever wants short commands gets no MGET.
func TestNotTogether(t *testing.T) {
	t.Parallel()
	f := newTogether(t, sizesFor(4))
	f.set(t, 0, 3*short)
	for range 4 {
		recs, mgets := f.read(t, 0, 3*short)
		for i, rec := range recs {
			f.want(t, rec, fmt.Sprint("value ", i), -1)
		}
		if mgets != 0 {
			t.Errorf("%d MGETs", mgets)
		}
	}
}

// A name that was a string of some length once is not taken for a small one.
func TestPredictorSizes(t *testing.T) {
	t.Parallel()
	var p predictor
	for range short {
		if p.small(3) {
			t.Fatal("taken for small too early")
		}
		p.learn(3, true)
		p.sized(3, smallMost)
	}
	if !p.small(3) {
		t.Error("not taken for small")
	}
	if p.small(4) {
		t.Error("another name is taken for small")
	}
	for range 3 * short { // of all types, with one string in four
		p.learn(3, false)
		p.learn(3, false)
		p.learn(3, false)
		p.learn(3, true)
	}
	if !p.small(3) {
		t.Error("not taken for a small string though many are")
	}
	for range short {
		p.learn(3, false)
	}
	if p.small(3) {
		t.Error("taken for a string though hardly any are")
	}
	p.sized(3, smallMost+1)
	for range 3 * short {
		if p.small(3) {
			t.Fatal("taken for small after a larger one")
		}
		p.learn(3, true)
		p.sized(3, 1)
	}
}
