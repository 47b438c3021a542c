package preflight

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

func judgeDatabases(f Facts) Finding {
	required := "the same value of databases on both ends"
	return judgeDatabaseCounts(f).finding(f.pairName(), required)
}

func judgeDatabaseCounts(f Facts) verdict {
	source, target := 0, f.targetDatabases()
	if f.Source != nil && f.absent("source.databases") == "" {
		source = f.Source.Databases
	}
	observed := fmt.Sprintf("source %s, target %s", orNotSeen(source), orNotSeen(target))
	if v, ok := f.clusterDatabases(); ok {
		return v
	}
	switch {
	case source <= 0:
		return unknown(observed+": "+f.why("source.databases", "source"), allowRefused(f.absent("source.databases")))
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

// clusterDatabases judges where an end is in cluster mode, or may be. ok is false
// if both are surely not.
func (f Facts) clusterDatabases() (v verdict, ok bool) {
	sourceMode, targetMode := f.Source != nil && f.Source.ClusterEnabled, f.Target != nil && clusterOn(*f.Target)
	switch {
	case f.Source != nil && !f.olderThanClusters() && f.absent("source.cluster_enabled") != "":
		return unknown("whether the source is in cluster mode was "+f.why("source.cluster_enabled"), "see source.cluster-mode"), true
	case f.Target != nil && f.targetModeGap() != "":
		return unknown("whether the target is in cluster mode was not seen: "+f.targetModeGap(), "see target.cluster-mode"), true
	case sourceMode && targetMode && f.sourceBefore9() && f.targetBefore9():
		return passed("cluster mode has one database on both ends, which are older than Valkey 9"), true
	case sourceMode && targetMode:
		return unknown("both ends are in cluster mode, which has a number of databases of its own from Valkey 9 on: "+versions(f.seenSource(), *f.Target),
			"compare cluster-databases on both ends by hand: CONFIG GET cluster-databases on the source, and the target's parameter group"), true
	case sourceMode:
		return unknown("the source is in cluster mode, which has databases of its own", "see source.cluster-mode"), true
	case targetMode:
		return unknown("the target is in cluster mode, which has databases of its own", "see target.cluster-mode"), true
	}
	return verdict{}, false
}

// targetModeGap is why it was not seen whether the target is in cluster mode.
func (f Facts) targetModeGap() string {
	return cmp.Or(f.absent("target.cluster_enabled"), f.absent("target.cluster_mode"))
}

func (f Facts) sourceBefore9() bool {
	n := f.seenSource()
	return before9(n.Engine, n.Version)
}

func (f Facts) targetBefore9() bool {
	return f.absent("target.engine") == "" && f.absent("target.engine_version") == "" && before9(f.Target.Engine, f.Target.EngineVersion)
}

// before9 tells that a server surely has one database in cluster mode: any Redis,
// and Valkey before 9.
func before9(engine, text string) bool {
	v, ok := parseVersion(text)
	return engine == "redis" || engine == "valkey" && ok && v.less(version{9, 0, 0})
}

// allowRefused names the command that the server refused, as its error NOPERM
// quotes it: 'select', or 'config|get' from Redis 7.0 on.
func allowRefused(reason string) string {
	_, after, ok := strings.Cut(reason, "NOPERM")
	_, after, quoted := strings.Cut(after, "'")
	name, _, closed := strings.Cut(after, "'")
	if !ok || !quoted || !closed || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz|-_.") != "" {
		return showSource
	}
	return "let the library's user run " + strings.ToUpper(strings.ReplaceAll(name, "|", " ")) + " on the source: ACL SETUSER <user> +" + name
}

// targetDatabases is the number of databases on the target, 0 if it is not
// known. The parameter group is what the service documents; a count taken on
// the node stands in for it.
func (f Facts) targetDatabases() int {
	if f.Target != nil && f.Target.Databases > 0 && f.absent("target.databases") == "" {
		return f.Target.Databases
	}
	if f.TargetNode != nil && f.TargetNode.Databases > 0 && f.absent("target_node.databases") == "" {
		return f.TargetNode.Databases
	}
	return 0
}

func orNotSeen(n int) string {
	if n <= 0 {
		return "not seen"
	}
	return fmt.Sprint(n)
}

// databasesRemedy: the parameter can change only while no cluster uses its group
// (documented), so that the target needs another one from its beginning.
func databasesRemedy(f Facts, source, target int) string {
	t := Target{}
	if f.Target != nil {
		t = *f.Target
	}
	name := fmt.Sprintf("%s-databases-%d", cmp.Or(t.ID, "target"), source)
	return fmt.Sprintf("either set databases %d in the source's redis.conf and restart it, if no key is in a database that then disappears; or, because a parameter group in use keeps its databases (the target uses %s): "+
		"aws elasticache create-cache-parameter-group --cache-parameter-group-name %s --cache-parameter-group-family %s --description \"%d databases\" && "+
		"aws elasticache modify-cache-parameter-group --cache-parameter-group-name %s --parameter-name-values ParameterName=databases,ParameterValue=%d, "+
		"and create the target anew with --cache-parameter-group-name %s (Terraform: aws_elasticache_parameter_group, parameter { name = \"databases\", value = \"%d\" })",
		target, cmp.Or(t.ParameterGroup, "one that was not seen"), name, parameterFamily(t), source, name, source, name, source)
}

// parameterFamily is the family of parameter groups that fits the target's engine;
// the names are those of the service's default groups.
func parameterFamily(t Target) string {
	if family, ok := strings.CutPrefix(t.ParameterGroup, "default."); ok {
		return strings.TrimSuffix(family, ".cluster.on")
	}
	v, ok := parseVersion(t.EngineVersion)
	switch {
	case !ok:
		return "<family of the engine>"
	case t.Engine == "valkey":
		return fmt.Sprintf("valkey%d", v[0])
	case v[0] >= 7:
		return fmt.Sprintf("redis%d", v[0])
	case v[0] == 6:
		return "redis6.x"
	default:
		return fmt.Sprintf("redis%d.0", v[0])
	}
}

// ownGroup returns the name unless it is a default group, which nobody can
// modify.
func ownGroup(name string) string {
	if strings.HasPrefix(name, "default.") {
		return ""
	}
	return name
}

// judgeDatabasesInUse needs the target's number only for keys outside of
// database 0, which every server has.
func judgeDatabasesInUse(f Facts, s Node, t Target) verdict {
	if s.Keys == nil {
		return unknown("keys of the source "+f.why("source.keys"), showSource)
	}
	var used, lacking []int
	count := f.targetDatabases()
	for db, keys := range s.Keys {
		if keys < 0 || db < 0 {
			return unknown(fmt.Sprintf("%d keys in database %d", keys, db), showSource)
		}
		if keys == 0 {
			continue
		}
		used = append(used, db)
		if db > 0 && (clusterOn(t) || count > 0 && db >= count) {
			lacking = append(lacking, db)
		}
	}
	slices.Sort(used)
	slices.Sort(lacking)
	observed := "keys in database " + list(used)
	switch {
	case len(used) == 0:
		return passed("the source holds no keys")
	case used[len(used)-1] == 0:
		return passed(observed + ", which every server has")
	case f.targetModeGap() != "":
		return unknown(observed+"; whether the target is in cluster mode was not seen: "+f.targetModeGap(), "see target.cluster-mode")
	case clusterOn(t) && !f.targetBefore9():
		return unknown(observed+"; how many databases the target has in cluster mode is not known", "see target.cluster-mode")
	case clusterOn(t):
		return failed(fmt.Sprintf("%s; in cluster mode the target has only database 0", observed), databasesInUseRemedy(lacking))
	case count <= 0:
		return unknown(observed+"; databases of the target "+f.why("target.databases", "target_node.databases", "target_node"), showParams)
	case len(lacking) > 0:
		return failed(fmt.Sprintf("%s; the target has databases 0 to %d", observed, count-1), databasesInUseRemedy(lacking))
	default:
		return passed(fmt.Sprintf("%s; the target has databases 0 to %d", observed, count-1))
	}
}

func databasesInUseRemedy(lacking []int) string {
	return "use a target that has as many databases as the source (see pair.databases), or move or delete the keys of database " + list(lacking) +
		" on the source, e.g. SELECT " + fmt.Sprint(lacking[0]) + " and MOVE <key> <database>, or SWAPDB"
}
