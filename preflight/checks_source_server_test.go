package preflight

func serverRows() []builtinRow {
	version := func(engine, v string) func(*Facts) {
		return func(f *Facts) { f.Source.Engine, f.Source.Version = engine, v }
	}
	return []builtinRow{
		{"current", good, "source.version", Pass, "redis 7.0.15", ""},
		{"the floor itself", version("redis", "2.8.21"), "source.version", Pass, "2.8.21", ""},
		{"below", version("redis", "2.8.20"), "source.version", Fail, "2.8.20", "upgrade the source to Redis 2.8.21"},
		{"compared as numbers", version("redis", "2.10.0"), "source.version", Pass, "2.10.0", ""},
		{"major below", version("redis", "1.9.99"), "source.version", Fail, "1.9.99", "upgrade"},
		{"release candidate", version("redis", "8.0-rc1"), "source.version", Pass, "8.0-rc1", ""},
		{"a packager's version", version("redis", "6.2.7.1"), "source.version", Pass, "6.2.7.1", ""},
		{"any Valkey", version("valkey", "7.2.5"), "source.version", Pass, "valkey 7.2.5", ""},
		{"another engine", version("dragonfly", "1.2.3"), "source.version", Unknown, "dragonfly", "INFO server"},
		{"unreadable", version("redis", "unstable"), "source.version", Unknown, "unstable", "INFO server"},
		{"gap", func(f *Facts) { f.Source.Version = ""; gap(f, "source.version", "INFO is cut") }, "source.version", Unknown, "INFO is cut", "INFO"},

		{"off", good, "source.cluster-mode", Pass, "disabled", ""},
		{"on", func(f *Facts) { f.Source.ClusterEnabled = true }, "source.cluster-mode", Fail, "enabled", "cluster-enabled no"},
		{"a gap is not a false", func(f *Facts) { gap(f, "source.cluster_enabled", "no such field") }, "source.cluster-mode", Unknown, "no such field", "INFO"},
		{"before there was a cluster mode", func(f *Facts) {
			f.Source.Version = "2.8.24"
			gap(f, "source.cluster_enabled", "no such field")
		}, "source.cluster-mode", Pass, "has no cluster mode", ""},
		{"not read", noSource, "source.cluster-mode", Unknown, "i/o timeout", "reachable"},
	}
}

// below makes the source a replica with the given chain above it.
func below(link string, upstream ...Node) func(*Facts) {
	return func(f *Facts) {
		f.Source.Role, f.Source.UpstreamAddress, f.Source.UpstreamLink = "slave", "10.0.0.1:6379", link
		f.Upstream = upstream
	}
}

func roleRows() []builtinRow {
	middle := func(link string) Node {
		return Node{Address: "10.0.0.1:6379", Role: "slave", UpstreamAddress: "10.0.0.2:6379", UpstreamLink: link}
	}
	top := func(address string) Node { return Node{Address: address, Role: "master"} }
	cut := func(f *Facts) {
		below("up", middle("up"))(f)
		gap(f, "upstream", "10.0.0.2:6379: connection refused")
	}
	return []builtinRow{
		{"a primary", good, "source.role", Pass, "role master", ""},
		{"a replica", below("up", top("10.0.0.1:6379")), "source.role", Pass, "are up: 1, to the primary 10.0.0.1:6379", ""},
		{"a replica of a replica", below("up", middle("up"), top("10.0.0.2:6379")), "source.role", Pass, "are up: 2, to the primary 10.0.0.2:6379", ""},
		{"its own link is down", below("down"), "source.role", Fail, "down at 10.0.0.241:6379", "replication of 10.0.0.241:6379"},
		{"a link above is down", below("up", middle("down"), top("10.0.0.2:6379")), "source.role", Fail, "down at 10.0.0.1:6379", "give the address of the primary, 10.0.0.2:6379"},
		{"one that is down is enough", func(f *Facts) { below("down")(f); gap(f, "upstream", "connection refused") }, "source.role", Fail, "down at 10.0.0.241:6379", "10.0.0.1:6379"},
		{"a link above was not seen", below("up", middle("")), "source.role", Unknown, "at 10.0.0.1:6379", "reachable"},
		{"the chain could not be followed", cut, "source.role", Unknown, "above 10.0.0.1:6379 was not seen: 10.0.0.2:6379: connection refused", "give the address of the primary"},
		{"the chain was not followed at all", below("up"), "source.role", Unknown, "no reason was recorded", "INFO"},
		{"a word that Redis does not have", func(f *Facts) { f.Source.Role = "leader" }, "source.role", Unknown, `"leader"`, "INFO"},
		{"gap", func(f *Facts) { f.Source.Role = ""; gap(f, "source.role", "INFO is cut") }, "source.role", Unknown, "INFO is cut", "INFO"},
		{"not read", noSource, "source.role", Unknown, "i/o timeout", "reachable"},

		{"the host's matter", good, "source.fence", Pass, "the host pauses", ""},
		{"a replica does not know what its primary acknowledged", below("up", top("10.0.0.1:6379")), "source.fence", Fail, "acknowledged", "give the address of its primary, 10.0.0.1:6379, as the source; or waive source.fence"},
		{"a replica whose link is down is another check's matter", below("down"), "source.fence", Unknown, "role slave", "see source.role"},
		{"a replica whose chain was not seen", cut, "source.fence", Unknown, "role slave", "see source.role"},
		{"a replica that could be fenced is one still", func(f *Facts) {
			below("up", middle("up"), top("10.0.0.2:6379"))(f)
			f.Fence = permittedFence()
		}, "source.fence", Fail, "role slave", "10.0.0.2:6379"},
		{"could not be told", func(f *Facts) { gap(f, "fence", "i/o timeout") }, "source.fence", Unknown, "i/o timeout", "reachable"},
		{"whether it is a primary was not seen", noSource, "source.fence", Unknown, "i/o timeout", "see source.role"},
		{"nor is it with a fence", func(f *Facts) { f.Fence = permittedFence(); gap(f, "source.role", "cut") }, "source.fence", Unknown, "cut", "see source.role"},
	}
}

func commandRows() []builtinRow {
	missing := func(names ...string) func(*Facts) {
		return func(f *Facts) { f.Source.Commands.Missing = names }
	}
	disabled := func(names ...string) func(*Facts) {
		return func(f *Facts) { f.Source.Commands.Missing, f.Source.Commands.Disabled = names, names }
	}
	return []builtinRow{
		{"all there", good, "source.renamed-commands", Pass, "all 180 commands", ""},
		{"replication", missing("PSYNC", "sync"), "source.renamed-commands", Fail, "cannot follow: psync, sync", "rename-command PSYNC, rename-command SYNC"},
		{"state", missing("info", "config"), "source.renamed-commands", Fail, "the service uses: info, config", "rename-command CONFIG"},
		{"a write is lost in silence", missing("set"), "source.renamed-commands", Fail, "lose in silence, with the link up: set", "restart"},
		{"of all kinds", missing("ping", "cluster", "flushall"), "source.renamed-commands", Fail, "follow: ping; missing are commands that read the server's state, which the service uses: cluster; missing are commands whose effect", "rename-command FLUSHALL"},
		{"a write that exists under no name", disabled("FLUSHALL", "flushdb"), "source.renamed-commands", Pass, "disabled, see source.disabled-commands: flushall, flushdb", ""},
		{"replication and state have to be there, disabled or not", func(f *Facts) { missing("psync", "info")(f); f.Source.Commands.Disabled = []string{"psync", "info"} }, "source.renamed-commands", Fail, "follow: psync; missing are commands that read the server's state, which the service uses: info", "rename-command INFO"},
		{"none is disabled", good, "source.disabled-commands", Pass, "none", ""},
		{"one that is renamed is another check's matter", missing("flushall"), "source.disabled-commands", Pass, "none", ""},
		{"disabled", disabled("FLUSHALL", "flushdb"), "source.disabled-commands", Fail, "no write can be lost: flushall, flushdb", "-flushall -flushdb"},
		{"COMMAND is refused, and so nobody knows", func(f *Facts) { f.Source.Commands = nil; gap(f, "source.commands", "NOPERM") }, "source.disabled-commands", Unknown, "NOPERM", "COMMAND INFO"},
		{"COMMAND is refused", func(f *Facts) { f.Source.Commands = nil; gap(f, "source.commands", "NOPERM") }, "source.renamed-commands", Unknown, "NOPERM", "run COMMAND INFO on the source"},
		{"absent without a reason", func(f *Facts) { f.Source.Commands = nil }, "source.renamed-commands", Unknown, "no reason was recorded", "COMMAND INFO"},
		{"none was asked for", func(f *Facts) { f.Source.Commands = &Commands{} }, "source.renamed-commands", Unknown, "no command was asked for", "COMMAND INFO"},
		{"not read", noSource, "source.renamed-commands", Unknown, "i/o timeout", "reachable"},
	}
}

func contentRows() []builtinRow {
	disk := func(change func(*Facts)) func(*Facts) {
		return func(f *Facts) { f.Source.Config.DisklessSync = "no"; change(f) }
	}
	never := func(f *Facts) { f.Source.LastSaveSeconds, f.Source.LastSaveAgeSeconds = -1, -1 }
	return []builtinRow{
		{"none", good, "source.modules", Pass, "none", ""},
		{"some", func(f *Facts) { f.Source.Modules = []string{"ReJSON", "search"} }, "source.modules", Fail, "ReJSON, search", "MODULE UNLOAD ReJSON"},
		{"before there were modules", func(f *Facts) { f.Source.Version = "3.2.13"; gap(f, "source.modules", "unknown command") }, "source.modules", Pass, "has no modules", ""},
		{"a gap is not an empty list", func(f *Facts) { gap(f, "source.modules", "NOPERM") }, "source.modules", Unknown, "NOPERM", "MODULE LIST"},
		{"not read", noSource, "source.modules", Unknown, "i/o timeout", "reachable"},

		{"the last went well", disk(good), "source.persistence", Pass, "whether the directory can be written to now", ""},
		{"a sync without a disk", good, "source.persistence", Pass, "repl-diskless-sync yes: the full sync does not use the disk", ""},
		{"never, but without a disk", never, "source.persistence", Pass, "does not use the disk", ""},
		{"never: it says ok from the beginning", disk(never), "source.persistence", Unknown, "no BGSAVE was made", "run BGSAVE on the source and look at rdb_last_bgsave_status in INFO persistence, once"},
		{"never, before diskless syncs", func(f *Facts) { never(f); f.Source.Config.DisklessSync = "" }, "source.persistence", Unknown, "no BGSAVE was made", "run BGSAVE"},
		{"never, and settings not seen", func(f *Facts) { never(f); f.Source.Config = nil; gap(f, "source.config", "NOPERM") }, "source.persistence", Unknown, "no BGSAVE was made", "run BGSAVE"},
		{"whether there was one was not seen", disk(func(f *Facts) { gap(f, "source.last_save_seconds", "cut") }), "source.persistence", Unknown, "cut", "run BGSAVE"},
		{"the last failed", func(f *Facts) { f.Source.LastSaveStatus = "err" }, "source.persistence", Fail, "BGSAVE failed", "CONFIG GET dir"},
		{"another word", func(f *Facts) { f.Source.LastSaveStatus = "" }, "source.persistence", Unknown, `""`, "run BGSAVE"},
		{"gap", func(f *Facts) { gap(f, "source.last_save_status", "cut") }, "source.persistence", Unknown, "cut", "INFO"},

		{"room", good, "source.connections", Pass, "120 of 10000", ""},
		{"just enough", func(f *Facts) { f.Source.MaxClients = 130 }, "source.connections", Pass, "120 of 130", ""},
		{"one too few", func(f *Facts) { f.Source.MaxClients = 129 }, "source.connections", Fail, "120 of 129", "CONFIG SET maxclients 220"},
		{"of many, a tenth more", func(f *Facts) { f.Source.Clients, f.Source.MaxClients = 9995, 10_000 }, "source.connections", Fail, "9995 of 10000", "CONFIG SET maxclients 10994"},
		{"limit not told", func(f *Facts) { f.Source.MaxClients = 0 }, "source.connections", Unknown, "120 of 0", "maxclients"},
		{"who asks is a client", func(f *Facts) { f.Source.Clients = 0 }, "source.connections", Unknown, "cannot be", "connected_clients"},
		{"gap", func(f *Facts) { gap(f, "source.maxclients", "cut") }, "source.connections", Unknown, "cut", "INFO"},

		{"nothing", good, "source.functions-acl", Pass, "carried over: 0 function libraries", ""},
		{"libraries are carried over", func(f *Facts) { f.Source.Libraries = 3 }, "source.functions-acl", Pass, "carried over: 3", ""},
		{"libraries were not seen, and need not be", func(f *Facts) { gap(f, "source.libraries", "NOPERM") }, "source.functions-acl", Pass, "not seen", ""},
		{"users", func(f *Facts) { f.Source.Users = []string{"app", "default"} }, "source.functions-acl", Fail, "1 ACL users: app", "aws_elasticache_user_group"},
		{"scripts", func(f *Facts) { f.Source.CachedScripts = 7 }, "source.functions-acl", Fail, "7 cached scripts", "SCRIPT LOAD"},
		{"scripts, and users were not seen", func(f *Facts) {
			f.Source.CachedScripts, f.Source.Users = 7, nil
			gap(f, "source.users", "NOPERM")
		}, "source.functions-acl", Fail, "7 cached scripts; ACL users not seen: NOPERM", "NOSCRIPT"},
		{"before there were users", func(f *Facts) {
			f.Source.Version, f.Source.Users = "5.0.14", nil
			gap(f, "source.users", "unknown command")
		}, "source.functions-acl", Pass, "no ACL users", ""},
		{"there is always the default user", func(f *Facts) { f.Source.Users = nil }, "source.functions-acl", Unknown, "no reason was recorded", "ACL USERS"},
		{"scripts were not seen", func(f *Facts) { gap(f, "source.cached_scripts", "cut") }, "source.functions-acl", Unknown, "cut", "INFO"},
		{"not read", noSource, "source.functions-acl", Unknown, "i/o timeout", "reachable"},
	}
}
