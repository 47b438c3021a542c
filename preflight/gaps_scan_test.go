package preflight

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// pathsOf calls add with the path of every field of the facts, by JSON names;
// the elements of lists have the path of the list.
func pathsOf(path string, t reflect.Type, add func(string)) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if path != "" {
		add(path)
	}
	if t.Kind() != reflect.Struct || isTime(t) {
		return
	}
	for _, f := range fieldsOf(t) {
		if f.name != "gaps" && f.name != "extra" {
			pathsOf(under(path, f.name), f.typ, add)
		}
	}
}

// What the checks read, in words of the tables below.
const (
	readsProbe    = "source.reachable source.tls source.auth"
	readsLoad     = "source.output-buffer source.backlog"
	readsMembers  = "target.members target.pending-changes target.windows"
	readsNetwork  = "network.address network.vpc network.route network.security-group network.acl"
	readsSubnets  = "network.route network.security-group network.acl"
	readsVersions = "pair.rdb-version pair.version"
	readsCommands = "source.renamed-commands source.disabled-commands"
)

// readers tells which checks must not pass when a field of goodFacts was not
// seen, and that all others do. A field that is not named counts as the one it is
// in; one that no check needs is named with none.
func readers() map[string]string {
	m := map[string]string{
		"gathered_at": "", "target.id": "", "target.status": "target.status",
		"target.cluster_enabled": "target.cluster-mode pair.databases", "target.cluster_mode": "target.cluster-mode pair.databases",
		"target.multi_az": "target.multi-az", "target.automatic_failover": "target.multi-az",
		"target.transit_encryption": "target.in-transit-encryption", "target.transit_encryption_mode": "target.in-transit-encryption",
		"target.auth_token": "target.auth", "target.user_groups": "target.auth", "target.global_datastore": "target.global-datastore",
		"target.data_tiering": "target.data-tiering", "target.node_type": "target.node-type", "target.network_type": "target.network-type",
		"target.engine": "target.engine " + readsVersions, "target.engine_version": "target.engine " + readsVersions,
		"target.members": readsMembers, "target.node_groups": "target.empty target.min-replicas pair.memory", "target.primary": "",
		"target.pending_changes": "target.pending-changes", "target.snapshot_window": "target.windows", "target.snapshot_retention_days": "target.windows",
		"target.security_groups": "network.security-group", "target.subnet_group": "", "target.vpc": "network.vpc",
		"target.subnets": readsSubnets, "target.parameter_group": "", "target.databases": "pair.databases",
		"target.parameters": "target.renamed-commands target.min-replicas", "target.parameters.maxmemory": "",
		"target.parameters.reserved_memory_percent": "", "target.parameters.maxmemory_policy": "",
		"target.parameters.renamed_commands": "target.renamed-commands", "target.parameters.min_replicas_to_write": "target.min-replicas",

		"target_node": "target.empty", "target_node.keys": "target.empty",

		"source.address": "", "source.os": "source.address", "source.engine": "source.auth source.version " + readsVersions,
		"source.version": "source.auth source.version " + readsVersions, "source.role": "source.role source.fence",
		"source.upstream_address": "", "source.upstream_link": "", "source.cluster_enabled": "source.cluster-mode pair.databases",
		"source.shards": "", "source.databases": "pair.databases", "source.keys": "pair.databases-in-use",
		"source.used_memory":     "target.windows source.output-buffer source.backlog pair.memory",
		"source.used_memory_rss": "source.fork-headroom", "source.system_memory": "source.fork-headroom",
		"source.maxmemory": "", "source.maxmemory_policy": "pair.eviction-policy", "source.clients": "source.connections",
		"source.maxclients": "source.connections", "source.last_save_status": "source.persistence",
		"source.last_save_seconds": "", "source.last_save_age_seconds": "", "source.last_save_copied": "", "source.last_fork_microseconds": "",
		"source.config":                "source.protected-mode source.bind source.output-buffer source.backlog source.repl-timeout",
		"source.config.protected_mode": "source.protected-mode", "source.config.bind": "source.bind", "source.config.port": "", "source.config.tls_port": "",
		"source.config.replica_buffer": "source.output-buffer", "source.config.backlog_size": "source.output-buffer source.backlog",
		"source.config.repl_timeout_seconds": "source.repl-timeout", "source.config.diskless_sync": "", "source.config.diskless_delay_seconds": "",
		"source.commands": readsCommands, "source.default_user_denied": "source.auth", "source.modules": "source.modules",
		"source.users": "source.functions-acl", "source.cached_scripts": "source.functions-acl", "source.libraries": "",

		"upstream": "", "load": readsLoad, "fence": "source.fence",

		"source_address": "target.network-type source.address source.bind " + readsNetwork, "source_address.host": "source.address",
		"source_address.port": "", "source_address.ips": "target.network-type source.address " + readsNetwork,

		"source_probe": readsProbe, "source_probe.address": "", "source_probe.reached": "source.reachable source.tls", "source_probe.err": "",
		"source_probe.replconf": "source.auth",

		"network": readsNetwork + " network.analyzer", "network.source_interfaces": readsNetwork, "network.subnets": readsSubnets,
		"network.route_tables": "network.route", "network.security_groups": "network.security-group", "network.acls": "network.acl",
		"network.peerings": "", "network.prefix_lists": "", "network.attachments": "", "network.transit_routes": "", "network.analyses": "network.analyzer",
	}
	for _, f := range fieldsOf(reflect.TypeFor[Node]()) {
		if f.name != "keys" { // the parameter group stands in for its other fields
			m["target_node."+f.name] = ""
		}
	}
	return m
}

// readersOf is the entry for the path, or for what it is in.
func readersOf(m map[string]string, path string) (ids []string, ok bool) {
	for {
		if text, ok := m[path]; ok {
			return strings.Fields(text), true
		}
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			return nil, false
		}
		path = path[:i]
	}
}

// unpassed are the checks that do not pass if a path was not seen.
func unpassed(facts Facts, path string) []string {
	facts.Gaps = slices.Concat(facts.Gaps, []Gap{{path, "lost"}})
	var ids []string
	for _, f := range Judge(facts, Builtin(), nil).Findings {
		if f.Outcome != Pass {
			ids = append(ids, f.CheckID)
		}
	}
	return ids
}

// Every field that was not seen takes the passes away that rest on it.
func TestGapOfEveryField(t *testing.T) {
	t.Parallel()
	m, used := readers(), map[string]bool{}
	pathsOf("", reflect.TypeFor[Facts](), func(path string) {
		used[path] = true
		want, ok := readersOf(m, path)
		if path == "target" || path == "target.exists" || path == "source" { // nearly all
			return
		}
		if !ok {
			t.Errorf("%s: say which checks read it", path)
		}
		got := unpassed(goodFacts(), path)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q do not pass, want %q", path, got, want)
		}
	})
	for path := range m {
		if !used[path] {
			t.Errorf("%s is no field", path)
		}
	}
}

// typeAt is the type of the field with the path.
func typeAt(path string) reflect.Type {
	t := reflect.TypeFor[Facts]()
	for _, name := range strings.Split(path, ".") {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		fields := fieldsOf(t)
		t = fields[slices.IndexFunc(fields, func(f field) bool { return f.name == name })].typ
	}
	return t
}

// leaning passes all checks, and has no second fact for any of them to rest on.
func leaning() Facts {
	f := goodFacts()
	f.TargetNode.MaxMemory, f.TargetNode.MaxMemoryPolicy = 0, ""
	s := f.Source
	s.MaxMemory, s.UsedMemory, s.UsedMemoryRSS, s.SystemMemory = 0, 400<<20, 500<<20, 900<<20
	s.LastSaveSeconds, s.LastSaveAgeSeconds, s.Config.ReplTimeoutSeconds = -1, -1, 30
	return f
}

func chained() Facts {
	f := goodFacts()
	f.Source.Role, f.Source.UpstreamAddress, f.Source.UpstreamLink = "slave", "10.0.0.9:6379", "up"
	f.Upstream = []Node{{Role: "master"}}
	return f
}

func TestGapsWhereNothingStandsIn(t *testing.T) {
	t.Parallel()
	const memory = "pair.memory pair.memory-growth"
	for _, r := range []struct {
		facts   func() Facts
		path    string
		readers string
	}{
		{leaning, "load", readsLoad + " source.fork-headroom pair.memory-growth"},
		{leaning, "source.used_memory", readsLoad + " source.fork-headroom source.repl-timeout target.windows " + memory},
		{leaning, "source.config.diskless_sync", "source.persistence"},
		{leaning, "target.parameters", memory + " pair.eviction-policy"},
		{leaning, "target.parameters.maxmemory", memory},
		{leaning, "target.parameters.reserved_memory_percent", memory},
		{leaning, "target.parameters.maxmemory_policy", "pair.eviction-policy"},
		{peeredFacts, "network.peerings", "network.vpc network.route network.security-group"},
		{transitFacts, "network.attachments", "network.vpc network.route network.acl"},
		{transitFacts, "network.transit_routes", "network.route"},
		{chained, "source.upstream_link", "source.role"},
		{chained, "upstream", "source.role"},
	} {
		if failed := unpassed(r.facts(), "extra.none"); slices.ContainsFunc(strings.Fields(r.readers), func(id string) bool { return slices.Contains(failed, id) }) {
			t.Fatalf("%s: without a gap %q do not pass", r.path, failed)
		}
		paths := []string{r.path}
		if r.path != "target.parameters" { // not all read the same of these
			pathsOf(r.path, typeAt(r.path), func(path string) { paths = append(paths, path) })
		}
		for _, path := range paths {
			if within(path, "network.attachments.subnets") {
				continue // each attachment without subnets tells that by itself
			}
			got := unpassed(r.facts(), path)
			for _, id := range strings.Fields(r.readers) {
				if !slices.Contains(got, id) {
					t.Errorf("%s: %s passes", path, id)
				}
			}
		}
	}
}
