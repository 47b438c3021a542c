package verify

import (
	"fmt"
	"testing"
	"time"
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
