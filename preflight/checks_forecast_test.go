package preflight

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

const mebi = 1 << 20

// writing sets the rate of the stream, by slope and by average alike.
func writing(bytesPerSecond float64) func(*Facts) {
	return func(f *Facts) {
		f.Load.ReplicationBytesPerSecond, f.Load.ReplicationAverage = bytesPerSecond, bytesPerSecond
	}
}

// busy does the same to a source whose backlog is large enough for it, in a
// version in which the size of the backlog does not stand in for the limit.
func busy(bytesPerSecond float64) func(*Facts) {
	return func(f *Facts) {
		writing(bytesPerSecond)(f)
		f.Source.Version, f.Source.Config.BacklogSize = "6.2.16", 4<<30
	}
}

// sending sets what clients send; the offset was not counted.
func sending(bytesPerSecond float64) func(*Facts) {
	return func(f *Facts) { f.Load = &Load{WindowSeconds: 1, InputBytesPerSecond: bytesPerSecond} }
}

// scripted is a source whose offset was not counted and that runs scripts.
func scripted(f *Facts) { f.Load = &Load{WindowSeconds: 1, InputBytesPerSecond: 2900, Scripts: 40} }

func noLoad(f *Facts) { f.Load = nil; gap(f, "load", "one look was too slow") }

func forkRows() []builtinRow {
	// The process of the good facts occupies 1200 MiB.
	machine := func(mebibytes int64, more ...func(*Facts)) func(*Facts) {
		return func(f *Facts) {
			f.Source.SystemMemory = mebibytes * mebi
			for _, change := range more {
				change(f)
			}
		}
	}
	changes := func(perSecond float64) func(*Facts) {
		return func(f *Facts) { f.Load.ChangesPerSecond = perSecond }
	}
	return []builtinRow{
		{"a copy of everything fits", good, "source.fork-headroom", Pass, "1200.0 MiB occupied of the machine's 16384.0 MiB: even a copy of everything fits, with 0.832 MiB in the output buffer; a container's limit", ""},
		{"exactly, with the whole buffer", machine(2656, noLoad), "source.fork-headroom", Pass, "even a copy of everything fits, with 256.0 MiB in the output buffer", ""},
		{"a byte less", func(f *Facts) { machine(2656, noLoad)(f); f.Source.SystemMemory-- }, "source.fork-headroom", Unknown, "one look was too slow", "quiet hour"},
		{"what piles up counts", machine(2048, writing(10*mebi)), "source.fork-headroom", Pass, "takes 30.0 MiB to 374.1 MiB more and the output buffer 121.0 MiB to 256.0 MiB", ""},
		{"what stands in for the limit was not seen", machine(2048, writing(10*mebi), func(f *Facts) { gap(f, "source.config.backlog_size", "cut") }), "source.fork-headroom", Unknown, "the output buffer 0.0 MiB to", "quiet hour"},
		{"what piles up does not fit", machine(1400, busy(25*mebi), func(f *Facts) { f.Source.Config.ReplicaBuffer = BufferLimit{Hard: 4 << 30} }), "source.fork-headroom", Fail, "30.0 MiB more at the least (the last save took 30.0 MiB), the output buffer 302.4 MiB", "quiet hour"},
		{"a buffer without a limit is judged elsewhere", machine(1400, func(f *Facts) {
			busy(10 * mebi)(f)
			f.Source.Config.ReplicaBuffer = BufferLimit{}
			f.Source.Version = "7.0.15"
		}), "source.fork-headroom", Unknown, "the output buffer 0.0 MiB", "quiet hour"},
		{"scripts, and everything fits", machine(16384, scripted), "source.fork-headroom", Pass, "with 256.0 MiB in the output buffer", ""},
		{"scripts, and all may be copied", machine(2300, scripted), "source.fork-headroom", Unknown, "30.0 MiB to 1024.0 MiB more", "quiet hour"},
		{"scripts, and a soft limit alone", machine(4096, scripted, func(f *Facts) { f.Source.Config.ReplicaBuffer = BufferLimit{0, 64 * mebi, 60} }), "source.fork-headroom", Unknown, "scripts run, which may write more than they are sent", "attach a replica"},
		{"the limit was not seen", func(f *Facts) { f.Source.Config = nil; noLoad(f) }, "source.fork-headroom", Unknown, "one look was too slow", "quiet hour"},
		{"less, but little is written", machine(2048), "source.fork-headroom", Pass, "takes 30.0 MiB more and the output buffer 0.104 MiB to 0.832 MiB; a container's limit and other processes are not seen", ""},
		{"what the last save took does not fit", machine(1220), "source.fork-headroom", Fail, "the last save took 30.0 MiB", "vm.overcommit_memory=1"},
		{"the process is in swap already", machine(1000), "source.fork-headroom", Fail, "1200.0 MiB occupied of the machine's 1000.0 MiB", "from a replica"},
		{"everything may be copied", machine(2048, changes(100_000)), "source.fork-headroom", Unknown, "30.0 MiB to 1024.0 MiB more and the output buffer 0.104 MiB to 0.832 MiB, for which 848.0 MiB are left", "quiet hour"},
		{"huge pages before 6.2", machine(2048, func(f *Facts) { f.Source.Version = "6.0.20" }), "source.fork-headroom", Unknown, "to 1024.0 MiB", "huge pages off"},
		{"a save ended: each command may be a change", machine(2048, changes(0), func(f *Facts) { f.Load.CommandsPerSecond = 100_000 }), "source.fork-headroom", Unknown, "to 1024.0 MiB", "quiet hour"},
		{"how much is written was not seen", machine(2048, noLoad), "source.fork-headroom", Unknown, "one look was too slow", "quiet hour"},
		{"memory of the machine not told", machine(0), "source.fork-headroom", Unknown, "no reason was recorded", "by hand"},
		{"gap", func(f *Facts) { gap(f, "source.used_memory_rss", "cut") }, "source.fork-headroom", Unknown, "cut", "INFO"},
	}
}

func bufferRows() []builtinRow {
	limit := func(hard, soft, seconds int64, more ...func(*Facts)) func(*Facts) {
		return func(f *Facts) {
			f.Source.Config.ReplicaBuffer = BufferLimit{hard, soft, seconds}
			f.Source.Config.BacklogSize = 2 * mebi
			for _, change := range more {
				change(f)
			}
		}
	}
	is := func(v string) func(*Facts) { return func(f *Facts) { f.Source.Version = v } }
	machine := func(mebibytes int64) func(*Facts) {
		return func(f *Facts) { f.Source.SystemMemory = mebibytes * mebi }
	}
	backlog := func(f *Facts) { f.Source.Config.BacklogSize = 64 * mebi }
	const id = "source.output-buffer"
	const usual = `CONFIG SET client-output-buffer-limit "replica 268435456 134217728 60"`
	return []builtinRow{
		{"little is written", good, id, Pass, "limit 256.0 MiB at once, 64.0 MiB for 60 s; written are 0.009 MiB to 0.019 MiB/s, and the target reads nothing of it for 12.1 to 43.6 s: 0.104 MiB to 0.832 MiB pile up", ""},
		{"no limit, and how much is written was not seen", limit(0, 0, 0, noLoad), id, Unknown, "no limit but the source's memory; how much is written was not seen: one look was too slow", "quiet hour"},
		{"no limit, and the memory holds it", limit(0, 0, 0, busy(10*mebi)), id, Pass, "with 1200.0 MiB occupied and 30.0 MiB to 374.1 MiB copied, 1351.0 MiB to 2446.1 MiB of the machine's 16384.0 MiB", ""},
		{"no limit, and the memory may not hold it", limit(0, 0, 0, busy(10*mebi), machine(2446)), id, Unknown, "which may be too much", "quiet hour"},
		{"no limit, and the memory does not hold it", limit(0, 0, 0, busy(10*mebi), machine(1350)), id, Fail, "the source runs out of memory", "migrate in a quiet hour or with throttled writers, from a replica"},
		{"no limit, and not even the fork fits", limit(0, 0, 0, busy(10*mebi), machine(1210)), id, Unknown, "no limit", "see source.fork-headroom"},
		{"no limit, and the memory was not told", limit(0, 0, 0, machine(0)), id, Unknown, "total_system_memory not seen", "by hand"},
		{"no limit, and scripts write", limit(0, 0, 0, scripted), id, Unknown, "0.0 MiB to 0.121 MiB or more pile up", "attach a replica"},
		{"whether scripts write was refused", func(f *Facts) { scripted(f); f.Load.Scripts = -1 }, id, Unknown, "it was not told whether scripts run", "INFO commandstats"},
		{"a single look", func(f *Facts) { f.Load.WindowSeconds = 0 }, id, Unknown, "looked at but once", "two looks"},
		{"one field of the load was not seen", func(f *Facts) { gap(f, "load.replication_average", "cut") }, id, Unknown, "how much is written was not seen: cut", "client-output-buffer-limit"},
		{"scripts write", scripted, id, Unknown, "scripts run, which may write more than they are sent", "attach a replica"},
		{"scripts write, but the offset was counted", func(f *Facts) { f.Load.Scripts = 40 }, id, Pass, "pile up", ""},
		{"no limit would fit the machine", func(f *Facts) { busy(25 * mebi)(f); machine(3000)(f) }, id, Fail, "256.0 MiB at once", "no value of client-output-buffer-limit changes that"},
		{"a short peak", func(f *Facts) { f.Load.ReplicationBytesPerSecond = 25 * mebi }, id, Unknown, "0.104 MiB to 2180.0 MiB pile up", "replica"},
		{"a quiet moment of a busy source", func(f *Facts) { f.Load.ReplicationAverage = 25 * mebi }, id, Unknown, "0.115 MiB to 2180.0 MiB pile up", "replica"},
		{"even the optimistic forecast is too much", busy(25 * mebi), id, Fail, "302.4 MiB to 2180.0 MiB pile up", `"replica 4571791360 2285895680 60"`},
		{"the same in redis.conf", busy(25 * mebi), id, Fail, "", "client-output-buffer-limit replica 4360mb 2180mb 60"},
		{"only the pessimistic one is", writing(10 * mebi), id, Unknown, "121.0 MiB to 872.0 MiB pile up, which may be too much", `"replica 1828716544 914358272 60"`},
		{"perhaps nothing is written", sending(10 * mebi), id, Unknown, "written are 0.0 MiB to 10.0 MiB/s", "redis.conf"},
		{"at the most this is written", sending(5 * mebi), id, Pass, "0.0 MiB to 218.0 MiB pile up", ""},
		{"tiny, and nothing is written", limit(mebi, mebi, 1, writing(0)), id, Fail, "limit 2.0 MiB at once, 1.0 MiB for 1 s", usual},
		{"tiny, and how much is written was not seen", limit(mebi, mebi, 1, noLoad), id, Fail, "a burst of 32.0 MiB", usual},
		{"as large as the burst", limit(32*mebi, 0, 0), id, Fail, "a burst of 32.0 MiB", usual},
		{"just larger than the burst", limit(33*mebi, 0, 0), id, Pass, "33.0 MiB at once, none for long", ""},
		{"a larger backlog counts instead", limit(mebi, 0, 0, backlog), id, Pass, "limit 64.0 MiB at once", ""},
		{"in Valkey too", limit(mebi, 0, 0, backlog, func(f *Facts) { f.Source.Engine, f.Source.Version = "valkey", "8.0.1" }), id, Pass, "limit 64.0 MiB at once", ""},
		{"not before 7.0", limit(mebi, 0, 0, backlog, is("6.2.16")), id, Fail, "limit 1.0 MiB at once", usual},
		{"the version was not told", limit(mebi, 0, 0, backlog, func(f *Facts) { f.Source.Version = ""; gap(f, "source.version", "INFO is cut") }), id, Unknown, "INFO is cut", "see source.version"},
		{"the name before 5.0", limit(mebi, 0, 0, is("4.0.14")), id, Fail, "limit 1.0 MiB", `client-output-buffer-limit "slave 268435456 134217728 60"`},
		{"the soft limit alone, for too short a time", limit(0, mebi, 5), id, Fail, "limit none at once, 1.0 MiB for 5 s; written", `"replica 0 134217728 60"`},
		{"the soft limit, for long enough", limit(0, mebi, 60), id, Pass, "1.0 MiB for 60 s", ""},
		{"the soft limit is reached for too long", limit(0, 64*mebi, 5, busy(10*mebi)), id, Fail, "64.0 MiB for 5 s", `"replica 0 914358272 60"`},
		{"how much is written was not seen", noLoad, id, Unknown, "one look was too slow", usual},
		{"a rate that cannot be", writing(-1), id, Unknown, "how much is written was not seen", usual},
		{"how large the data is was not seen", func(f *Facts) { f.Source.UsedMemory = 0; gap(f, "source.used_memory", "cut") }, id, Unknown, "cut", usual},
		{"a limit that cannot be", limit(-1, 0, 0), id, Unknown, "-1 0 0", "CONFIG GET client-output-buffer-limit"},
		{"a gap is not no limit", limit(0, 0, 0, func(f *Facts) { gap(f, "source.config.replica_buffer", "cut") }), id, Unknown, "cut", "INFO"},
		{"CONFIG is refused", func(f *Facts) { f.Source.Config = nil; gap(f, "source.config", "NOPERM") }, id, Unknown, "NOPERM", "docs/preflight.md"},
	}
}

func backlogRows() []builtinRow {
	timeout := func(seconds int64) func(*Facts) {
		return func(f *Facts) { f.Source.Config.ReplTimeoutSeconds = seconds }
	}
	return []builtinRow{
		{"enough", good, "source.backlog", Pass, "backlog 64.0 MiB; written are 0.009 MiB to 0.019 MiB/s, in 60 s 0.515 MiB to 1.1 MiB", ""},
		{"the default, and little is written", func(f *Facts) { f.Source.Config.BacklogSize = mebi; writing(8000)(f) }, "source.backlog", Pass, "backlog 1.0 MiB", ""},
		{"the default, and a little more", func(f *Facts) { f.Source.Config.BacklogSize = mebi }, "source.backlog", Unknown, "0.515 MiB to 1.1 MiB", "repl-backlog-size 2097152"},
		{"scripts write", scripted, "source.backlog", Unknown, "in 60 s 0.0 MiB to 0.166 MiB or more; scripts run", "attach a replica"},
		{"too small", writing(2 * mebi), "source.backlog", Fail, "in 60 s 120.0 MiB to 240.0 MiB", "CONFIG SET repl-backlog-size 251658240"},
		{"the same in redis.conf", writing(2 * mebi), "source.backlog", Fail, "", "repl-backlog-size 240mb"},
		{"perhaps too small", sending(2 * mebi), "source.backlog", Unknown, "in 60 s 0.0 MiB to 120.0 MiB", "125829120"},
		{"how much is written was not seen", noLoad, "source.backlog", Unknown, "one look was too slow", "master_repl_offset"},
		{"a size that cannot be", func(f *Facts) { f.Source.Config.BacklogSize = 0 }, "source.backlog", Unknown, "cannot be", "CONFIG GET"},
		{"gap", func(f *Facts) { gap(f, "source.config.backlog_size", "cut") }, "source.backlog", Unknown, "cut", "INFO"},

		{"the default", good, "source.repl-timeout", Pass, "60 s", ""},
		{"longer", timeout(600), "source.repl-timeout", Pass, "600 s", ""},
		{"shorter, but long enough", timeout(44), "source.repl-timeout", Pass, "12.1 to 43.6 s", ""},
		{"too short", timeout(12), "source.repl-timeout", Fail, "repl-timeout 12 s; saving and loading take 12.1 to 43.6 s", "CONFIG SET repl-timeout 60"},
		{"perhaps too short", timeout(43), "source.repl-timeout", Unknown, "it may be too short", "CONFIG SET repl-timeout 60"},
		{"as long as the optimistic forecast", timeout(13), "source.repl-timeout", Unknown, "it may be too short", "repl-timeout 60"},
		{"short, and how large the data is was not seen", func(f *Facts) { timeout(30)(f); f.Source.UsedMemory = 0 }, "source.repl-timeout", Unknown, "no reason was recorded", "repl-timeout 60"},
		{"a time that cannot be", timeout(0), "source.repl-timeout", Unknown, "cannot be", "CONFIG GET"},
		{"gap", func(f *Facts) { gap(f, "source.config.repl_timeout_seconds", "cut") }, "source.repl-timeout", Unknown, "cut", "INFO"},
	}
}

// What a remedy says must do: with it the check passes.
func TestRemediesOfForecastsWork(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	tried := map[string]int{}
	for range 3000 {
		facts := randomFacts(rng)
		facts.Load.Scripts, facts.Load.WindowSeconds = 0, 1 // no setting helps against scripts, or a single look
		facts.Source.SystemMemory, facts.Source.Keys = math.MaxInt64, nil
		for _, c := range forecastChecks() {
			f := c.judge(facts)
			if f.Outcome == Pass || c.ID == "source.fork-headroom" {
				continue
			}
			tried[c.ID]++
			changed := facts
			node, config := *facts.Source, *facts.Source.Config
			changed.Source, node.Config = &node, &config
			obey(t, f.Remedy, &config)
			if again := c.judge(changed); again.Outcome != Pass {
				t.Fatalf("%s: %s\nremedy %s\nthen %s: %s", c.ID, f.Observed, f.Remedy, again.Outcome, again.Observed)
			}
		}
	}
	for _, id := range []string{"source.output-buffer", "source.backlog", "source.repl-timeout"} {
		if tried[id] < 100 {
			t.Errorf("%s: only %d remedies tried", id, tried[id])
		}
	}
}

// obey runs the CONFIG SET of a remedy.
func obey(t *testing.T, remedy string, c *NodeConfig) {
	t.Helper()
	_, command, ok := strings.Cut(remedy, "CONFIG SET ")
	name, value, _ := strings.Cut(command, " ")
	var err error
	switch name {
	case "client-output-buffer-limit":
		var class string
		value, _, _ = strings.Cut(strings.TrimPrefix(value, `"`), `"`)
		_, err = fmt.Sscan(value, &class, &c.ReplicaBuffer.Hard, &c.ReplicaBuffer.Soft, &c.ReplicaBuffer.SoftSeconds)
	case "repl-backlog-size":
		_, err = fmt.Sscan(value, &c.BacklogSize)
	case "repl-timeout":
		_, err = fmt.Sscan(value, &c.ReplTimeoutSeconds)
	default:
		ok = false
	}
	if !ok || err != nil {
		t.Fatalf("no value in the remedy %q: %v", remedy, err)
	}
}

// Facts written by hand may hold anything.
func TestForecastChecksOfNonsense(t *testing.T) {
	t.Parallel()
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, math.MaxFloat64} {
		for _, n := range []int64{math.MinInt64, -1, 0, 1, math.MaxInt64} {
			facts := goodFacts()
			facts.Load = &Load{OffsetTracked: n > 0, ReplicationBytesPerSecond: v, ReplicationAverage: v, InputBytesPerSecond: v, InputAverage: v, MemoryBytesPerSecond: v, Scripts: int64(n), WindowSeconds: 1, ChangesPerSecond: v, CommandsPerSecond: v, LinkBytesPerSecond: v}
			s := facts.Source
			s.UsedMemory, s.UsedMemoryRSS, s.SystemMemory, s.LastSaveSeconds, s.LastSaveCopied, s.Clients, s.LastSaveAgeSeconds = n, n, n, n, n, n, n
			s.Config.ReplicaBuffer, s.Config.BacklogSize, s.Config.ReplTimeoutSeconds, s.Config.DisklessDelaySeconds = BufferLimit{n, n, n}, n, n, n
			for _, c := range append(sourceChecks(), pairChecks()...) {
				f := c.Judge(facts)
				if f.Observed == "" || strings.Contains(f.Observed+f.Remedy, "NaN") || strings.Contains(f.Observed+f.Remedy, "Inf") {
					t.Errorf("%s, %v and %d: %+v", c.ID, v, n, f)
				}
			}
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	facts, checks := goodFacts(), Builtin()
	b.ReportAllocs()
	for b.Loop() {
		if r := Judge(facts, checks, nil); len(r.Findings) == 0 {
			b.Fatal("no findings")
		}
	}
	if each := b.Elapsed() / time.Duration(b.N); b.N > 1 && each > time.Millisecond {
		b.Errorf("judging the facts takes %v, want less than a millisecond", each)
	}
}
