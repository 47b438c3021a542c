package preflight

import "slices"

func pairRows() []builtinRow {
	return slices.Concat(rdbRows(), newerCommandRows(), databaseRows(), clusterDatabaseRows(), memoryRows(), growthRows(), policyRows())
}

// between sets engine and version of both ends.
func between(source, sourceVersion, target, targetVersion string) func(*Facts) {
	return func(f *Facts) {
		f.Source.Engine, f.Source.Version = source, sourceVersion
		f.Target.Engine, f.Target.EngineVersion = target, targetVersion
	}
}

func rdbRows() []builtinRow {
	versions := between
	const id = "pair.rdb-version"
	return []builtinRow{
		{"older into newer", good, id, Pass, "source redis 7.0.15, target valkey 8.0.1: writes RDB 10, loads RDB up to 11", ""},
		{"equal", versions("valkey", "8.0.1", "valkey", "7.2.6"), id, Pass, "writes RDB 11, loads RDB up to 11", ""},
		{"the report from the field", versions("redis", "7.4.6", "valkey", "8.2.0"), id, Fail, "writes RDB 12, loads RDB up to 11", "no engine of ElastiCache loads this"},
		{"Redis 8", versions("redis", "8.2.1", "valkey", "8.0.1"), id, Fail, "writes RDB 12 or newer", "no engine of ElastiCache"},
		{"Valkey 9 takes 12 for another project's", versions("redis", "7.4.0", "valkey", "9.0.0"), id, Fail, "loads RDB up to 11 and 80", "no engine of ElastiCache"},
		{"measured", versions("redis", "7.0.15", "redis", "6.2.6"), id, Fail, "writes RDB 10, loads RDB up to 9", "--engine valkey --engine-version 8.0 --cache-parameter-group-name <parameter group of the family valkey8> --apply-immediately"},
		{"nobody knows what 7.1 loads", versions("redis", "7.2.4", "redis", "7.1.0"), id, Unknown, "loads RDB up to 10, perhaps 11", "--engine valkey --engine-version 8.0"},
		{"7.1 cannot know what came later", versions("redis", "7.4.0", "redis", "7.1.0"), id, Fail, "writes RDB 12", "no engine"},
		{"Valkey 9 may send an older one", versions("valkey", "9.0.1", "valkey", "8.0.1"), id, Unknown, "writes RDB 11 or 80", "--engine-version 9.0 --cache-parameter-group-name <parameter group of the family valkey9>"},
		{"Valkey 9 sends nothing as old as that", versions("valkey", "9.0.1", "redis", "7.0.7"), id, Fail, "loads RDB up to 10", "--engine-version 9.0"},
		{"Valkey 9 both", versions("valkey", "9.0.1", "valkey", "9.0.0"), id, Pass, "80", ""},
		{"beyond the table", versions("valkey", "10.0.0", "valkey", "9.0.0"), id, Unknown, "11 or 80 or newer", "RDB_VERSION"},
		{"beyond the table and it does not matter", versions("redis", "6.2.14", "valkey", "10.0.0"), id, Pass, "perhaps newer ones", ""},
		{"before the table", versions("redis", "2.6.17", "valkey", "8.0.1"), id, Unknown, "not in the table", "RDB_VERSION"},
		{"another engine", versions("keydb", "6.3.4", "valkey", "8.0.1"), id, Unknown, "not in the table", "RDB_VERSION"},
		{"no version of the target", versions("redis", "7.0.15", "valkey", ""), id, Unknown, "without a version", "RDB_VERSION"},
		{"unreadable", versions("redis", "unstable", "valkey", "8.0.1"), id, Unknown, "unstable", "RDB_VERSION"},
		{"gap at the source", func(f *Facts) { gap(f, "source.version", "INFO is cut") }, id, Unknown, "source.version not seen: INFO is cut", "INFO"},
		{"gap at the target", func(f *Facts) { gap(f, "target.engine_version", "AccessDenied") }, id, Unknown, "target.engine_version not seen: AccessDenied", "region"},
		{"source not read", noSource, id, Unknown, "i/o timeout", "reachable"},
		{"target not read", noTarget, id, Unknown, "AccessDenied", "region"},
		{"no group", absent, id, Unknown, "group does not exist", "target.exists"},

		{"shards differ", clusters(3, 2), "pair.cluster-mode", Fail, "source 3 shards, target 2", "aws elasticache modify-replication-group-shard-configuration --replication-group-id prod --node-group-count 3 --apply-immediately"},
		{"equal", clusters(3, 3), "pair.cluster-mode", Pass, "source 3 shards, target 3", ""},
		{"not told by the source", clusters(0, 3), "pair.cluster-mode", Unknown, "source not seen shards", "CLUSTER INFO"},
		{"not told by the target", clusters(3, 0), "pair.cluster-mode", Unknown, "target not seen", "describe-replication-groups"},
		{"gap", func(f *Facts) { clusters(3, 3)(f); gap(f, "source.shards", "NOPERM") }, "pair.cluster-mode", Unknown, "NOPERM", "docs/preflight.md"},
	}
}

func clusters(source, target int) func(*Facts) {
	return func(f *Facts) {
		f.Source.ClusterEnabled, f.Source.Shards = true, source
		f.Target.ClusterEnabled, f.Target.NodeGroups = true, target
	}
}

func databaseRows() []builtinRow {
	keys := func(k map[int]int64) func(*Facts) { return func(f *Facts) { f.Source.Keys = k } }
	const used = "pair.databases-in-use"
	return []builtinRow{
		{"equal", good, "pair.databases", Pass, "source 16, target 16", ""},
		{"more on the source corrupts in silence", func(f *Facts) { f.Source.Databases = 32 }, "pair.databases", Fail, "source 32, target 16", "databases 16 in the source's redis.conf"},
		{"own parameter group", func(f *Facts) { f.Target.Databases, f.Target.ParameterGroup = 8, "ours" }, "pair.databases", Fail, "target 8", "modify-cache-parameter-group --cache-parameter-group-name prod-databases-16 --parameter-name-values ParameterName=databases,ParameterValue=16"},
		{"a default group cannot change", func(f *Facts) { f.Target.Databases, f.Target.ParameterGroup = 8, "default.valkey8" }, "pair.databases", Fail, "target 8", "create-cache-parameter-group --cache-parameter-group-name prod-databases-16 --cache-parameter-group-family valkey8"},
		{"the node stands in", func(f *Facts) { f.Target.Databases, f.TargetNode.Databases = 0, 16 }, "pair.databases", Pass, "target 16", ""},
		{"SELECT is denied", func(f *Facts) {
			f.Source.Databases = 0
			gap(f, "source.databases", "select 20: NOPERM this user has no permissions to run the 'select' command")
		}, "pair.databases", Unknown, "'select'", "let the library's user run SELECT on the source: ACL SETUSER <user> +select"},
		{"a subcommand is denied", func(f *Facts) {
			f.Source.Databases = 0
			gap(f, "source.databases", "NOPERM User default has no permissions to run the 'config|get' command")
		}, "pair.databases", Unknown, "NOPERM", "run CONFIG GET on the source: ACL SETUSER <user> +config|get"},
		{"CONFIG is denied", func(f *Facts) { f.Source.Databases = 0; gap(f, "source.databases", "NOPERM") }, "pair.databases", Unknown, "source not seen, target 16: not seen: NOPERM", "docs/preflight.md"},
		{"a number beside a gap", func(f *Facts) { gap(f, "source.databases", "NOPERM") }, "pair.databases", Unknown, "NOPERM", "docs/preflight.md"},
		{"parameters are denied", func(f *Facts) { f.Target.Databases = 0; gap(f, "target.databases", "AccessDenied") }, "pair.databases", Unknown, "AccessDenied", "DescribeCacheParameters"},
		{"no group", absent, "pair.databases", Unknown, "group does not exist", "target.exists"},

		{"only the one that every server has", good, used, Pass, "database 0, which every server has", ""},
		{"the highest of the target", keys(map[int]int64{0: 5, 15: 1}), used, Pass, "keys in database 0, 15; the target has databases 0 to 15", ""},
		{"no keys", keys(map[int]int64{}), used, Pass, "no keys", ""},
		{"keys that nobody saw", keys(nil), used, Unknown, "keys of the source not seen", "reachable"},
		{"empty high database", keys(map[int]int64{0: 5, 20: 0}), used, Pass, "every server", ""},
		{"keys in a high database", func(f *Facts) { f.Source.Databases, f.Source.Keys = 32, map[int]int64{0: 5, 20: 7} }, used, Fail, "keys in database 0, 20; the target has databases 0 to 15", "SELECT 20"},
		{"more databases and no keys there is another check's matter", func(f *Facts) { f.Source.Databases = 32 }, used, Pass, "", ""},
		{"the target has only database 0 in cluster mode", func(f *Facts) {
			f.Target.ClusterEnabled, f.Source.Keys = true, map[int]int64{3: 1}
		}, used, Fail, "only database 0", "database 3"},
		{"Valkey 9 has more in cluster mode", func(f *Facts) {
			f.Target.ClusterEnabled, f.Target.EngineVersion, f.Source.Keys = true, "9.0.0", map[int]int64{3: 1}
		}, used, Unknown, "in cluster mode is not known", "target.cluster-mode"},
		{"the target's number is not known", func(f *Facts) {
			keys(map[int]int64{3: 1})(f)
			f.Target.Databases = 0
			gap(f, "target.databases", "AccessDenied")
		}, used, Unknown, "AccessDenied", "DescribeCacheParameters"},
		{"nonsense", keys(map[int]int64{-1: 4}), used, Unknown, "database -1", "INFO"},
		{"no keyspace is not an empty one", func(f *Facts) { f.Source.Keys = nil; gap(f, "source.keys", "INFO is cut") }, used, Unknown, "INFO is cut", "INFO"},
		{"source not read", noSource, used, Unknown, "i/o timeout", "reachable"},
		{"no group", absent, used, Unknown, "group does not exist", "target.exists"},
	}
}

func memoryRows() []builtinRow {
	const id = "pair.memory"
	tooMuch := func(policy string) func(*Facts) {
		return func(f *Facts) {
			f.Source.UsedMemory, f.TargetNode.MaxMemoryPolicy = 6<<30, policy
			f.Target.Parameters.MaxMemoryPolicy, f.Source.MaxMemoryPolicy = policy, policy
		}
	}
	return []builtinRow{
		{"fits", good, id, Pass, "source uses 1024.0 MiB, target has 5120.0 MiB (maxmemory of its node)", ""},
		{"fits exactly", func(f *Facts) { f.Source.UsedMemory = 5 << 30 }, id, Pass, "5120.0 MiB", ""},
		{"one byte too much", func(f *Facts) { f.Source.UsedMemory = 5<<30 + 1 }, id, Fail, "5120.0 MiB", "aws elasticache modify-replication-group --replication-group-id prod --cache-node-type cache.m6g.xlarge --apply-immediately (now cache.m6g.large; Terraform: aws_elasticache_replication_group, node_type = \"cache.m6g.xlarge\""},
		{"noeviction", tooMuch("noeviction"), id, Fail, "every write is refused with OOM (noeviction)", "xlarge"},
		{"volatile", tooMuch("volatile-ttl"), id, Fail, "keys with a TTL are evicted, and every write is refused with OOM once there are none (volatile-ttl)", "xlarge"},
		{"allkeys", tooMuch("allkeys-lru"), id, Fail, "keys are evicted, 70 % of them by the first writes in a measured case (allkeys-lru)", "xlarge"},
		{"no policy seen", func(f *Facts) { tooMuch("")(f); gap(f, "target_node.maxmemory_policy", "cut") }, id, Fail, "maxmemory-policy was not seen", "xlarge"},
		{"a family that has no more", func(f *Facts) { tooMuch("noeviction")(f); f.Target.NodeType = "cache.t4g.medium" }, id, Fail, "6144.0 MiB", "--cache-node-type cache.m6g.xlarge"},
		{"a node type that is not known here", func(f *Facts) { tooMuch("noeviction")(f); f.Target.NodeType = "cache.m9x.large" }, id, Fail, "6144.0 MiB", "6144.0 MiB for data: use a larger one than cache.m9x.large"},
		{"the parameter group stands in", func(f *Facts) { f.TargetNode = nil; gap(f, "target_node", "no route") }, id, Pass, "target has 4902.8 MiB (maxmemory 6537.0 MiB of the node type less 25 % reserved)", ""},
		{"with the reserve taken off", func(f *Facts) { f.TargetNode, f.Source.UsedMemory = nil, 6<<30 }, id, Fail, "less 25 % reserved", "after 25 % reserved"},
		{"the reserve is not known", func(f *Facts) { f.TargetNode.MaxMemory, f.Target.Parameters.ReservedMemoryPercent = 0, -1 }, id, Unknown, "maxmemory not seen", "always has a limit"},
		{"no limit seen is no good news", func(f *Facts) { f.TargetNode.MaxMemory, f.Target.Parameters = 0, nil }, id, Unknown, "maxmemory", "always has a limit"},
		{"neither was read", func(f *Facts) {
			f.TargetNode, f.Target.Parameters = nil, nil
			gap(f, "target_node", "no route")
		}, id, Unknown, "no route", "primary endpoint reachable"},
		{"the group itself was not described", func(f *Facts) {
			tooMuch("noeviction")(f)
			f.Target = nil
			gap(f, "target", "AccessDenied")
		}, id, Fail, "6144.0 MiB", "has 6144.0 MiB for data after the reserved memory"},
		{"shards that nobody counted", func(f *Facts) { f.Target.NodeGroups = 0 }, id, Unknown, "how many shards share it was not seen", "describe-replication-groups"},
		{"a gap is not one shard", func(f *Facts) { gap(f, "target.node_groups", "garbled") }, id, Unknown, "garbled", "describe-replication-groups"},
		{"one of three shards", func(f *Facts) { f.Target.NodeGroups = 3 }, id, Unknown, "one shard of 3", "each shard"},
		{"source not read", noSource, id, Unknown, "i/o timeout", "reachable"},
		{"used_memory is missing", func(f *Facts) { f.Source.UsedMemory = 0; gap(f, "source.used_memory", "cut") }, id, Unknown, "cut", "INFO"},
		{"no group", absent, id, Unknown, "group does not exist", "target.exists"},
	}
}

func policyRows() []builtinRow {
	const id = "pair.eviction-policy"
	return []builtinRow{
		{"equal", good, id, Pass, "source volatile-lru, target volatile-lru", ""},
		{"differs", func(f *Facts) { f.Source.MaxMemoryPolicy = "noeviction" }, id, Fail, "source noeviction, target volatile-lru", "aws elasticache modify-cache-parameter-group --cache-parameter-group-name orders-valkey8 --parameter-name-values ParameterName=maxmemory-policy,ParameterValue=noeviction"},
		{"differs, with a default group", func(f *Facts) {
			f.Source.MaxMemoryPolicy, f.Target.ParameterGroup = "noeviction", "default.valkey8"
		}, id, Fail, "target volatile-lru", "--cache-parameter-group-family valkey8"},
		{"a source without a limit never evicted", func(f *Facts) { f.Source.MaxMemory, f.Source.MaxMemoryPolicy = 0, "noeviction" }, id, Fail, "source noeviction (not in effect: no maxmemory)", "parameter { name"},
		{"equal where it is not in effect", func(f *Facts) { f.Source.MaxMemory = 0 }, id, Pass, "not in effect", ""},
		{"what the node does counts", func(f *Facts) { f.TargetNode.MaxMemoryPolicy = "allkeys-lfu" }, id, Fail, "target allkeys-lfu", "ParameterValue=volatile-lru"},
		{"the parameter group stands in", func(f *Facts) { f.TargetNode = nil }, id, Pass, "target volatile-lru", ""},
		{"neither was read", func(f *Facts) {
			f.TargetNode, f.Target.Parameters = nil, nil
			gap(f, "target.parameters", "AccessDenied")
		}, id, Unknown, "AccessDenied", "primary endpoint reachable"},
		{"before 2.4 there was none", func(f *Facts) { f.Source.MaxMemoryPolicy = "" }, id, Unknown, "source: no maxmemory-policy", "INFO"},
		{"gap", func(f *Facts) { gap(f, "source.maxmemory_policy", "cut") }, id, Unknown, "cut", "INFO"},
		{"no group", absent, id, Unknown, "group does not exist", "target.exists"},
	}
}
