package preflight

import (
	"cmp"
	"fmt"
	"strings"
)

// pairChecks compare the two ends.
func pairChecks() []Check {
	const prepare = guide + "Migration-Prepare.html"
	return []Check{
		{
			ID: "pair.databases", Title: "Both ends have the same number of databases",
			DocURL: prepare, Waivable: NeverWaived, Judge: judgeDatabases,
		},
		{
			ID: "pair.memory", Title: "The data set fits into the target's memory",
			DocURL: prepare, Judge: judgeMemory,
		},
	}
}

// Documented: the numbers must be equal. Measured on Redis 7.0 with more
// databases on the source: a full sync with keys up there ends the target's
// process; later writes to them land in another database in silence.
func judgeDatabases(f Facts) Finding {
	required := "the same value of databases on both ends"
	return judgeDatabaseCounts(f).finding(f.pairName(), required)
}

func judgeDatabaseCounts(f Facts) verdict {
	source, target := 0, 0
	if f.Source != nil {
		source = f.Source.Databases
	}
	// The parameter group is what the service documents; a count taken on the
	// node stands in for it.
	if f.TargetNode != nil {
		target = f.TargetNode.Databases
	}
	if f.Target != nil && f.Target.Databases > 0 {
		target = f.Target.Databases
	}
	observed := fmt.Sprintf("source %s, target %s", orNotSeen(source), orNotSeen(target))
	switch {
	case source <= 0:
		return unknown(observed+": "+f.why("source.databases", "source"), showSource)
	case target <= 0 && f.Target != nil && !f.Target.Exists:
		return unknown(observed+": group does not exist", "see target.exists")
	case target <= 0:
		return unknown(observed+": "+f.why("target.databases", "target", "target_node.databases", "target_node"), showParams)
	case source != target:
		return failed(observed, databasesRemedy(f, source, target))
	default:
		return passed(observed)
	}
}

func orNotSeen(n int) string {
	if n <= 0 {
		return "not seen"
	}
	return fmt.Sprint(n)
}

func databasesRemedy(f Facts, source, target int) string {
	group := ""
	if f.Target != nil {
		group = f.Target.ParameterGroup
	}
	inGroup := fmt.Sprintf("create the target anew with a parameter group of your own in which databases is %d: "+
		"aws elasticache modify-cache-parameter-group --cache-parameter-group-name %s --parameter-name-values ParameterName=databases,ParameterValue=%d"+
		" (it can change only while no cluster uses the parameter group", source, cmp.Or(ownGroup(group), "<parameter group>"), source)
	if group != "" {
		inGroup += "; the target uses " + group + " now"
	}
	return fmt.Sprintf("either set databases %d in the source's redis.conf and restart it, if no key is in a database that then disappears; or %s)", target, inGroup)
}

// ownGroup returns the name unless it is a default group, which nobody can
// modify.
func ownGroup(name string) string {
	if strings.HasPrefix(name, "default.") {
		return ""
	}
	return name
}

// Documented: the target needs enough memory. The target's maxmemory is taken
// as its INFO reports it; it is assumed that the memory that ElastiCache
// reserves is subtracted there already. Measured on Redis 7.0: a target that
// is too small syncs without complaint, since a replica ignores maxmemory, and
// refuses or evicts after the promotion.
func judgeMemory(f Facts) Finding {
	required := "used_memory of the source at most maxmemory of the target, as the target's INFO reports it (assumed: with the reserved memory taken off)"
	return judgeMemorySizes(f).finding(f.pairName(), required)
}

func judgeMemorySizes(f Facts) verdict {
	switch {
	case f.Source == nil:
		return unknown("source: "+f.why("source"), showSource)
	case f.Source.UsedMemory <= 0:
		return unknown("source: used_memory "+f.why("source.used_memory"), showSource)
	case f.TargetNode == nil && f.Target != nil && !f.Target.Exists:
		return unknown("group does not exist", "see target.exists")
	case f.TargetNode == nil:
		return unknown("target: "+f.why("target_node", "target"), showNode)
	}
	used, limit := f.Source.UsedMemory, f.TargetNode.MaxMemory
	observed := fmt.Sprintf("source uses %s, target has %s", mib(used), mib(limit))
	switch {
	case limit <= 0:
		// Every ElastiCache node has a limit: not seeing it is no good news.
		return unknown(fmt.Sprintf("source uses %s, target's maxmemory %s", mib(used), f.why("target_node.maxmemory")),
			"compare with the node type's memory by hand; an ElastiCache node always has a limit")
	case used > limit:
		return failed(observed, memoryRemedy(f))
	default:
		return passed(observed)
	}
}

func memoryRemedy(f Facts) string {
	if f.Target == nil {
		return "choose a larger node type for the target"
	}
	s := modify(*f.Target, "--cache-node-type <larger node type>")
	if f.Target.NodeType != "" {
		s += " (now " + f.Target.NodeType + ")"
	}
	return s
}

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
