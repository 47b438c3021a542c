package preflight

import "testing"

func newerCommandRows() []builtinRow {
	const id = "pair.version"
	return []builtinRow{
		{"older into newer", good, id, Pass, "source redis 7.0.15, target valkey 8.0.1", ""},
		{"COPY and LMOVE are lost, with equal RDB versions", between("redis", "6.2.14", "redis", "5.0.6"), id, Fail, "lost in silence, with the link up", "--engine valkey --engine-version 8.0"},
		{"a newer minor version", between("redis", "6.2.14", "redis", "6.0.5"), id, Fail, "source redis 6.2.14, target redis 6.0.5", "waive pair.version"},
		{"a newer patch has no new commands", between("redis", "7.0.15", "redis", "7.0.7"), id, Pass, "", ""},
		{"7.1 knows what 7.0 does", between("redis", "7.0.15", "redis", "7.1.0"), id, Pass, "", ""},
		{"7.1 counts as 7.1", between("redis", "7.2.4", "redis", "7.1.0"), id, Fail, "target redis 7.1.0", "--engine-version 8.0"},
		{"Valkey 7.2 knows what Redis 7.2 does", between("redis", "7.2.4", "valkey", "7.2.6"), id, Pass, "", ""},
		{"Valkey both", between("valkey", "8.1.0", "valkey", "8.0.1"), id, Fail, "target valkey 8.0.1", "--engine-version 8.1"},
		{"Valkey 9 into 8, which may load its snapshots", between("valkey", "9.0.1", "valkey", "8.0.1"), id, Fail, "", "--engine-version 9.0"},
		{"what cannot be loaded is one failure", between("redis", "7.4.6", "valkey", "7.2.6"), id, Unknown, "redis 7.4.6", "see pair.rdb-version"},
		{"and so for Redis", between("redis", "7.0.15", "redis", "6.2.6"), id, Unknown, "", "see pair.rdb-version"},
		{"no version of the target", between("redis", "7.0.15", "valkey", ""), id, Unknown, "without a version", "COMMAND LIST"},
		{"unreadable", between("redis", "unstable", "valkey", "8.0.1"), id, Unknown, "unstable", "waive"},
		{"another engine", between("keydb", "6.3.4", "valkey", "8.0.1"), id, Unknown, "keydb", "waive"},
		{"gap at the source", func(f *Facts) { gap(f, "source.version", "INFO is cut") }, id, Unknown, "INFO is cut", "INFO"},
		{"gap at the target", func(f *Facts) { gap(f, "target.engine", "garbled") }, id, Unknown, "garbled", "region"},
		{"source not read", noSource, id, Unknown, "i/o timeout", "reachable"},
		{"no group", absent, id, Unknown, "group does not exist", "target.exists"},
	}
}

func clusterDatabaseRows() []builtinRow {
	const id = "pair.databases"
	both := func(change func(*Facts)) func(*Facts) {
		return func(f *Facts) { clusters(3, 3)(f); change(f) }
	}
	return []builtinRow{
		{"one each", both(good), id, Pass, "one database on both ends", ""},
		{"by the mode alone", both(func(f *Facts) { f.Target.ClusterEnabled, f.Target.ClusterMode = false, "enabled" }), id, Pass, "one database on both ends", ""},
		{"Valkey 9 at the target has cluster-databases", both(between("redis", "7.0.15", "valkey", "9.0.0")), id, Unknown, "from Valkey 9 on", "cluster-databases"},
		{"Valkey 9 at both ends", both(between("valkey", "9.0.1", "valkey", "9.0.0")), id, Unknown, "source valkey 9.0.1", "cluster-databases"},
		{"a version that nobody saw", both(func(f *Facts) { gap(f, "target.engine_version", "AccessDenied") }), id, Unknown, "cluster mode", "cluster-databases"},
		{"a source version that nobody saw", both(func(f *Facts) { f.Source.Engine = "valkey"; gap(f, "source.version", "cut") }), id, Unknown, "without a version", "cluster-databases"},
		{"only the source", func(f *Facts) { f.Source.ClusterEnabled = true }, id, Unknown, "source is in cluster mode", "source.cluster-mode"},
		{"only the target", func(f *Facts) { f.Target.ClusterMode = "enabled" }, id, Unknown, "target is in cluster mode", "target.cluster-mode"},
		{"the source's mode was not seen", func(f *Facts) { gap(f, "source.cluster_enabled", "cut") }, id, Unknown, "cut", "source.cluster-mode"},
		{"before cluster mode it was not told", func(f *Facts) {
			f.Source.Version = "2.8.24"
			gap(f, "source.cluster_enabled", "no such field")
		}, id, Pass, "source 16, target 16", ""},
		{"the target's mode was not seen", func(f *Facts) { gap(f, "target.cluster_enabled", "garbled") }, id, Unknown, "garbled", "target.cluster-mode"},
		{"high databases, and the target's mode was not seen", func(f *Facts) {
			f.Source.Keys = map[int]int64{3: 1}
			gap(f, "target.cluster_enabled", "garbled")
		}, "pair.databases-in-use", Unknown, "garbled", "target.cluster-mode"},
		{"Valkey 9, and nobody saw the version", both(func(f *Facts) {
			f.Source.Keys = map[int]int64{3: 1}
			gap(f, "target.engine_version", "AccessDenied")
		}), "pair.databases-in-use", Unknown, "is not known", "target.cluster-mode"},
	}
}

// A failure blocks and may be waived; not knowing a version is a warning.
func TestUnknownVersionWarns(t *testing.T) {
	t.Parallel()
	facts := goodFacts()
	gap(&facts, "source.version", "INFO is cut")
	if f := findingOf(t, Judge(facts, Builtin(), nil), "pair.version"); f.Severity != Warning {
		t.Errorf("%+v", f)
	}
	facts = goodFacts()
	between("redis", "6.2.14", "redis", "5.0.6")(&facts)
	report := Judge(facts, Builtin(), []string{"pair.version"})
	if f := findingOf(t, report, "pair.version"); f.Outcome != Fail || !f.Waived || f.Severity != Blocking {
		t.Errorf("%+v", f)
	}
}
