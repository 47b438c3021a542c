package memory

import (
	"testing"
	"time"
)

// TestFlowDoesNotDependOnLooks: however often one looks, the bytes are the same.
func TestFlowDoesNotDependOnLooks(t *testing.T) {
	t.Parallel()
	for _, rate := range []int64{1, 7, 1_000_003, 10_000_000_000} {
		var once, often flow
		want := once.over(rate, 6*time.Hour)
		got := int64(0)
		for range 6 * 3600 * 10 {
			got += often.over(rate, 100*time.Millisecond)
		}
		if want != got || want != rate*6*3600 {
			t.Errorf("rate %d: %d at once, %d by and by", rate, want, got)
		}
	}
	var f flow
	if f.over(-1, time.Hour) != 0 || f.over(1, -time.Hour) != 0 {
		t.Error("something flows backwards")
	}
}

func TestTakes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		size, rate int64
		want       time.Duration
	}{
		{0, 1, 0}, {5, 0, 0}, {100, 100, time.Second}, {180_000_000_000, 100_000_000, 30 * time.Minute},
		{1, 3, 333333333}, {1 << 62, 1, 1<<63 - 1},
	} {
		if got := takes(row.size, row.rate); got != row.want {
			t.Errorf("%d bytes at %d a second take %v, want %v", row.size, row.rate, got, row.want)
		}
	}
}

func TestTrail(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	var tr trail
	if tr.value(at(0)) != 0 {
		t.Error("an empty trail has a value")
	}
	tr.add(at(0), 0, time.Hour)
	tr.add(at(10), 100, time.Hour)
	tr.add(at(10), 150, time.Hour) // something was written at once
	tr.add(at(20), 150, time.Hour)
	for s, want := range map[int]int64{-5: 0, 0: 0, 5: 50, 10: 150, 15: 150, 20: 150, 99: 150} {
		if got := tr.value(at(s)); got != want {
			t.Errorf("at %d s: %d, want %d", s, got, want)
		}
	}
	tr.add(at(30), 250, 5*time.Second)
	if len(tr.points) != 2 || tr.value(at(25)) != 200 {
		t.Errorf("kept %v", tr.points)
	}
}

func TestTimersInOrder(t *testing.T) {
	t.Parallel()
	var q timers
	var got string
	begun := time.Now()
	for _, row := range []struct {
		after time.Duration
		name  string
	}{{2, "c"}, {1, "a"}, {1, "b"}, {3, "d"}, {9, "late"}} {
		q.set(begun.Add(row.after), func() { got += row.name })
	}
	q.set(begun.Add(1), func() { got += "stopped" }).stop()
	(*timer)(nil).stop()
	for due := q.due(begun.Add(5)); due != nil; due = q.due(begun.Add(5)) {
		due.do()
	}
	if got != "abcd" || q.Len() != 1 {
		t.Errorf("happened %q, %d left", got, q.Len())
	}
}
