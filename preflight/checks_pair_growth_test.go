package preflight

import "testing"

// growthRows: 4096 MiB are left on the target, and the sync takes 17.1 to 48.6 s.
func growthRows() []builtinRow {
	const id = "pair.memory-growth"
	growing := func(mebibytes float64, more ...func(*Facts)) func(*Facts) {
		return func(f *Facts) {
			f.Source.MaxMemory, f.Load.MemoryBytesPerSecond = 0, mebibytes*mebi
			for _, change := range more {
				change(f)
			}
		}
	}
	own := func(bytes int64) func(*Facts) { return func(f *Facts) { f.Source.MaxMemory = bytes } }
	return []builtinRow{
		{"its own limit is below the target's", good, id, Pass, "the source's own maxmemory is 4096.0 MiB, target has 5120.0 MiB", ""},
		{"and that is enough to know", func(f *Facts) { f.Load = nil }, id, Pass, "4096.0 MiB", ""},
		{"it does not grow", growing(0), id, Pass, "by the end of the sync the source uses 1024.0 MiB", ""},
		{"it shrinks", growing(-50), id, Pass, "uses 1024.0 MiB", ""},
		{"what clients send is no growth", growing(0, sentOnly), id, Pass, "uses 1024.0 MiB", ""},
		{"it grows a little", growing(40), id, Pass, "uses 1707.8 MiB to 4912.0 MiB", ""},
		{"it may outgrow it", growing(50), id, Unknown, "uses 1878.8 MiB to 5884.0 MiB; the sync itself reports no error", "migrate when less is written, or aws elasticache modify-replication-group"},
		{"it outgrows it", growing(250), id, Fail, "uses 5298.0 MiB to 25324.0 MiB", "migrate when less is written"},
		{"its own limit above the target's", growing(250, own(6<<30)), id, Fail, "uses 5298.0 MiB to 6144.0 MiB", "migrate when less is written"},
		{"a limit beside a gap", growing(50, own(4<<30), func(f *Facts) { gap(f, "source.maxmemory", "cut") }), id, Unknown, "5884.0 MiB", "migrate when"},
		{"one look only", growing(0, func(f *Facts) { f.Load.WindowSeconds = 0 }), id, Unknown, "how fast the source grows not seen", "twice"},
		{"not looked at", growing(0, noLoad), id, Unknown, "one look was too slow", "twice"},
		{"a rate that is no rate", growing(1e300), id, Unknown, "how fast the source grows", "twice"},
		{"more than can be counted", growing(1 << 29), id, Fail, "by the end of the sync", "no node type is known here"},
		{"the target's limit was not seen", func(f *Facts) { f.TargetNode.MaxMemory, f.Target.Parameters = 0, nil }, id, Unknown, "maxmemory", "see pair.memory"},
		{"source not read", noSource, id, Unknown, "i/o timeout", "see pair.memory"},
		{"no group", absent, id, Unknown, "group does not exist", "see pair.memory"},
	}
}

// sentOnly is a source that is sent much and whose data stays as large.
func sentOnly(f *Facts) {
	f.Load.InputBytesPerSecond, f.Load.ReplicationBytesPerSecond = 1<<30, 1<<30
}

// Growth that cannot be told does not block, and a target that is too small today
// does.
func TestGrowthWarns(t *testing.T) {
	t.Parallel()
	facts := goodFacts()
	facts.Source.MaxMemory, facts.Load = 0, nil
	r := Judge(facts, Builtin(), nil)
	if f := findingOf(t, r, "pair.memory-growth"); f.Outcome != Unknown || f.Severity != Warning {
		t.Errorf("got %+v", f)
	}
	if f := findingOf(t, r, "pair.memory"); f.Outcome != Pass {
		t.Errorf("got %+v", f)
	}
	full := goodFacts()
	full.Source.UsedMemory = 6 << 30
	for _, f := range Judge(full, Builtin(), nil).Findings {
		if f.CheckID == "pair.memory-growth" || (f.Outcome == Fail) != (f.CheckID == "pair.memory") {
			t.Errorf("today's data does not fit: %+v", f)
		}
	}
	facts.TargetNode, facts.Target.Parameters = nil, nil
	if f := findingOf(t, Judge(facts, Builtin(), nil), "pair.memory"); !f.Blocks() {
		t.Errorf("without the target's limit: %+v", f)
	}
}
