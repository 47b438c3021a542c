package diagnose

import (
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// sight is what both ends show while a migration goes on, and the rule that has to
// match; "" is none.
type sight struct {
	why      string
	in       Input
	rule     string
	evidence string
	remedy   string
}

func sights() []sight {
	var all []sight
	for _, some := range [][]sight{orderSights(), lossSights(), endSights(), connectSights(), linkSights(), syncSights()} {
		all = append(all, some...)
	}
	return all
}

// orderSights are in order: what looks like trouble and is none.
func orderSights() []sight {
	waiting := step{source: "sync_full:1 slave0:ip=10.0.0.7,port=6379,state=wait_bgsave,offset=0,lag=0", target: unlinkedTarget}
	return []sight{
		{why: "nothing was seen", in: Input{}},
		{why: "two servers in order", in: Input{History: seen(step{}, step{})}},
		{why: "errors from before this migration", in: Input{History: seen(step{target: "unexpected_error_replies:7"}, step{})}},
		{why: "the target waits for the diskless delay", in: Input{History: seen(step{source: unlinkedSource, target: unlinkedTarget}, waiting, waiting, waiting, waiting, waiting, waiting)}},
		{why: "a connection that takes a moment", in: Input{History: seen(step{source: unlinkedSource, target: unlinkedTarget}, step{}, step{})}},
		{why: "one restart of the full sync", in: Input{History: seen(waiting, step{}, step{after: time.Minute, source: "sync_full:2", target: "master_link_status:down"})}},
		{why: "one break", in: Input{History: seen(step{}, step{target: "master_link_status:down", source: unlinkedSource})}},
		{why: "an idle source sends a PING every 10 seconds", in: Input{History: seen(step{}, step{target: "master_last_io_seconds_ago:9"})}},
		{why: "an acknowledgement that is late", in: Input{History: seen(step{}, step{source: "slave0:ip=10.0.0.7,port=6379,state=online,offset=9,lag=4", target: "master_last_io_seconds_ago:6"})}},
		{why: "a first replica gives the source a history", in: Input{History: seen(step{source: "master_replid:h0 repl_backlog_active:0"}, step{source: "master_replid:h1 repl_backlog_active:1"})}},
		{why: "a save takes long, and goes on", in: Input{History: seen(waiting, step{after: time.Minute, source: "rdb_bgsave_in_progress:1 rdb_current_bgsave_time_sec:60", sample: progress.Sample{Phase: progress.PhaseWaiting}},
			step{after: time.Minute, source: "rdb_current_bgsave_time_sec:120", sample: progress.Sample{Phase: progress.PhaseWaiting}})}},
		{why: "loading takes long, and goes on", in: Input{History: seen(waiting, step{target: "loading:1 loading_loaded_bytes:10"}, step{after: 50 * time.Second, target: "loading_loaded_bytes:11"}, step{after: 50 * time.Second, target: "loading_loaded_bytes:12"})}},
		{why: "in sync nothing has to move", in: Input{History: seen(step{}, step{after: time.Hour}, step{after: time.Hour})}},
		{why: "the target has been silent while it loads", in: Input{History: seen(waiting, step{target: "!"}, step{after: time.Minute, target: "!"}, step{after: time.Minute, target: "!"})}},
	}
}

func lossSights() []sight {
	full := step{target: "used_memory:95 maxmemory:100 maxmemory_policy:noeviction"}
	return []sight{
		{"the old SYNC", Input{History: seen(step{target: "master_replid:"})}, "psync-renamed", "no master_replid", "rename-command PSYNC"},
		{"db20 of 16", Input{History: seen(step{source: "db20:keys=1,expires=0"}), Facts: facts(nil)}, "databases-in-use", "has 16 databases by SELECT", "databases"},
		{"db15 of 16", Input{History: seen(step{source: "db15:keys=1,expires=0"}), Facts: facts(nil)}, "", "", ""},
		{"by the parameter group alone", Input{History: seen(step{source: "db20:keys=1"}), Facts: facts(func(f *preflight.Facts) { f.TargetNode = nil })}, "databases-in-use", "parameter group", ""},
		{"nobody knows how many", Input{History: seen(step{source: "db20:keys=1"})}, "", "", ""},
		{"the target exits", Input{History: seen(step{source: "db20:keys=1 sync_full:1", target: unlinkedTarget}, step{target: "!"}), Facts: facts(nil)}, "databases", "db20", "databases"},
		{"the target evicts", Input{History: seen(step{}, step{target: "evicted_keys:3"})}, "evicted", "evicted_keys of the target: 3, 3 more", "larger node type"},
		{"the target holds too much", Input{History: seen(step{target: "used_memory:104857601 maxmemory:104857600"})}, "memory", "104857601 bytes of a maxmemory of 104857600", "more than 126 MiB"},
		{"what the server does not count", Input{History: seen(step{target: "used_memory:101 maxmemory:100 mem_not_counted_for_evict:2"})}, "", "", ""},
		{"too much before the link is up", Input{History: seen(step{target: "used_memory:101 maxmemory:100 master_link_status:down loading:1"})}, "", "", ""},
		{"SET under another name", Input{History: seen(step{}, step{target: "unexpected_error_replies:2"}), Facts: lacking("set", "config")}, "write-renamed", "by their names: set", "rename-command"},
		{"CONFIG under another name is not it", Input{History: seen(step{}, step{target: "unexpected_error_replies:2"}), Facts: lacking("config")}, "stream-errors", "2 more", ""},
		{"a write command that exists no more", Input{History: seen(step{}, step{target: "unexpected_error_replies:2"}), Facts: facts(func(f *preflight.Facts) {
			f.Source.Commands.Missing, f.Source.Commands.Disabled = []string{"flushall"}, []string{"flushall"}
		})}, "stream-errors", "", ""},
		{"OOM", Input{History: seen(full, step{target: "unexpected_error_replies:1"})}, "refused-for-memory", "95 bytes", "node type with more than 1 MiB"},
		{"nobody saw the counter before", Input{History: seenBy(&History{Attached: true}, step{target: "unexpected_error_replies:1"})}, "stream-errors", "1 more than at first", "Abort"},
	}
}

func endSights() []sight {
	gone := step{source: "!", target: "master_link_status:down master_link_down_since_seconds:3"}
	return []sight{
		{"another history", Input{History: seen(step{}, step{source: "master_replid:h2"})}, "source-failover", "master_replid was h1 and is h2", "another one now"},
		{"it became a replica", Input{History: seen(step{}, step{source: "role:slave master_link_status:up"})}, "source-failover", "role was master and is slave", ""},
		{"a chain that is whole", Input{History: seen(step{source: "role:slave master_link_status:up"}, step{})}, "", "", ""},
		{"a chain whose top is dead", Input{History: seen(step{source: "role:slave master_link_status:down master_link_down_since_seconds:9 master_host:h master_port:6379"}, step{})}, "upstream-down", "follows h:6379, master_link_status:down", "above the source"},
		{"another process", Input{History: seen(step{}, step{source: "run_id:s2 master_replid:h2 uptime_in_seconds:4"})}, "source-restarted", "run_id was s1 and is s2", "data"},
		{"a restart is over when the target has followed for a while", Input{History: seen(step{}, step{source: "run_id:s2"}, step{}, step{after: time.Minute})}, "", "", ""},
		{"the source is gone", Input{History: seen(step{}, gone)}, "source-stopped", "connect: refused", "start the source"},
		{"only the library does not reach it", Input{History: seen(step{}, step{source: "!"})}, "", "", ""},
		{"another node", Input{History: seen(step{}, step{target: "run_id:t2"})}, "target-replaced", "was t1 and is t2", "available"},
	}
}

// without is a target that has had no connection for five seconds.
func without(link redisinfo.Link) *History {
	s := step{source: unlinkedSource, target: unlinkedTarget, link: link}
	return seen(s, s, s, s, s)
}

func connectSights() []sight {
	probe := func(p preflight.Probe) *preflight.Probe { p.Address = "10.0.0.1:6379"; return &p }
	pong := probe(preflight.Probe{Reached: true, Reply: "PONG"})
	lost := step{source: unlinkedSource, target: unlinkedTarget}
	closed := facts(func(f *preflight.Facts) {
		f.Source.Config = &preflight.NodeConfig{Bind: []string{"127.0.0.1"}, Port: 6379}
		f.SourceAddress = &preflight.Address{Host: "10.0.0.1", Port: 6379, IPs: []string{"10.0.0.1"}}
	})
	return []sight{
		{"NOAUTH", Input{History: without("connect"), Probe: probe(preflight.Probe{Reached: true, Reply: "NOAUTH Authentication required."})}, "source-auth", "NOAUTH", "without a password"},
		{"NOPERM", Input{History: without("connect"), Probe: probe(preflight.Probe{Reached: true, Reply: "PONG", Replconf: "NOPERM this user has no permissions"})}, "source-acl", "NOPERM", "+psync"},
		{"the default user may not PSYNC", Input{History: without("handshake"), Probe: pong, Facts: facts(func(f *preflight.Facts) { f.Source.DefaultUserDenied = []string{"psync"} })}, "source-acl", "may not run psync", "+psync"},
		{"DENIED", Input{History: without("connect"), Probe: probe(preflight.Probe{Reached: true, Reply: "DENIED Redis is running in protected mode"})}, "source-protected", "DENIED", "protected-mode"},
		{"TLS", Input{History: without("connect"), Probe: probe(preflight.Probe{Reached: true, TLS: true, Err: "the answer is a TLS record"})}, "source-tls", "TLS record", "plain port"},
		{"a web server", Input{History: without("connect"), Probe: probe(preflight.Probe{Reached: true, Err: `the answer is not Redis: "HTTP/1.1 400"`})}, "source-not-redis", "HTTP", "proxy"},
		{"nothing listens", Input{History: without("connect"), Probe: probe(preflight.Probe{Err: "connect: refused"})}, "source-unreachable", "refused", "bind"},
		{"neither SYNC nor PSYNC", Input{History: without("handshake"), Probe: pong, Facts: lacking("sync", "psync")}, "sync-renamed", "psync, sync", "rename-command SYNC"},
		{"PSYNC alone is another matter", Input{History: without("connect"), Probe: pong, Facts: lacking("psync")}, "not-connected", "", ""},
		{"a handshake that lasts", Input{History: without("handshake"), Probe: pong}, "network-drop", "ROLE says handshake", "network ACLs"},
		{"a connection that is not made", Input{History: without("connecting"), Probe: pong}, "network-drop", "", ""},
		{"refused to the target alone", Input{History: without("connect"), Probe: pong}, "not-connected", "PONG", "bind"},
		{"and the facts say why", Input{History: without("connect"), Probe: pong, Facts: closed}, "not-connected", "source.bind: ", "bind 10.0.0.1 127.0.0.1"},
		{"a link that was there", Input{History: seen(step{}, lost, lost, lost, lost, lost), Probe: pong}, "link-lost", "", "what changed"},
	}
}

func linkSights() []sight {
	broken, whole := step{target: "master_link_status:down", source: unlinkedSource}, step{target: "master_link_status:up", source: "slave0:ip=10.0.0.7,port=6379,state=online,offset=1,lag=0"}
	nameless := step{source: "slave0:ip=10.0.0.7,port=0,state=online,offset=0,lag=1"}
	return []sight{
		{"a replica without a port", Input{History: seen(nameless, step{source: "sync_partial_ok:1"}, step{source: "sync_partial_ok:2 unexpected_error_replies:2"})}, "replconf-renamed", "sync_partial_ok of the source: 2", "rename-command REPLCONF"},
		{"REPLCONF is not known by name", Input{History: seen(step{}, step{source: "sync_partial_ok:3"}), Facts: lacking("replconf")}, "replconf-renamed", "", ""},
		{"partial resyncs alone", Input{History: seen(step{}, step{source: "sync_partial_ok:3"})}, "", "", ""},
		{"a break that cost a full sync", Input{History: seen(step{}, broken, step{source: "sync_full:1 sync_partial_err:1", sample: progress.Sample{SourceWriteRate: 1 << 20}})}, "backlog", "repl_backlog_size:1048576", "repl-backlog-size 125829120"},
		{"one that did not", Input{History: seen(step{}, broken, step{source: "sync_partial_ok:1", target: "master_link_status:up"})}, "", "", ""},
		{"a full sync after a restart is no matter of the backlog", Input{History: seen(step{}, broken, step{source: "run_id:s2 sync_full:1 sync_partial_err:1"})}, "source-restarted", "", ""},
		{"three breaks", Input{History: seen(step{}, broken, whole, broken, whole, broken)}, "link-unstable", "3 times", "NAT"},
		{"three breaks within hours", Input{History: seen(step{}, broken, whole, step{after: time.Hour, target: broken.target, source: broken.source}, whole, step{after: time.Hour, target: broken.target, source: broken.source}, whole)}, "", "", ""},
		{"nothing comes through", Input{History: seen(step{}, step{source: "slave0:ip=10.0.0.7,port=6379,state=online,offset=9,lag=6", target: "master_last_io_seconds_ago:5"})}, "link-silent", "for 6 s (lag), the target not of the source for 5 s", "firewall"},
		{"another replica is silent", Input{History: seen(step{source: "slave1:ip=10.0.0.9,port=6379,state=online,offset=9,lag=60", target: "master_last_io_seconds_ago:9"})}, "", "", ""},
		{"no verdict of the test", Input{Unanswered: true}, "test-unanswered", "", "Without"},
	}
}

func syncSights() []sight {
	vain := func(extra string, n ...string) []step {
		var out []step
		for _, full := range n {
			out = append(out, step{source: "sync_full:" + full + " slave0:ip=10.0.0.7,port=6379,state=wait_bgsave,offset=0,lag=0 " + extra, target: unlinkedTarget})
		}
		return out
	}
	buffer := &progress.OutputBuffer{Used: 30 << 20, Hard: 32 << 20, LimitIn: 2 * time.Second}
	seenFull := func(steps []step, s progress.Sample) []step {
		for i := range steps {
			s.Phase = progress.PhaseWaiting
			steps[i].sample = s
		}
		return steps
	}
	slow := func(steps []step, after time.Duration, timeout time.Duration) []step {
		for i := range steps {
			steps[i].after, steps[i].timeout = after, timeout
		}
		return steps
	}
	transfer := step{source: "sync_full:1 slave0:ip=10.0.0.7,port=6379,state=send_bulk,offset=0,lag=0", target: "master_link_status:down master_sync_in_progress:1 master_sync_read_bytes:5"}
	old := facts(func(f *preflight.Facts) { f.Source.Version = "7.4.6" })
	filling := transfer
	filling.sample = progress.Sample{Phase: progress.PhaseTransfer, ETALow: 10 * time.Second, SourceWriteRate: 1 << 20, Buffer: buffer}
	intime := filling
	intime.sample.ETALow = time.Second
	return []sight{
		{"the save fails", Input{History: seen(vain("rdb_last_bgsave_status:err", "0", "300", "600")...)}, "save-failed", "rdb_last_bgsave_status:err", "vm.overcommit_memory"},
		{"a save that failed before", Input{History: seen(step{source: "rdb_last_bgsave_status:err"}, step{})}, "", "", ""},
		{"a format that is too new", Input{History: seen(vain("", "0", "1", "2")...), Facts: old}, "rdb-too-new", "7.4.6", "no engine of ElastiCache loads this"},
		{"the source counts its drops", Input{History: seen(vain("client_output_buffer_limit_disconnections:0", "0")[0], vain("client_output_buffer_limit_disconnections:1", "1")[0])}, "output-buffer", "client_output_buffer_limit_disconnections of the source: 1", "CONFIG SET client-output-buffer-limit \"replica "},
		{"the buffer was full", Input{History: seen(seenFull(vain("", "0", "1", "2"), progress.Sample{Buffer: buffer, SourceWriteRate: 8 << 20, ETAHigh: 30 * time.Second})...)}, "output-buffer", "31457280 bytes in the source's output buffer", "\"replica 503316480 251658240 60\""},
		{"more is written than fits", Input{History: seen(seenFull(vain("", "0", "1", "2"), progress.Sample{SourceWriteRate: 40 << 20, Buffer: &progress.OutputBuffer{Used: 0, Hard: 32 << 20, LimitIn: -1}})...)}, "output-buffer", "", ""},
		{"every repl-timeout", Input{History: seen(slow(vain("", "0", "1", "2", "3"), 61*time.Second, time.Minute)...)}, "repl-timeout", "every 1m1s", "CONFIG SET repl-timeout 122"},
		{"much more often", Input{History: seen(slow(vain("", "0", "1", "2", "3"), 5*time.Second, time.Minute)...)}, "sync-loop", "3 full syncs", "log"},
		{"more often than a short repl-timeout", Input{History: seen(slow(vain("", "0", "1", "2", "3"), 500*time.Millisecond, 2*time.Second)...)}, "sync-loop", "", ""},
		{"over and over", Input{History: seen(vain("", "0", "1", "2")...)}, "sync-loop", "2 full syncs", ""},
		{"it was caught up in between", Input{History: seen(vain("", "0", "1")[0], vain("", "1")[0], step{target: "master_link_status:up"}, step{after: time.Hour, source: "sync_full:2"})}, "", "", ""},
		{"the buffer fills up", Input{History: seen(transfer, filling)}, "buffer-filling", "at its limit in 2s, and the full sync takes 10s more", "client-output-buffer-limit"},
		{"it fills up too late", Input{History: seen(transfer, intime)}, "", "", ""},
		{"the target falls behind", Input{History: seen(step{sample: progress.Sample{Phase: progress.PhaseCatchUp, NotConverging: true, Lag: 9 << 20, SourceWriteRate: 2e6, BytesPerSecond: 1e6}})}, "not-converging", "writes 2000000 bytes a second, the target applies 1000000", "write less"},
		{"nothing moves", Input{History: seen(transfer, transfer, step{after: 40 * time.Second}, step{after: 30 * time.Second})}, "stuck", "nothing has moved for 1m11s; repl-timeout is 1m0s", "Abort"},
		{"not for repl-timeout", Input{History: seen(transfer, transfer, step{after: 30 * time.Second}, step{after: 20 * time.Second})}, "", "", ""},
		{"a longer repl-timeout", Input{History: seen(slow([]step{transfer, transfer, {}, {}}, 40*time.Second, 5*time.Minute)...)}, "", "", ""},
		{"bytes come, one in a while", Input{History: seen(transfer, step{after: 59 * time.Second, target: "master_sync_read_bytes:6"}, step{after: 59 * time.Second, target: "master_sync_read_bytes:7"})}, "", "", ""},
	}
}

func TestSights(t *testing.T) {
	t.Parallel()
	for _, s := range sights() {
		got := ""
		in := s.in
		in.live = true
		for _, r := range rules() {
			if r.at != atTheEnd && r.match(in) {
				got = r.id
				break
			}
		}
		if got != s.rule {
			t.Errorf("%s: rule %q, want %q", s.why, got, s.rule)
			continue
		}
		trouble, found := Watch(s.in)
		if found != (s.rule != "") {
			t.Errorf("%s: found %t", s.why, found)
		}
		if !found {
			continue
		}
		if all := strings.Join(trouble.Evidence, "\n"); !strings.Contains(all, s.evidence) || all == "" && s.rule != "test-unanswered" {
			t.Errorf("%s: the evidence %q lacks %q", s.why, all, s.evidence)
		}
		if !strings.Contains(trouble.Remedy, s.remedy) || trouble.Summary == "" || trouble.DocURL == "" {
			t.Errorf("%s: the remedy %q lacks %q, or there is no summary or link", s.why, trouble.Remedy, s.remedy)
		}
	}
}

// What is lost just before the end is seen in the target's own words, and the history
// stays as it was.
func TestLoss(t *testing.T) {
	t.Parallel()
	in := Input{History: seen(step{}, step{})}
	target := fields{}
	target.set(goodTarget)
	if trouble, lost := Loss(in, at(5), target.info()); lost {
		t.Errorf("of a target in order: %v", trouble)
	}
	target.set("unexpected_error_replies:1")
	trouble, lost := Loss(in, at(5), target.info())
	if !lost || trouble.Cause != progress.CauseStreamErrors || !trouble.Ends {
		t.Errorf("of a target that counts an error: %+v, %t", trouble, lost)
	}
	if in.History.counters[targetErrors].grown != 0 || in.History.looks != 2 {
		t.Error("the history was changed")
	}
	target.set("unexpected_error_replies:0 master_last_io_seconds_ago:60")
	if trouble, lost := Loss(in, at(5), target.info()); lost {
		t.Errorf("what is no loss: %v", trouble)
	}
}

// Whether it is of use to start again, and who has to do something, is what a host
// decides by.
func TestWhatHelps(t *testing.T) {
	t.Parallel()
	helps := map[progress.Cause]bool{
		progress.CauseRDBRejected: false, progress.CauseSourceAuth: false, progress.CauseSourceProtected: false, progress.CauseSourceTLS: false,
		progress.CauseDatabases: false, progress.CauseTargetMemory: false, progress.CauseSyncRenamed: false, progress.CausePsyncRenamed: false,
		progress.CauseReplconfRenamed: false, progress.CauseWriteRenamed: false, progress.CauseStreamErrors: false, progress.CauseNetworkDrop: false,
		progress.CausePermission: false, progress.CauseNotFound: false, progress.CauseInvalidParameter: false, progress.CausePreflight: false,
		progress.CauseLinkUnstable: true, progress.CauseLinkSilent: true, progress.CauseSourceRestarted: true, progress.CauseSourceStopped: true,
		progress.CauseSourceFailover: true, progress.CauseTargetReplaced: true, progress.CauseSaveFailed: true, progress.CauseBacklog: true,
		progress.CauseThrottled: true, progress.CauseTransport: true, progress.CauseNotInSync: true, progress.CauseUpstreamDown: true,
	}
	for _, r := range rules() {
		if want, ok := helps[r.cause]; ok && r.retryable != want {
			t.Errorf("%s: retryable %t, want %t", r.id, r.retryable, want)
		}
		if !r.retryable && !r.operator {
			t.Errorf("%s: no retry helps, and nobody has to do anything", r.id)
		}
		if r.ends && (r.retryable || r.at != always) {
			t.Errorf("%s: it ends a run, and a retry is said to help, or it is not looked for always", r.id)
		}
	}
}
