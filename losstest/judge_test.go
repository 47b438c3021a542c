package losstest

import (
	"testing"
	"time"
)

// moment is that many milliseconds after the pause.
func moment(ms int) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(ms) * time.Millisecond)
}

// TestJudge: what is right passes, and each way in which it can be wrong is found.
func TestJudge(t *testing.T) {
	t.Parallel()
	old, now := &place{addr: "old"}, &place{addr: "new", promoted: true}
	every := onRegister | onCounter | onLog
	write := func(o outcome, by *place, at int, reply int64) entry {
		return entry{on: every, outcome: o, by: by, sent: moment(at), done: moment(at + 1), reply: reply}
	}
	// Two before the pause, one refused, one of which nothing is known, two after.
	entries := []entry{
		write(acknowledged, old, -20, 1), write(acknowledged, old, -10, 2), write(refused, old, 10, 0),
		write(ambiguous, old, 20, 0), write(acknowledged, now, 30, 3), write(acknowledged, now, 40, 4),
	}
	source := data{register: 1, counter: 2, log: []int{0, 1}}
	right := data{register: 5, counter: 4, log: []int{0, 1, 4, 5}}
	for _, row := range []struct {
		name   string
		change func(es []entry, source, target *data)
		want   func(*verdict) *int // nil: all is well
		why    string
	}{
		{"right", func([]entry, *data, *data) {}, nil, "nothing is wrong"},
		{"perhaps", func(es []entry, _, d *data) {
			d.log, d.counter = []int{0, 1, 3, 4, 5}, 5
			es[4].reply, es[5].reply = 4, 5
		}, nil, "an ambiguous write may be there"},
		{"log lost", func(_ []entry, _, d *data) { d.log = []int{0, 4, 5} }, func(v *verdict) *int { return &v.lost }, "1 was acknowledged"},
		{"counter lost", func(_ []entry, _, d *data) { d.counter = 3 }, func(v *verdict) *int { return &v.lost }, "four were acknowledged"},
		{"log twice", func(_ []entry, _, d *data) { d.log = []int{0, 1, 4, 4, 5} }, func(v *verdict) *int { return &v.doubled }, "nobody retries"},
		{"counter twice", func(_ []entry, _, d *data) { d.counter = 6 }, func(v *verdict) *int { return &v.doubled }, "four, and perhaps one"},
		{"refused and there", func(_ []entry, _, d *data) { d.log = []int{0, 1, 2, 4, 5} }, func(v *verdict) *int { return &v.phantom }, "2 was refused"},
		{"nobody wrote", func(_ []entry, _, d *data) { d.log = []int{0, 1, 4, 5, 99} }, func(v *verdict) *int { return &v.phantom }, "there are six"},
		{"older over newer", func(_ []entry, _, d *data) { d.register = 4 }, func(v *verdict) *int { return &v.disordered }, "5 came last"},
		{"ambiguous over newer", func(_ []entry, _, d *data) { d.register = 3 }, func(v *verdict) *int { return &v.disordered }, "5 came last"},
		{"nothing left", func(_ []entry, _, d *data) { d.register = -1 }, func(v *verdict) *int { return &v.disordered }, "5 came last"},
		{"refused over all", func(es []entry, _, d *data) {
			es[5].outcome, d.register, d.counter, d.log = refused, 5, 3, []int{0, 1, 4}
		},
			func(v *verdict) *int { return &v.phantom }, "5 was refused"},
		{"log out of order", func(_ []entry, _, d *data) { d.log = []int{0, 1, 5, 4} }, func(v *verdict) *int { return &v.disordered }, "4 was acknowledged before 5 was sent"},
		{"replies out of order", func(es []entry, _, _ *data) { es[5].reply = 3 }, func(v *verdict) *int { return &v.disordered }, "a counter only grows"},
		{"late", func(es []entry, _, _ *data) { es[4].by, es[4].sent = old, moment(30) }, func(v *verdict) *int { return &v.late }, "the old primary took a write"},
		{"sent before the pause", func(es []entry, _, _ *data) { es[1].done = moment(5) }, nil, "its reply came late"},
		{"parted", func(_ []entry, s, _ *data) { s.log = []int{0, 1, 3} }, func(v *verdict) *int { return &v.parted }, "3 is on the source alone"},
		{"counter parted", func(_ []entry, s, _ *data) { s.counter = 5 }, func(v *verdict) *int { return &v.parted }, "the source has counted further"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			j := &journal{stream: "x"}
			for _, e := range entries {
				j.add(e)
			}
			s, d := source, right
			row.change(j.entries, &s, &d)
			v := judge(j, s, d, nil, false, []shut{{from: moment(0)}})
			switch {
			case row.want == nil && v.bad() > 0:
				t.Errorf("%s, %q; want nothing: %s", v.String(), v.problems, row.why)
			case row.want != nil && *row.want(&v) == 0:
				t.Errorf("%s, %q; want a problem of another kind: %s", v.String(), v.problems, row.why)
			}
		})
	}
}

// TestJudgeQueue is TestJudge for what is popped.
func TestJudgeQueue(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		popped popped
		queue  []int
		moved  []int
		moves  bool
		want   func(*verdict) *int
	}{
		{name: "right", popped: popped{numbers: []int{0, 1}}, queue: []int{2, 3}},
		{name: "a pop that is not known of", popped: popped{numbers: []int{0}, unsure: 1}, queue: []int{2, 3}},
		{name: "lost", popped: popped{numbers: []int{0}}, queue: []int{2, 3}, want: func(v *verdict) *int { return &v.lost }},
		{name: "undone", popped: popped{numbers: []int{0, 1}}, queue: []int{1, 2, 3}, want: func(v *verdict) *int { return &v.doubled }},
		{name: "twice", popped: popped{numbers: []int{0, 1, 1}}, queue: []int{2, 3}, want: func(v *verdict) *int { return &v.doubled }},
		{name: "out of order", popped: popped{numbers: []int{1, 0}}, queue: []int{2, 3}, want: func(v *verdict) *int { return &v.disordered }},
		{name: "moved", popped: popped{numbers: []int{0}}, moved: []int{0, 1}, queue: []int{2, 3}, moves: true},
		{name: "move undone", popped: popped{numbers: []int{0, 1}}, moved: []int{0}, queue: []int{1, 2, 3}, moves: true, want: func(v *verdict) *int { return &v.lost }},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			j := &journal{stream: "x"}
			for range 4 {
				j.add(entry{on: onQueue, outcome: acknowledged, by: &place{promoted: true}})
			}
			v := judge(j, data{register: -1}, data{register: -1, queue: row.queue, moved: row.moved}, &row.popped, row.moves, nil)
			switch {
			case row.want == nil && v.bad() > 0:
				t.Errorf("%s, %q; want nothing", v.String(), v.problems)
			case row.want != nil && *row.want(&v) == 0:
				t.Errorf("%s, %q; want a problem of another kind", v.String(), v.problems)
			}
		})
	}
}
