package preflight

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Validate reports everything in the facts that cannot have been seen, joined,
// each by its path of JSON names: no time, empty ids, negative counts, addresses
// and ranges that are none, ports and protocols that do not exist, and gaps
// without a subject or a reason. It returns nil if there is nothing. Words of the
// services, such as a status, are not judged: they change. [Judge] takes any
// facts; Validate is for those that were written by hand.
func (f Facts) Validate() error { return f.problems().err() }

func (f Facts) problems() problems {
	var p problems
	if f.GatheredAt.IsZero() {
		p.add("gathered_at", "is missing; %s is allowed", wanted(reflect.TypeOf(f.GatheredAt)))
	}
	if f.Target != nil {
		p.target("target", *f.Target)
	}
	if f.TargetNode != nil {
		p.node("target_node", *f.TargetNode)
	}
	if f.Source != nil {
		p.node("source", *f.Source)
	}
	each("upstream", f.Upstream, p.node)
	if a := f.SourceAddress; a != nil {
		if len(a.IPs) == 0 {
			p.add("source_address.ips", "is empty; at least one IP address is needed")
		}
		each("source_address.ips", a.IPs, p.ip)
		p.port("source_address.port", a.Port)
	}
	if f.SourceProbe != nil {
		p.hostPort("source_probe.address", f.SourceProbe.Address)
	}
	if f.Load != nil {
		p.load("load", *f.Load)
	}
	if f.Network != nil {
		p.network("network", *f.Network)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Extra)) {
		if name == "" {
			p.add("extra", "has an empty name; the name of a source of facts is allowed")
		}
		if !json.Valid(f.Extra[name]) {
			p.add(under("extra", name), "is not JSON")
		}
	}
	each("gaps", f.Gaps, p.gap)
	return p
}

// each calls check for each element with its path.
func each[T any](path string, list []T, check func(string, T)) {
	for i, v := range list {
		check(fmt.Sprintf("%s[%d]", path, i), v)
	}
}

// short is a value of others in a message, in one line and not for pages.
func short(s string) string {
	const limit = 80
	if len(s) > limit {
		return strconv.Quote(s[:limit]) + "..."
	}
	return strconv.Quote(s)
}

// gap refuses what would leave a gap without effect: then a zero value would
// count as a fact.
func (p *problems) gap(path string, g Gap) {
	if g.Reason == "" {
		p.add(path+".reason", "is empty; why the facts are absent is needed")
	}
	if g.Subject == "" {
		p.add(path+".subject", "is empty; a part of the facts is allowed, such as target.databases")
		return
	}
	part, name, _ := strings.Cut(g.Subject, ".")
	name, _, _ = strings.Cut(name, ".")
	for _, f := range fieldsOf(reflect.TypeFor[Facts]()) {
		if f.name != part || name == "" || f.typ.Kind() != reflect.Pointer {
			continue
		}
		fields := fieldsOf(f.typ.Elem())
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			p.add(path+".subject", "%s is no field of %s; allowed are %s", short(g.Subject), part, names(fields))
		}
	}
}

func (p *problems) target(path string, t Target) {
	p.id(path+".id", t.ID)
	p.hostPort(path+".primary", t.Primary)
	atLeast(p, path+".node_groups", t.NodeGroups, 0)
	atLeast(p, path+".snapshot_retention_days", t.SnapshotRetentionDays, 0)
	atLeast(p, path+".databases", t.Databases, 0)
	each(path+".security_groups", t.SecurityGroups, p.id)
	each(path+".members", t.Members, func(path string, m Member) {
		p.id(path+".id", m.ID)
		p.hostPort(path+".endpoint", m.Endpoint)
	})
	each(path+".subnets", t.Subnets, func(path string, s TargetSubnet) { p.id(path+".id", s.ID) })
	if v := t.Parameters; v != nil {
		path += ".parameters"
		atLeast(p, path+".maxmemory", v.MaxMemory, 0)
		if n := v.ReservedMemoryPercent; n < -1 || n > 100 {
			p.add(path+".reserved_memory_percent", "%d; 0 to 100 is allowed, and -1 for not known", n)
		}
		atLeast(p, path+".min_replicas_to_write", v.MinReplicasToWrite, 0)
	}
}

func (p *problems) node(path string, n Node) {
	p.hostPort(path+".address", n.Address)
	p.hostPort(path+".upstream_address", n.UpstreamAddress)
	atLeast(p, path+".shards", n.Shards, 0)
	atLeast(p, path+".databases", n.Databases, 0)
	for _, db := range slices.Sorted(maps.Keys(n.Keys)) {
		key := under(path+".keys", strconv.Itoa(db))
		if db < 0 {
			p.add(key, "the database %d; at least 0 is allowed", db)
		}
		atLeast(p, key, n.Keys[db], 0)
	}
	for _, v := range []struct {
		name string
		n    int64
	}{
		{"used_memory", n.UsedMemory},
		{"used_memory_rss", n.UsedMemoryRSS},
		{"maxmemory", n.MaxMemory},
		{"system_memory", n.SystemMemory},
		{"clients", n.Clients},
		{"maxclients", n.MaxClients},
		{"last_save_copied", n.LastSaveCopied},
		{"last_fork_microseconds", n.LastForkMicroseconds},
		{"cached_scripts", n.CachedScripts},
		{"libraries", n.Libraries},
	} {
		atLeast(p, path+"."+v.name, v.n, 0)
	}
	atLeast(p, path+".last_save_seconds", n.LastSaveSeconds, -1)
	atLeast(p, path+".last_save_age_seconds", n.LastSaveAgeSeconds, -1)
	each(path+".default_user_denied", n.DefaultUserDenied, p.command)
	if n.Config != nil {
		p.config(path+".config", *n.Config)
	}
	if n.Commands != nil {
		p.commands(path+".commands", *n.Commands)
	}
}

func (p *problems) commands(path string, c Commands) {
	atLeast(p, path+".asked", c.Asked, 0)
	each(path+".missing", c.Missing, p.command)
	each(path+".disabled", c.Disabled, p.command)
}

func (p *problems) command(path, s string) {
	if s == "" {
		p.add(path, "is empty; the name of a command is needed")
	}
}

func (p *problems) config(path string, c NodeConfig) {
	p.port(path+".port", c.Port)
	p.port(path+".tls_port", c.TLSPort)
	atLeast(p, path+".replica_buffer.hard", c.ReplicaBuffer.Hard, 0)
	atLeast(p, path+".replica_buffer.soft", c.ReplicaBuffer.Soft, 0)
	atLeast(p, path+".replica_buffer.soft_seconds", c.ReplicaBuffer.SoftSeconds, 0)
	atLeast(p, path+".backlog_size", c.BacklogSize, 0)
	atLeast(p, path+".repl_timeout_seconds", c.ReplTimeoutSeconds, 0)
	atLeast(p, path+".diskless_delay_seconds", c.DisklessDelaySeconds, 0)
}

func (p *problems) load(path string, l Load) {
	atLeast(p, path+".scripts", l.Scripts, -1)
	for _, v := range []struct {
		name string
		n    float64
	}{
		{"window_seconds", l.WindowSeconds},
		{"replication_bytes_per_second", l.ReplicationBytesPerSecond},
		{"replication_average", l.ReplicationAverage},
		{"input_bytes_per_second", l.InputBytesPerSecond},
		{"input_average", l.InputAverage},
		{"memory_bytes_per_second", l.MemoryBytesPerSecond},
		{"changes_per_second", l.ChangesPerSecond},
		{"commands_per_second", l.CommandsPerSecond},
		{"link_bytes_per_second", l.LinkBytesPerSecond},
	} {
		if math.IsNaN(v.n) || math.IsInf(v.n, 0) {
			p.add(path+"."+v.name, "%v; a number is allowed", v.n)
			continue
		}
		if v.name == "memory_bytes_per_second" { // memory may shrink
			continue
		}
		atLeast(p, path+"."+v.name, v.n, 0)
	}
}

func (p *problems) id(path, s string) {
	if s == "" {
		p.add(path, "is empty; an id is needed")
	}
}

func atLeast[T cmp.Ordered](p *problems, path string, n, least T) {
	if n < least {
		p.add(path, "%v; at least %v is allowed", n, least)
	}
}

func (p *problems) port(path string, n int) {
	if n < 0 || n > math.MaxUint16 {
		p.add(path, "%d; a port from 0 to 65535 is allowed", n)
	}
}

// hostPort looks at an address; none is not wrong.
func (p *problems) hostPort(path, s string) {
	if s == "" {
		return
	}
	i := strings.LastIndexByte(s, ':')
	if n, err := strconv.ParseUint(s[i+1:], 10, 16); i <= 0 || err != nil || n == 0 {
		p.add(path, "%s is not an address with a port from 1 to 65535, such as 10.0.0.241:6379", short(s))
	}
}

func (p *problems) ip(path, s string) {
	if _, err := netip.ParseAddr(s); err != nil {
		p.add(path, "%s is not an IP address such as 10.0.0.241", short(s))
	}
}

func (p *problems) cidr(path, s string) {
	if _, err := netip.ParsePrefix(s); err != nil {
		p.add(path, "%s is not an address range such as 10.0.0.0/24", short(s))
	}
}
