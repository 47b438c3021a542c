package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	loaders    = 2
	batchKeys  = 500
	batchBytes = 1 << 20
)

// loading tells of the load.
type loading struct {
	keys  int
	bytes int64
	took  time.Duration
}

// String is one line for a person.
func (l loading) String() string {
	return fmt.Sprintf("%d keys of every type, %s of values, in %.1fs: %.0f keys/s, %s/s",
		l.keys, megabytes(l.bytes), l.took.Seconds(), float64(l.keys)/l.took.Seconds(),
		megabytes(int64(float64(l.bytes)/l.took.Seconds())))
}

// load writes the dataset in pipelines over several connections. Each key is a
// function of its index, so the order does not matter.
func load(ctx context.Context, addr string, d dataset) (loading, error) {
	begun := time.Now()
	var wg sync.WaitGroup
	var bytes [loaders]int64
	var errs [loaders]error
	for i := range loaders {
		wg.Go(func() { bytes[i], errs[i] = loadEvery(ctx, addr, d, i) })
	}
	wg.Wait()
	l := loading{keys: d.keys, took: time.Since(begun)}
	for _, n := range bytes {
		l.bytes += n
	}
	if ctx.Err() != nil {
		return l, ctx.Err()
	}
	return l, errors.Join(errs[:]...)
}

// loadEvery writes every key whose index is first modulo loaders.
func loadEvery(ctx context.Context, addr string, d dataset, first int) (total int64, err error) {
	var batch [databases]batch
	for db := range databases {
		client := connect(addr, db, 1)
		defer client.Close()
		batch[db].pipe = client.Pipeline()
	}
	for i := first; i < d.keys; i += loaders {
		e := d.entry(i)
		b := &batch[e.db]
		n := d.content(ctx, b.pipe, e)
		b.keys, b.bytes, total = b.keys+1, b.bytes+n, total+int64(n)
		if b.keys >= batchKeys || b.bytes >= batchBytes {
			if err := b.send(ctx); err != nil {
				return total, err
			}
		}
	}
	for i := range batch {
		if err := batch[i].send(ctx); err != nil {
			return total, err
		}
	}
	return total, nil
}

// batch is a pipeline that is filled.
type batch struct {
	pipe        redis.Pipeliner
	keys, bytes int
}

func (b *batch) send(ctx context.Context) error {
	b.keys, b.bytes = 0, 0
	_, err := b.pipe.Exec(ctx)
	return err
}
