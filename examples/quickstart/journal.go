package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// outcome is what a writer knows of one write.
type outcome uint8

const (
	acknowledged outcome = iota + 1
	refused              // the server said no, or was not reached: not executed
	ambiguous            // the reply did not come: executed or not
)

// op is what a write does. A writer does one of each in turn.
type op int

const (
	opSet  op = iota // a key of its own
	opIncr           // one more on a counter
	opPush           // one more element of a list
	opHash           // a field of its own in a hash
	ops
)

// journal is what a writer wrote to one server. The n-th write is known by its
// number alone, so that one byte a write is enough to find out later if any
// single one is missing.
type journal struct {
	prefix   string // of the keys
	db       int
	outcomes []outcome
	counter  int64        // the last acknowledged reply of INCR
	acked    atomic.Int64 // acknowledged writes
	first    time.Time    // when the first write was acknowledged
	last     time.Time    // and the last
	late     int          // acknowledged though sent when writes were paused
}

func opOf(n int) op { return op(n % int(ops)) }

func (j *journal) setKey(n int) string { return j.prefix + ":set:" + strconv.Itoa(n) }
func (j *journal) counterKey() string  { return j.prefix + ":counter" }
func (j *journal) listKey() string     { return j.prefix + ":list" }
func (j *journal) hashKey() string     { return j.prefix + ":hash" }

// name is the n-th write for a person.
func (j *journal) name(n int) string {
	switch opOf(n) {
	case opIncr:
		return "INCR " + j.counterKey()
	case opPush:
		return fmt.Sprintf("RPUSH %s %d", j.listKey(), n)
	case opHash:
		return fmt.Sprintf("HSET %s %d", j.hashKey(), n)
	}
	return "SET " + j.setKey(n)
}

// write makes the next write and logs its outcome. paused tells whether the
// source's writes are paused.
func (j *journal) write(ctx context.Context, c *redis.Client, paused *atomic.Bool) {
	n := len(j.outcomes)
	pausedBefore := paused.Load()
	var err error
	var count int64
	switch opOf(n) {
	case opSet:
		err = c.Set(ctx, j.setKey(n), n, 0).Err()
	case opIncr:
		count, err = c.Incr(ctx, j.counterKey()).Result()
	case opPush:
		err = c.RPush(ctx, j.listKey(), n).Err()
	case opHash:
		err = c.HSet(ctx, j.hashKey(), n, n).Err()
	}
	o := classify(err)
	j.outcomes = append(j.outcomes, o)
	if o != acknowledged {
		return
	}
	j.last = time.Now()
	if j.acked.Add(1) == 1 {
		j.first = j.last
	}
	if opOf(n) == opIncr {
		j.counter = count
	}
	if pausedBefore {
		j.late++
	}
}

// classify tells what an error means for the write.
func classify(err error) outcome {
	if err == nil {
		return acknowledged
	}
	var reply redis.Error
	var network *net.OpError
	if errors.As(err, &reply) || errors.As(err, &network) && network.Op == "dial" {
		return refused
	}
	return ambiguous
}

// count returns how many writes had the outcome.
func (j *journal) count(o outcome) (n int) {
	for _, x := range j.outcomes {
		if x == o {
			n++
		}
	}
	return n
}
