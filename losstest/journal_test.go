package losstest

import (
	"sync/atomic"
	"time"
)

// outcome is what a writer knows of one write.
type outcome uint8

const (
	acknowledged outcome = iota + 1
	refused              // the server said no, or was not reached: not executed
	ambiguous            // the reply did not come: executed or not
)

// effect is what a write does; a transaction or a script does more than one at once.
type effect uint8

const (
	onRegister effect = 1 << iota // SET to its number: a newer value over the older one
	onCounter                     // INCR
	onLog                         // RPUSH of its number: the history
	onQueue                       // the log again, but somebody pops from it
)

// entry is one write. Writes of one journal are numbered from 0 in the order in which
// they were sent.
type entry struct {
	n       int
	on      effect
	outcome outcome
	by      *place // who was asked
	sent    time.Time
	done    time.Time
	reply   int64 // of INCR
}

// journal is what one writer wrote, in its order, to keys of its own. It belongs to the
// writer's goroutine; the counts may be read from any.
type journal struct {
	stream  string // names the keys
	retried bool   // the client may send a write again by itself
	entries []entry

	acked      atomic.Int64
	ackedAfter atomic.Int64 // by the new primary

	lastBefore time.Time // when the source acknowledged last
	firstAfter time.Time // when the new primary did first
}

// register, counter, log and queue are the keys of the journal.
func (j *journal) register() string { return "reg:" + j.stream }
func (j *journal) counter() string  { return "cnt:" + j.stream }
func (j *journal) log() string      { return "log:" + j.stream }
func (j *journal) queue() string    { return "queue:" + j.stream }
func (j *journal) moved() string    { return "moved:" + j.stream }

// next is the number of the next write.
func (j *journal) next() int { return len(j.entries) }

// add notes the outcome of the next write.
func (j *journal) add(e entry) {
	e.n = j.next()
	j.entries = append(j.entries, e)
	if e.outcome != acknowledged {
		return
	}
	j.acked.Add(1)
	if e.by.promoted {
		if j.ackedAfter.Add(1) == 1 {
			j.firstAfter = e.done
		}
	} else {
		j.lastBefore = e.done
	}
}

// popped is what a consumer took from the queue of another writer's journal.
type popped struct {
	numbers []int
	unsure  int // pops whose reply did not come
}
