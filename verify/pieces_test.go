package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
	"github.com/cachelift/cachelift/verify/internal/wire"
)

// The limits of a side hold within a big value too, of which it may consist.
func TestLimitsWithinBigValues(t *testing.T) {
	t.Parallel()
	for kind, command := range map[string][]any{
		"string": {"SETRANGE", "key:0", 8_000_000, "x"},
		"list":   {"EVAL", "for i = 1, 80000 do redis.call('RPUSH', KEYS[1], string.rep('x', 100)) end return 1", 1, "key:0"},
		"hash":   {"EVAL", "for i = 1, 80000 do redis.call('HSET', KEYS[1], i, string.rep('x', 95)) end return 1", 1, "key:0"},
		"stream": {"EVAL", "for i = 1, 80000 do redis.call('XADD', KEYS[1], i .. '-1', 'field', string.rep('x', 95)) end return 1", 1, "key:0"},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f := newTogether(t, sizesFor(5))
			if err := f.client.Do(t.Context(), command...).Err(); err != nil {
				t.Fatal(err)
			}
			f.side.throttle = newThrottle(Limits{BytesPerSecond: 16_000_000, Latency: time.Hour})
			began := time.Now()
			f.read(t, 0, 1)
			if took := time.Since(began); took < 400*time.Millisecond {
				t.Errorf("8 MB took %v, want half a second at 16 MB/s", took)
			}

			f.side.throttle = newThrottle(Limits{Latency: time.Hour})
			f.side.throttle.stopped.Store(true)
			done := make(chan error, 1)
			go func() {
				var b batch
				b.add([]byte("key:0"))
				done <- f.all(t.Context(), f.line, &b)
			}()
			select {
			case err := <-done:
				t.Errorf("it was read to the end although reading is to stand still: %v", err)
				return
			case <-time.After(300 * time.Millisecond):
			}
			f.side.throttle.stopped.Store(false)
			if err := <-done; err != nil {
				t.Error(fmt.Errorf("when it went on: %w", err))
			}
		})
	}
}

// meddling does something before a command is sent for the first time.
type meddling struct {
	net.Conn
	before []byte
	do     func()
}

func (m *meddling) Write(b []byte) (int, error) {
	if m.do != nil && bytes.Contains(b, m.before) {
		m.do()
		m.do = nil
	}
	return m.Conn.Write(b)
}

// A big value that is replaced, or goes, while it is read is in flight: it is there and
// the same as nothing on the other side, rather than one that cannot be read.
func TestReplacedWhileRead(t *testing.T) {
	t.Parallel()
	stream := []any{"EVAL", "for i = 1, 20000 do redis.call('XADD', KEYS[1], i .. '-1', 'field', i) end redis.call('XGROUP', 'CREATE', KEYS[1], 'g', '0') return 1", 1, "key:0"}
	for _, row := range []struct {
		why    string
		write  []any
		before string
		then   []any
	}{
		{"a string instead", []any{"EVAL", "for i = 1, 20000 do redis.call('HSET', KEYS[1], i, 'value') end return 1", 1, "key:0"}, "HSCAN", []any{"SET", "key:0", "x"}},
		{"no stream any more", stream, "STREAM", []any{"DEL", "key:0"}},
		{"no group any more", stream, "CONSUMERS", []any{"XGROUP", "DESTROY", "key:0", "g"}},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Parallel()
			f := newTogether(t, sizesFor(5))
			if err := f.client.Do(t.Context(), row.write...).Err(); err != nil {
				t.Fatal(err)
			}
			dialer, done := f.side.options.Dialer, false
			f.side.options.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := dialer(ctx, network, addr)
				return &meddling{conn, []byte(row.before), func() {
					if done = true; f.client.Do(ctx, row.then...).Err() != nil {
						t.Error("the value was not replaced")
					}
				}}, err
			}
			recs, _ := f.read(t, 0, 1)
			if rec := recs[0]; !done || rec.state != present || rec.value == (digest.Sum{}) {
				t.Errorf("replaced: %t, it is %+v", done, rec)
			}
		})
	}
}

// A value that goes while it is read is no connection that broke: it is not read again
// at once, and does not count as a restart.
func TestGoneIsNoRestart(t *testing.T) {
	t.Parallel()
	f := newTogether(t, sizesFor(5))
	calls := 0
	err := f.line.do(t.Context(), func(*link) error {
		calls++
		if calls > 1 {
			return nil
		}
		return errGone
	})
	if n := f.side.restarts.Load(); !errors.Is(err, errGone) || calls != 1 || n != 0 {
		t.Errorf("%v after %d calls, %d restarts", err, calls, n)
	}
	if recs, _ := f.read(t, 0, 1); recs[0].state != absent {
		t.Errorf("afterwards %+v", recs[0])
	}
}

// When a hash is gone the server says nothing of its fields, which is no broken answer.
func TestExpiriesOfHashThatIsGone(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		answer string
		want   error
	}{
		{"*2\r\n:-1\r\n:5\r\n", nil},
		{"*-1\r\n", errGone},
		{"*0\r\n", errGone},
		{"*1\r\n:-1\r\n", wire.ErrProtocol}, // what follows is not known
	} {
		key := digest.NewKey()
		w := walker{l: &link{Conn: wire.New(&scripted{answers: []string{row.answer}}, time.Minute)}}
		var sum summer
		sum.key = &key
		sum.begin(rdb.Hash)
		pairs := []pair{{[]byte("a"), []byte("1")}, {[]byte("b"), []byte("2")}}
		if err := w.expiries([]byte("key"), pairs, &sum); !errors.Is(err, row.want) || (sum.count == 2) != (row.want == nil) {
			t.Errorf("%q: %v, %d fields", row.answer, err, sum.count)
		}
	}
}
