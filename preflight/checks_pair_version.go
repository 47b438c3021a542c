package preflight

import (
	"cmp"
	"fmt"
	"strings"
)

// versions names those of both ends.
func versions(s Node, t Target) string {
	return fmt.Sprintf("source %s %s, target %s %s", cmp.Or(s.Engine, "unknown engine"), cmp.Or(s.Version, "without a version"),
		cmp.Or(t.Engine, "unknown engine"), cmp.Or(t.EngineVersion, "without a version"))
}

func judgeRDB(_ Facts, s Node, t Target) verdict {
	observed := versions(s, t)
	const byHand = "compare RDB_VERSION of the two versions (src/rdb.h), or try a migration from a copy of the source into a new group"
	from, okFrom := parseVersion(s.Version)
	to, okTo := parseVersion(t.EngineVersion)
	if !okFrom || !okTo {
		return unknown(observed, byHand)
	}
	writes, okFrom := rdbOf(s.Engine, from)
	reads, okTo := rdbOf(t.Engine, to)
	if !okFrom || !okTo {
		return unknown(observed+": not in the table of RDB versions", byHand)
	}
	observed += fmt.Sprintf(": writes RDB %s, loads RDB %s", writes.written(), reads.loaded())
	switch reads.loads(writes) {
	case Pass:
		return passed(observed)
	case Fail:
		return failed(observed, newerEngine(t, writes))
	default:
		return unknown(observed, byHand+"; or "+newerEngine(t, writes))
	}
}

// written and loaded name the RDB versions of a format.
func (r rdbFormat) written() string {
	var names []string
	for _, n := range r.writes {
		name := fmt.Sprint(n)
		if n == newerRDB {
			name = "newer"
		}
		names = append(names, name)
	}
	return strings.Join(names, " or ")
}

func (r rdbFormat) loaded() string {
	s := fmt.Sprintf("up to %d", r.reads)
	if r.also > 0 {
		s += fmt.Sprintf(" and %d", r.also)
	}
	switch {
	case r.perhaps == newerRDB:
		s += ", perhaps newer ones"
	case r.perhaps > 0:
		s += fmt.Sprintf(", perhaps %d", r.perhaps)
	}
	return s
}

// newerEngine says which engine of ElastiCache would load it.
func newerEngine(t Target, writes rdbFormat) string {
	engine := ""
	switch {
	case writes.engine == "valkey" && writes.from[0] >= 9:
		engine = "9.0" // if the service has it
	case writes.writes[0] <= 11:
		engine = "8.0"
	default:
		return "no engine of ElastiCache loads this (its Redis OSS ends at 7.1, and Valkey refuses RDB 12 to 79): copy the keys by commands to a server of Redis 7.2 or Valkey 8 and migrate from that, or copy them to the target without online migration"
	}
	return upgrade(t, engine)
}

// upgrade says how to bring the target to a version of Valkey.
func upgrade(t Target, engine string) string {
	return fmt.Sprintf("upgrade the target to Valkey %s, if the service offers it: ", engine) +
		modify(t, "--engine valkey --engine-version "+engine+" --cache-parameter-group-name <parameter group of the family valkey"+engine[:1]+">") +
		terraform(fmt.Sprintf("engine = \"valkey\", engine_version = %q, parameter_group_name", engine)) + "; an upgrade cannot be taken back"
}

// judgeNewerCommands says nothing of its own where the target cannot load the
// source's snapshots in the first place.
func judgeNewerCommands(f Facts, s Node, t Target) verdict {
	observed := versions(s, t)
	from, okFrom := parseVersion(s.Version)
	to, okTo := parseVersion(t.EngineVersion)
	known := func(engine string) bool { return engine == "redis" || engine == "valkey" }
	if !okFrom || !okTo || !known(s.Engine) || !known(t.Engine) {
		return unknown(observed, "compare by hand which write commands the two versions know (COMMAND LIST, or the release notes), and waive this check if no client uses one that only the source has")
	}
	from[2], to[2] = 0, 0
	switch {
	case !to.less(from):
		return passed(observed)
	case judgeRDB(f, s, t).outcome == Fail:
		return unknown(observed, "see pair.rdb-version")
	}
	wanted := version{8, 0, 0}
	if wanted.less(from) {
		wanted = from
	}
	return failed(observed+": a write command that came after the target's version would be lost in silence, with the link up",
		upgrade(t, fmt.Sprintf("%d.%d", wanted[0], wanted[1]))+"; or, if no client uses a command that the target's version lacks, waive pair.version")
}
