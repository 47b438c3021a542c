package simulator

import (
	"testing"
	"time"
)

func TestAttempt(t *testing.T) {
	t.Parallel()
	const timeout = 10
	type look struct {
		second int
		st     nodeState
		want   verdict
	}
	down := nodeState{role: "slave"}
	read := func(n int64) nodeState { return nodeState{role: "slave", syncing: true, readBytes: n, connects: 3} }
	load := func(n int64) nodeState { return nodeState{role: "slave", loading: true, loadBytes: n, connects: 3} }
	wait := func(connects int) nodeState { return nodeState{role: "slave", asked: true, connects: connects} }
	for name, looks := range map[string][]look{
		"never connects": {{1, down, verdictPending}, {9, down, verdictPending}, {10, down, verdictStalled}},
		"links":          {{1, down, verdictPending}, {2, nodeState{role: "slave", linkUp: true}, verdictLinked}},
		"rejected wins":  {{1, nodeState{role: "slave", rejected: true}, verdictRejected}},
		"receives and loads slowly": {
			{8, read(1), verdictPending}, {16, read(2), verdictPending}, {25, load(1), verdictPending},
			{34, load(2), verdictPending}, {44, load(2), verdictStalled},
		},
		"the same bytes again and again": {{5, read(100), verdictPending}, {9, read(50), verdictPending}, {15, read(100), verdictStalled}},
		"waits for the first snapshot":   {{9, wait(1), verdictPending}, {60, wait(1), verdictPending}, {600, wait(1), verdictPending}},
		"is sent away again and again":   {{1, wait(1), verdictPending}, {9, wait(8), verdictPending}, {11, wait(9), verdictStalled}},
		"silent while it loads": {
			{1, load(1), verdictPending}, {20, load(900), verdictPending}, {21, nodeState{role: "slave", linkUp: true}, verdictLinked},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Unix(1000, 0)
			a := newAttempt(begin, timeout*time.Second)
			for _, l := range looks {
				if got := a.observe(begin.Add(time.Duration(l.second)*time.Second), l.st); got != l.want {
					t.Errorf("after %d s: %s, want %s", l.second, got, l.want)
				}
			}
		})
	}
}

func TestParseNodeState(t *testing.T) {
	t.Parallel()
	got := parseNodeState("# Replication\r\nrole:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\n" +
		"master_link_status:down\r\nmaster_sync_in_progress:1\r\nmaster_sync_read_bytes:42\r\nslave_repl_offset:7\r\n" +
		"# Persistence\r\nloading:1\r\nloading_loaded_bytes:9\r\n")
	want := nodeState{role: "slave", syncing: true, readBytes: 42, loading: true, loadBytes: 9, offset: 7}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := parseNodeState(""); got.offset != -1 || got.linkUp {
		t.Errorf("nothing at all: %+v", got)
	}
}

func TestLogTail(t *testing.T) {
	t.Parallel()
	var l logTail
	for _, part := range []string{
		"1:S * MASTER <-> REPLICA sync sta", "rted\n", "1:S * Trying a partial resynchronization (request x:1).\n",
		"1:S * PRIMARY <-> REPLICA sync started\n1:S # Can't handle RDB for",
	} {
		l.take(part)
	}
	if l.connects != 2 || !l.asked || l.rejected {
		t.Errorf("before the last line ends: %+v", l)
	}
	if l.take("mat version 12\n"); !l.rejected {
		t.Errorf("the foreign format was not seen: %+v", l)
	}
}
