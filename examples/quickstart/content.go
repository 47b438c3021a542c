package main

import (
	"context"
	"math/rand/v2"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// maxArgs bounds the arguments of one command: a big key is written by several.
const maxArgs = 2000

// content queues the commands that make the key and returns about how many
// bytes they hold. Values are random bytes, which do not compress and are not
// text.
func (d dataset) content(ctx context.Context, p redis.Pipeliner, e entry) int {
	w := &filler{bytes: d.rng(^e.index)} // other numbers than those of entry
	w.Rand = rand.New(w.bytes)
	size, items := 32, 5+w.IntN(15)
	if e.big() {
		size, items = bigItem, bigBytes/bigItem
	}
	switch e.kind {
	case kindString:
		w.fillString(ctx, p, e, d.valueSize)
	case kindHash:
		w.fillChunks(items, 2, func(i int) []any { return []any{"field" + strconv.Itoa(i), w.blob(size)} },
			func(args []any) { p.HSet(ctx, e.key, args...) })
	case kindList:
		w.fillChunks(items, 1, func(int) []any { return []any{w.blob(size)} },
			func(args []any) { p.RPush(ctx, e.key, args...) })
	case kindSet:
		integers := w.IntN(2) == 0 && !e.big() // kept in another encoding
		w.fillChunks(items, 1, func(int) []any {
			if integers {
				return []any{w.Int64N(1 << 40)}
			}
			return []any{w.blob(size)}
		}, func(args []any) { p.SAdd(ctx, e.key, args...) })
	case kindZset:
		w.fillChunks(items, 1, func(i int) []any {
			return []any{redis.Z{Score: w.NormFloat64() * 1e6, Member: "member" + strconv.Itoa(i) + string(w.blob(size-12))}}
		}, func(args []any) { p.ZAdd(ctx, e.key, scored(args)...) })
	case kindStream:
		for i := range items {
			p.XAdd(ctx, &redis.XAddArgs{Stream: e.key, ID: strconv.Itoa(i+1) + "-1", Values: []any{"at", i, "payload", w.blob(size)}})
		}
	}
	if e.kind != kindString {
		w.written += items * size
	}
	if e.ttl > 0 {
		p.PExpire(ctx, e.key, e.ttl)
	}
	return w.written
}

// filler makes the values of one key.
type filler struct {
	*rand.Rand
	bytes   *rand.ChaCha8
	written int
}

func (w *filler) blob(n int) []byte {
	b := make([]byte, n)
	_, _ = w.bytes.Read(b) // it cannot fail
	return b
}

func (w *filler) fillString(ctx context.Context, p redis.Pipeliner, e entry, size int) {
	if e.big() {
		size = max(size, 2*bigBytes)
	} else if w.IntN(20) == 0 { // a number is kept in another encoding
		p.Set(ctx, e.key, w.Int64(), 0)
		w.written += 8
		return
	}
	p.Set(ctx, e.key, w.blob(size), 0)
	w.written += size
}

// fillChunks makes n items of some arguments each and sends them in commands of
// at most maxArgs.
func (w *filler) fillChunks(n, each int, item func(int) []any, send func([]any)) {
	args := make([]any, 0, min(n*each, maxArgs))
	for i := range n {
		args = append(args, item(i)...)
		if len(args) >= maxArgs || i == n-1 {
			send(args)
			args = make([]any, 0, cap(args))
		}
	}
}

func scored(args []any) []redis.Z {
	members := make([]redis.Z, len(args))
	for i, a := range args {
		members[i], _ = a.(redis.Z)
	}
	return members
}
