package main

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// page is how many writes or list elements are read at a time.
const page = 1000

// writesProof is the result of looking for every logged write.
type writesProof struct {
	acknowledged, after, refused, ambiguous int
	// lost counts the acknowledged writes that the new primary does not have.
	lost int
	// extra counts writes that are there though they were refused, or twice.
	extra int
	// late counts those that the old source acknowledged after the pause.
	late int
}

// checkWrites looks for every write of every journal on the new primary.
func (p *proof) checkWrites(ctx context.Context) error {
	for _, w := range p.traffic.writers {
		p.writes.after += w.after.count(acknowledged)
		for _, j := range []*journal{w.live, w.after} {
			if err := p.checkJournal(ctx, j); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *proof) checkJournal(ctx context.Context, j *journal) error {
	p.writes.acknowledged += j.count(acknowledged)
	p.writes.refused += j.count(refused)
	p.writes.ambiguous += j.count(ambiguous)
	c := p.target.db[j.db]
	seen := make([]uint8, len(j.outcomes)) // how often the write is there
	for _, look := range []func(context.Context, *redis.Client, *journal, []uint8) error{seeSets, seeHash, p.seeList} {
		if err := look(ctx, c, j, seen); err != nil {
			return err
		}
	}
	for n, o := range j.outcomes {
		switch {
		case opOf(n) == opIncr:
		case o == acknowledged && seen[n] == 0:
			p.writes.lost++
			p.found.add("lost: db %d: %s was acknowledged and is not on the target", j.db, j.name(n))
		case o == refused && seen[n] > 0:
			p.writes.extra++
			p.found.add("db %d: %s was refused and is on the target", j.db, j.name(n))
		case seen[n] > 1:
			p.writes.extra++
			p.found.add("db %d: %s is on the target %d times", j.db, j.name(n), seen[n])
		}
	}
	return p.checkCounter(ctx, c, j)
}

// checkCounter compares a counter with the last reply that its only writer got.
func (p *proof) checkCounter(ctx context.Context, c *redis.Client, j *journal) error {
	value, err := c.Get(ctx, j.counterKey()).Int64()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	unsure := int64(0) // since the last acknowledged one
	for n := range j.outcomes {
		if opOf(n) == opIncr {
			switch j.outcomes[n] {
			case acknowledged:
				unsure = 0
			case ambiguous:
				unsure++
			}
		}
	}
	if value < j.counter {
		p.writes.lost += int(j.counter - value)
		p.found.add("lost: db %d: %s was acknowledged up to %d and is %d on the target", j.db, j.name(int(opIncr)), j.counter, value)
	}
	if value > j.counter+unsure {
		p.writes.extra += int(value - j.counter - unsure)
		p.found.add("db %d: %s was acknowledged up to %d and is %d on the target", j.db, j.name(int(opIncr)), j.counter, value)
	}
	return nil
}

// numbers are the numbers of the journal's writes of one kind.
func (j *journal) numbers(o op) []int {
	var all []int
	for n := int(o); n < len(j.outcomes); n += int(ops) {
		all = append(all, n)
	}
	return all
}

func seeSets(ctx context.Context, c *redis.Client, j *journal, seen []uint8) error {
	for chunk := range slices.Chunk(j.numbers(opSet), page) {
		keys := make([]string, len(chunk))
		for i, n := range chunk {
			keys[i] = j.setKey(n)
		}
		values, err := c.MGet(ctx, keys...).Result()
		if err != nil {
			return err
		}
		see(chunk, values, seen)
	}
	return nil
}

func seeHash(ctx context.Context, c *redis.Client, j *journal, seen []uint8) error {
	for chunk := range slices.Chunk(j.numbers(opHash), page) {
		fields := make([]string, len(chunk))
		for i, n := range chunk {
			fields[i] = strconv.Itoa(n)
		}
		values, err := c.HMGet(ctx, j.hashKey(), fields...).Result()
		if err != nil {
			return err
		}
		see(chunk, values, seen)
	}
	return nil
}

// see marks the writes whose value is there.
func see(chunk []int, values []any, seen []uint8) {
	for i, n := range chunk {
		if values[i] == strconv.Itoa(n) {
			seen[n]++
		}
	}
}

// seeList marks the elements of the list, whose order is that of the writes.
func (p *proof) seeList(ctx context.Context, c *redis.Client, j *journal, seen []uint8) error {
	last := -1
	for from := int64(0); ; from += page {
		elements, err := c.LRange(ctx, j.listKey(), from, from+page-1).Result()
		if err != nil || len(elements) == 0 {
			return err
		}
		for _, e := range elements {
			n, err := strconv.Atoi(e)
			if err != nil || n < 0 || n >= len(seen) || opOf(n) != opPush {
				p.writes.extra++
				p.found.add("db %d: list %s has the element %.40q, which nobody wrote", j.db, j.listKey(), e)
				continue
			}
			if n < last {
				p.found.add("db %d: list %s has %d after %d, want the order of the writes", j.db, j.listKey(), n, last)
			}
			seen[n], last = min(seen[n], 100)+1, n
		}
	}
}
