package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

const afterLoss = "; the target does not hold what the source holds, so stop the migration (Abort) and begin again after that"

// lossRules are about data that do not arrive although the link is up. A run that
// sees one ends: nothing would be noticed before the application is on the target.
func lossRules() []rule {
	return slices.Concat(historyRules(), memoryRules(), errorRules())
}

// historyRules are about data that the target cannot take at all, or takes for others.
func historyRules() []rule {
	return []rule{{
		id: "psync-renamed", at: always, ends: true, operator: true,
		match: func(in Input) bool {
			l := in.past().last
			return in.ends() && l.up() && l.Target.Has("master_replid") && l.Target.Str("master_replid") == ""
		},
		rests: func(Input) []string {
			return []string{"master_link_status:up and no master_replid at the target"}
		},
		cause:   progress.CausePsyncRenamed,
		sees:    "the link is up, the target names no replication id, and the source's slaveN has offset=0 and a lag that grows",
		summary: "the source does not know PSYNC by its name, and the target follows by the old SYNC, without offsets: nothing can prove that the ends are in sync",
		remedy:  "remove the line rename-command PSYNC from the source's redis.conf and restart it" + afterLoss,
		doc:     docPrepare,
	}, {
		id: "databases-in-use", at: always, ends: true, operator: true,
		match: func(in Input) bool {
			n, _ := in.databases()
			return in.ends() && n > 0 && in.past().last.up() && in.past().last.highest() >= n
		},
		rests:   databasesSeen,
		cause:   progress.CauseDatabases,
		sees:    "the link is up; INFO keyspace of the source lists a database whose number the target does not have; unexpected_error_replies of the target grows (\"DB index is out of range\")",
		summary: "the source writes to a database that the target does not have, and those writes land in another one there",
		remedy:  "give the target as many databases as the source (parameter databases of its parameter group, which takes a new group), or move the keys on the source" + afterLoss,
		doc:     docPrepare,
	}, {
		id: "databases", at: always, operator: true,
		match: func(in Input) bool {
			n, _ := in.databases()
			h := in.past()
			gone := h.last.TargetErr != nil || h.changed(h.last.At, targetRun) || h.inVain >= loops || in.gaveUp()
			return in.ends() && n > 0 && !h.last.up() && in.highest() >= n && gone
		},
		rests:   databasesSeen,
		cause:   progress.CauseDatabases,
		sees:    "sync_full of the source grows, and the target's node goes away at each full sync (\"Data file was created with a Redis server configured to handle more than N databases\")",
		summary: "the source has keys in a database that the target does not have, and the target cannot load them",
		remedy:  "give the target as many databases as the source (parameter databases of its parameter group, which takes a new group), or move the keys on the source to one that it has, and start again",
		doc:     docPrepare,
	}}
}

// memoryRules are about a target that is too small.
func memoryRules() []rule {
	return []rule{{
		id: "evicted", at: always, ends: true, operator: true,
		match: func(in Input) bool {
			return in.ends() && in.past().last.up() && in.past().counters[targetEvicted].grown > 0
		},
		rests:   func(in Input) []string { return append([]string{in.past().tell(targetEvicted)}, memorySeen(in)...) },
		cause:   progress.CauseTargetMemory,
		sees:    "evicted_keys of the target grows while it replicates",
		summary: "the target throws keys away because its memory is full",
		remedy:  "take a larger node type",
		fix:     memoryFix,
		doc:     docMemory,
	}, {
		id: "memory", at: always, ends: true, operator: true,
		match: func(in Input) bool {
			_, _, over := in.past().last.overMemory()
			return in.ends() && in.past().last.up() && over
		},
		rests:   memorySeen,
		cause:   progress.CauseTargetMemory,
		sees:    "the link is up and all keys are there; used_memory of the target is above its maxmemory, which a replica ignores",
		summary: "the data do not fit into the target's memory: once it is promoted, keys are evicted or writes are refused with OOM",
		remedy:  "take a larger node type",
		fix:     memoryFix,
		doc:     docMemory,
	}}
}

// errorRules are about commands of the stream that the target answers with errors.
func errorRules() []rule {
	return []rule{{
		id: "write-renamed", at: always, ends: true, operator: true,
		match: func(in Input) bool { return streamErrors(in) && len(in.renamedWrites()) > 0 },
		rests: func(in Input) []string {
			return []string{in.past().tell(targetErrors), "not known to the source by their names: " + strings.Join(in.renamedWrites(), ", ")}
		},
		cause:   progress.CauseWriteRenamed,
		sees:    "the link is up and offsets move; unexpected_error_replies of the target grows (Redis 6.0 and later) and keys are missing there",
		summary: "the source has write commands under other names, and the target answers them with errors: what they write is lost",
		remedy:  "remove the rename-command lines of write commands from the source's redis.conf and restart it" + afterLoss,
		doc:     docPrepare,
	}, {
		id: "refused-for-memory", at: always, ends: true, operator: true,
		match: func(in Input) bool {
			used, most, _ := in.past().last.overMemory()
			return streamErrors(in) && most > 0 && float64(used) >= nearlyFull*float64(most)
		},
		rests:   func(in Input) []string { return append([]string{in.past().tell(targetErrors)}, memorySeen(in)...) },
		cause:   progress.CauseTargetMemory,
		sees:    "unexpected_error_replies of the target grows, and its used_memory is close to its maxmemory (a replica that does not ignore maxmemory answers OOM)",
		summary: "the target refuses writes of the stream because its memory is full",
		remedy:  "take a larger node type",
		fix:     memoryFix,
		doc:     docMemory,
	}, {
		id: "stream-errors", at: always, ends: true, operator: true,
		match:   streamErrors,
		rests:   func(in Input) []string { return append([]string{in.past().tell(targetErrors)}, memorySeen(in)...) },
		cause:   progress.CauseStreamErrors,
		sees:    "the link is up and offsets move; unexpected_error_replies of the target grows",
		summary: "the target answers commands of the stream with errors, and what they write is lost; which ones is not told",
		remedy:  "look for commands that the target does not know (rename-command, modules, a newer engine at the source), for keys of another type at the target, and at its memory" + afterLoss,
		doc:     docPrepare,
	}}
}

// nearlyFull is the share of maxmemory from which on errors are taken for OOM.
// Assumed: a write that needs more than the rest is refused below the limit.
const nearlyFull = 0.95

func streamErrors(in Input) bool {
	h := in.past()
	return in.ends() && h.last.up() && h.counters[targetErrors].grown > 0
}

// databases is how many the target has, and by which fact; 0 if that is not known.
func (in Input) databases() (n int, by string) {
	f := in.Facts
	switch {
	case f == nil:
	case f.TargetNode != nil && f.TargetNode.Databases > 0:
		return f.TargetNode.Databases, "SELECT on its primary"
	case f.Target != nil && f.Target.Databases > 0:
		return f.Target.Databases, "its parameter group"
	}
	return 0, ""
}

// highest is the highest database of the source with keys, by the newest look, else
// by the facts; -1 if there is none.
func (in Input) highest() int {
	if l := in.past().last; l.SourceErr == nil && l.Source.HasSection("Keyspace") {
		return l.highest()
	}
	high := -1
	if in.Facts != nil && in.Facts.Source != nil {
		for db, keys := range in.Facts.Source.Keys {
			if keys > 0 {
				high = max(high, db)
			}
		}
	}
	return high
}

func databasesSeen(in Input) []string {
	n, by := in.databases()
	return []string{fmt.Sprintf("the target has %d databases by %s, and db%d of the source has keys", n, by, in.highest())}
}

// renamedWrites are the write commands that the source has not under their names,
// but under others.
func (in Input) renamedWrites() []string {
	if in.Facts == nil || in.Facts.Source == nil || in.Facts.Source.Commands == nil {
		return nil
	}
	c := in.Facts.Source.Commands
	return slices.DeleteFunc(slices.Clone(c.Missing), func(name string) bool {
		return notWrites(name) || slices.Contains(c.Disabled, name)
	})
}

// notWrites are the commands in the table of those that matter that write nothing.
func notWrites(name string) bool {
	return slices.Contains([]string{"ping", "sync", "psync", "replconf", "info", "config", "command", "cluster"}, strings.ToLower(name))
}

// missing reports whether the source is known not to have a command by its name.
func (in Input) missing(command string) bool {
	return in.Facts != nil && in.Facts.Source != nil && in.Facts.Source.Commands != nil &&
		slices.ContainsFunc(in.Facts.Source.Commands.Missing, func(name string) bool { return strings.EqualFold(name, command) })
}

// failed reports whether a built-in check of the preflight fails on the facts, and
// what it says then.
func (in Input) failed(check string) (preflight.Finding, bool) {
	if in.Facts == nil {
		return preflight.Finding{}, false
	}
	all := preflight.Builtin()
	i := slices.IndexFunc(all, func(c preflight.Check) bool { return c.ID == check })
	if i < 0 {
		return preflight.Finding{}, false
	}
	for _, f := range preflight.Judge(*in.Facts, all[i:i+1], nil).Findings {
		return f, f.Outcome == preflight.Fail
	}
	return preflight.Finding{}, false
}

func memorySeen(in Input) []string {
	l := in.past().last
	used, most, _ := l.overMemory()
	if most <= 0 {
		return nil
	}
	return []string{fmt.Sprintf("the target uses %d bytes of a maxmemory of %d, maxmemory_policy %s", used, most, l.Target.Str("maxmemory_policy"))}
}
