package preflight

import (
	"fmt"
	"strings"
)

// pairChecks compare the two ends.
func pairChecks() []Check {
	return []Check{
		{
			ID: "pair.rdb-version", Title: "The target can load the snapshots of the source",
			Detail: "Compares the RDB version that the source's engine and version writes with those that the target's loads. Measured: a target that meets a newer one tries the full sync again and again. Reported: ElastiCache gives up after about a minute with the event \"invalid RDB received\", and the target may have lost its data by then. " +
				"Redis 7.4 and later can be loaded by no engine of ElastiCache; what Valkey 9 sends depends on the replica, and ElastiCache's Redis 7.1 is taken for a 7.0 (assumed).",
			DocURL: pagePrepare, Waivable: NeverWaived,
			Judge: onPair("an RDB version of the source that the target's engine loads", judgeRDB,
				"source.engine", "source.version", "target.engine", "target.engine_version"),
		},
		{
			ID: "pair.version", Title: "The target knows the source's commands",
			Detail: "Compares major and minor version of the source with those of the target; Redis and Valkey count alike, since Valkey 7.2 knows what Redis 7.2 does (documented). A target that lacks a write command which the source passes on drops it and keeps the link up: the offsets are equal and a key is missing (measured with a replica that lacks COPY). Whoever knows that no client uses a newer command may waive this check. Snapshots that the target cannot load are the matter of pair.rdb-version.",
			DocURL: pagePrepare, UnknownSeverity: Warning,
			Judge: onPair("a target whose version is not older than the source's", judgeNewerCommands,
				"source.engine", "source.version", "target.engine", "target.engine_version"),
		},
		{
			ID: "pair.cluster-mode", Title: "Both ends have the same number of shards",
			Detail: "With cluster mode on at both ends, compares the numbers of shards. Documented: they have to be equal; how the slots are spread may differ. Left out where an end has cluster mode off: source.cluster-mode and target.cluster-mode judge the modes themselves.",
			DocURL: pageOverview,
			Applies: func(f Facts) bool {
				return f.Source != nil && f.Target != nil && f.Source.ClusterEnabled && clusterOn(*f.Target)
			},
			Judge: onPair("as many shards at the source as node groups at the target", judgeShards,
				"source.shards", "target.node_groups"),
		},
		{
			ID: "pair.databases", Title: "Both ends have the same number of databases",
			Detail: "Compares the setting databases of the source with the target's parameter of that name, or with what its node shows. Documented: they have to be equal. In cluster mode there is one, but for Valkey 9 and later, where it is unknown. Measured with more of them on the source: a full sync with keys in one that the target lacks ends the target's process, and a later write to one lands in another database with the link up.",
			DocURL: pagePrepare, Waivable: NeverWaived, Judge: judgeDatabases,
		},
		{
			ID: "pair.databases-in-use", Title: "Every database with keys exists on the target",
			Detail: "Looks for keys of the source in databases that the target does not have; in cluster mode it has only database 0 (documented for versions before Valkey 9). Measured: the target's process ends when it loads such keys.",
			DocURL: pagePrepare, Waivable: NeverWaived,
			Judge: onPair("keys only in databases that the target has", judgeDatabasesInUse, "source.keys"),
		},
		{
			ID: "pair.memory", Title: "The data set fits into the target's memory",
			Detail: "Compares used_memory of the source with maxmemory of the target's node: as its INFO shows it (assumed: the reserved memory is taken off already), else from the parameter group less reserved-memory-percent. Documented: the target needs enough memory. " +
				"Measured: a target that is too small syncs without complaint, since a replica ignores maxmemory; after the promotion it refuses writes or evicts keys. With several shards only the one that was asked is seen.",
			DocURL: pagePrepare, Judge: judgeMemory,
		},
		{
			ID: "pair.memory-growth", Title: "The data set still fits into the target's memory at the end of the full sync",
			Detail: "Compares what the source uses by the end of the full sync with what the target's node has: used_memory now, and the rate at which it grew while it was looked at, for the time that the full sync is forecast to take. The pessimistic end takes twice the rate, since the look is short (assumed). A source whose own maxmemory fits cannot outgrow the target. Left out where today's data does not fit: pair.memory judges that.",
			DocURL: pagePrepare, Severity: Warning, Applies: func(f Facts) bool { return !f.fullToday() }, Judge: judgeGrowth,
		},
		{
			ID: "pair.eviction-policy", Title: "Both ends evict by the same policy",
			Detail: "Compares maxmemory-policy of the source with the target's, as its node shows it or from the parameter group. Documented: ElastiCache begins with volatile-lru and open-source servers with noeviction, so that a target that was not changed may evict keys where the source never did.",
			DocURL: pageParameters, Severity: Warning,
			Judge: onPair("the same maxmemory-policy", judgePolicy, "source.maxmemory_policy"),
		},
	}
}

// onPair makes a check that needs both ends and the given fields of them, such
// as "source.version".
func onPair(required string, look func(f Facts, source Node, target Target) verdict, fields ...string) func(Facts) Finding {
	return func(f Facts) Finding {
		return f.lookAtPair(look, fields).finding(f.pairName(), required)
	}
}

func (f Facts) lookAtPair(look func(Facts, Node, Target) verdict, fields []string) verdict {
	switch {
	case f.Source == nil:
		return unknown("source "+f.why("source"), showSource)
	case f.Target == nil:
		return unknown("target "+f.why("target"), showTarget)
	case !f.Target.Exists:
		return unknown("group does not exist", "see target.exists")
	}
	for _, field := range fields {
		if reason := f.absent(field); reason != "" {
			show := showSource
			if strings.HasPrefix(field, "target.") {
				show = showTarget
			}
			return unknown(field+" not seen: "+reason, show)
		}
	}
	return look(f, f.seenSource(), *f.Target)
}

func judgeShards(_ Facts, s Node, t Target) verdict {
	observed := fmt.Sprintf("source %s shards, target %s", orNotSeen(s.Shards), orNotSeen(t.NodeGroups))
	switch {
	case s.Shards <= 0:
		return unknown(observed, "let the library's user run CLUSTER INFO on the source")
	case t.NodeGroups <= 0:
		return unknown(observed, lookAt(t))
	case s.Shards != t.NodeGroups:
		return failed(observed, fmt.Sprintf("aws elasticache modify-replication-group-shard-configuration --replication-group-id %s --node-group-count %d --apply-immediately", t.ID, s.Shards)+
			terraform(fmt.Sprintf("num_node_groups = %d", s.Shards))+"; where node groups are removed, add which: --node-groups-to-retain")
	default:
		return passed(observed)
	}
}

// judgePolicy also compares the policy of a source that has no limit: it was
// never in effect there, and the target always has a limit.
func judgePolicy(f Facts, s Node, t Target) verdict {
	policy, known := f.targetPolicy()
	switch {
	case s.MaxMemoryPolicy == "":
		return unknown("source: no maxmemory-policy seen", showSource)
	case !known:
		return unknown("target: maxmemory-policy "+f.why("target_node.maxmemory_policy", "target_node", "target.parameters"), showNode)
	}
	observed := fmt.Sprintf("source %s, target %s", s.MaxMemoryPolicy, policy)
	if s.MaxMemory == 0 && f.absent("source.maxmemory") == "" {
		observed = fmt.Sprintf("source %s (not in effect: no maxmemory), target %s", s.MaxMemoryPolicy, policy)
	}
	if s.MaxMemoryPolicy == policy {
		return passed(observed)
	}
	remedy := setParameter(t, "maxmemory-policy", s.MaxMemoryPolicy) + "; it takes effect at once"
	if s.MaxMemory == 0 && f.absent("source.maxmemory") == "" {
		remedy += fmt.Sprintf("; or, if the target shall evict as it does now, on the source: CONFIG SET maxmemory-policy %s, which changes nothing there", policy)
	}
	return failed(observed, remedy)
}

// targetPolicy is the eviction policy in effect on the target's node, or that
// of the parameter group.
func (f Facts) targetPolicy() (policy string, ok bool) {
	if n := f.TargetNode; n != nil && n.MaxMemoryPolicy != "" && f.absent("target_node.maxmemory_policy") == "" {
		return n.MaxMemoryPolicy, true
	}
	if t := f.Target; t != nil && t.Parameters != nil && f.absent("target.parameters.maxmemory_policy") == "" {
		return t.Parameters.MaxMemoryPolicy, t.Parameters.MaxMemoryPolicy != ""
	}
	return "", false
}
