package preflight

func targetNodeRows() []builtinRow {
	engine := func(name, version string) func(*Facts) {
		// The source is so old that every engine can load what it sends.
		return func(f *Facts) {
			f.Target.Engine, f.Target.EngineVersion, f.Source.Version = name, version, "2.8.24"
		}
	}
	network := func(kind string, ips ...string) func(*Facts) {
		return func(f *Facts) { f.Target.NetworkType, f.SourceAddress.IPs = kind, ips }
	}
	keys := func(k map[int]int64) func(*Facts) { return func(f *Facts) { f.TargetNode.Keys = k } }
	return []builtinRow{
		{"Valkey", good, "target.engine", Pass, "valkey 8.0.1", ""},
		{"the floor", engine("redis", "5.0.6"), "target.engine", Pass, "redis 5.0.6", ""},
		{"newest Redis", engine("redis", "7.1.0"), "target.engine", Pass, "redis 7.1.0", ""},
		{"editions of the guide differ", engine("redis", "5.0.5"), "target.engine", Unknown, "differ", "--replication-group-id prod --engine-version 7.1"},
		{"too old", engine("redis", "5.0.4"), "target.engine", Fail, "redis 5.0.4", "--engine-version 7.1 --cache-parameter-group-name <parameter group of the family redis7> --apply-immediately"},
		{"another engine", func(f *Facts) { f.Target.Engine = "memcached" }, "target.engine", Fail, "memcached", "create a group of Valkey"},
		{"no version", engine("redis", ""), "target.engine", Unknown, "without a version", "DescribeCacheClusters"},
		{"no engine", func(f *Facts) { f.Target.Engine = "" }, "target.engine", Unknown, "engine not given", "describe-replication-groups"},
		{"gap", func(f *Facts) { gap(f, "target.engine_version", "AccessDenied") }, "target.engine", Unknown, "AccessDenied", "DescribeCacheClusters"},
		{"no group", absent, "target.engine", Unknown, "group does not exist", "target.exists"},

		{"any other", good, "target.node-type", Pass, "cache.m6g.large", ""},
		{"r6g is not r6gd", func(f *Facts) { f.Target.NodeType = "cache.r6g.large" }, "target.node-type", Pass, "cache.r6g.large", ""},
		{"data tiering by its nature", func(f *Facts) { f.Target.NodeType = "cache.r6gd.xlarge" }, "target.node-type", Fail, "cache.r6gd.xlarge", "cannot be scaled between the two"},
		{"not given", func(f *Facts) { f.Target.NodeType = "" }, "target.node-type", Unknown, "no node type", "describe-replication-groups"},
		{"gap", func(f *Facts) { gap(f, "target.node_type", "garbled") }, "target.node-type", Unknown, "garbled", "region"},
		{"not read", noTarget, "target.node-type", Unknown, "AccessDenied", "region"},

		{"off", good, "target.data-tiering", Pass, "disabled", ""},
		{"on", func(f *Facts) { f.Target.DataTiering = "enabled" }, "target.data-tiering", Fail, "enabled, node type cache.m6g.large", "data_tiering_enabled = false"},
		{"not given, but the node type has none", func(f *Facts) { f.Target.DataTiering = "" }, "target.data-tiering", Pass, "cache.m6g.large has none", ""},
		{"nothing given", func(f *Facts) { f.Target.DataTiering, f.Target.NodeType = "", "" }, "target.data-tiering", Unknown, `data tiering ""`, "target.node-type"},
		{"gap", func(f *Facts) { gap(f, "target.data_tiering", "garbled") }, "target.data-tiering", Unknown, "garbled", "region"},
		{"no group", absent, "target.data-tiering", Unknown, "group does not exist", "target.exists"},

		{"both IPv4", good, "target.network-type", Pass, "network type ipv4, source 10.0.0.241", ""},
		{"both IPv6", network("ipv6", "fd00::5"), "target.network-type", Pass, "fd00::5", ""},
		{"dual stack reaches IPv6", network("dual_stack", "fd00::5"), "target.network-type", Pass, "dual_stack", ""},
		{"dual stack reaches IPv4", network("dual_stack", "10.0.0.241"), "target.network-type", Pass, "dual_stack", ""},
		{"one of two addresses will do", network("ipv6", "10.0.0.241", "fd00::5"), "target.network-type", Pass, "10.0.0.241, fd00::5", ""},
		{"IPv6 only, IPv4 source", network("ipv6", "10.0.0.241"), "target.network-type", Fail, "network type ipv6, source 10.0.0.241", "--network-type dual_stack"},
		{"IPv4 only, IPv6 source", network("ipv4", "fd00::5"), "target.network-type", Fail, "network type ipv4, source fd00::5", "cannot be switched"},
		{"an IPv4 address in IPv6 clothes", network("ipv6", "::ffff:10.0.0.241"), "target.network-type", Fail, "::ffff", "dual_stack"},
		{"no address", network("ipv6", "bad"), "target.network-type", Unknown, "not all are IP addresses", "private IP address"},
		{"not resolved", func(f *Facts) { f.SourceAddress = nil; gap(f, "source_address", "no such host") }, "target.network-type", Unknown, "no such host", "resolvable"},
		{"resolved to nothing", network("ipv4"), "target.network-type", Unknown, "no reason was recorded", "resolvable"},
		{"not told", network("", "10.0.0.241"), "target.network-type", Unknown, `network type ""`, "describe-replication-groups"},
		{"gap", func(f *Facts) { gap(f, "target.network_type", "garbled") }, "target.network-type", Unknown, "garbled", "region"},
		{"no group", absent, "target.network-type", Unknown, "group does not exist", "target.exists"},

		{"no keys", good, "target.empty", Pass, "no keys", ""},
		{"the source's own, in a migration", func(f *Facts) { f.Target.Status, f.TargetNode.Keys = "migrating", map[int]int64{0: 12} }, "target.empty", Unknown, "12 keys, which come from the source", "target.status"},
		{"empty databases", keys(map[int]int64{0: 0, 3: 0}), "target.empty", Pass, "no keys", ""},
		{"keys that a full sync discards", keys(map[int]int64{0: 40, 3: 2, 5: 0}), "target.empty", Fail, "42 keys in 2 databases (0, 3)", "waive target.empty; else keep them with: aws elasticache create-snapshot --replication-group-id prod --snapshot-name prod-before-migration"},
		{"many databases", keys(map[int]int64{0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1, 9: 1}), "target.empty", Fail, "10 keys in 10 databases (0, 1, 2, 3, 4, 5, 6, 7 and 2 more)", "waive"},
		{"nonsense", keys(map[int]int64{0: -1}), "target.empty", Unknown, "-1 keys", "INFO"},
		{"keys that nobody saw", func(f *Facts) { f.TargetNode.Keys = nil }, "target.empty", Unknown, "keys not seen", "INFO"},
		{"shards that nobody counted", func(f *Facts) { f.Target.NodeGroups = 0 }, "target.empty", Unknown, "how many shards there are was not seen", "DBSIZE"},
		{"a gap is not one shard", func(f *Facts) { gap(f, "target.node_groups", "garbled") }, "target.empty", Unknown, "garbled", "DBSIZE"},
		{"one shard of three", func(f *Facts) { f.Target.NodeGroups = 3 }, "target.empty", Unknown, "others of the 3", "DBSIZE"},
		{"node not reached", func(f *Facts) { f.TargetNode = nil; gap(f, "target_node", "no route") }, "target.empty", Unknown, "no route", "primary endpoint reachable"},
		{"no keyspace is not an empty one", func(f *Facts) { gap(f, "target_node.keys", "INFO is cut") }, "target.empty", Unknown, "INFO is cut", "INFO"},
		{"no group", absent, "target.empty", Unknown, "group does not exist", "target.exists"},
	}
}
