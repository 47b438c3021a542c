package node

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
)

// info takes the answer to INFO. If it was refused, each of its fields is a gap.
func (g *gathering) info(reply any, err error) {
	text, ok := reply.(string)
	if err == nil && !ok {
		err = fmt.Errorf("INFO: reply is %T, not text", reply)
	}
	info := redisinfo.ParseInfo(text)
	g.facts.Engine, g.facts.Version = string(info.Engine()), info.VersionText()
	if v, verr := info.Version(); verr == nil {
		g.version, g.known = v, true
	}
	refused := func(otherwise string) string {
		if err != nil {
			return err.Error()
		}
		return otherwise
	}
	if !g.known {
		g.gap("engine", refused("INFO does not name the server"))
		g.gap("version", refused("INFO has neither valkey_version nor redis_version"))
	}
	g.fields(info, refused)
	g.lastSave(info, refused)
	g.upstream(info, refused)
	g.facts.Keys = map[int]int64{}
	for db, ks := range info.Keyspace() {
		g.facts.Keys[db] = ks.Keys
	}
	if !info.HasSection("Keyspace") {
		g.facts.Keys = nil
		g.gap("keys", refused("INFO has no section Keyspace"))
	}
}

// fields takes the fields of INFO that are a text or a number.
func (g *gathering) fields(info redisinfo.Info, refused func(string) string) {
	f, cluster := &g.facts, int64(0)
	for _, row := range []struct {
		subject, field string
		text           *string
		number         *int64
	}{
		{"os", "os", &f.OS, nil},
		{"role", "role", &f.Role, nil},
		{"cluster_enabled", "cluster_enabled", nil, &cluster},
		{"used_memory", "used_memory", nil, &f.UsedMemory},
		{"used_memory_rss", "used_memory_rss", nil, &f.UsedMemoryRSS},
		{"maxmemory", "maxmemory", nil, &f.MaxMemory},
		{"maxmemory_policy", "maxmemory_policy", &f.MaxMemoryPolicy, nil},
		{"system_memory", "total_system_memory", nil, &f.SystemMemory},
		{"clients", "connected_clients", nil, &f.Clients},
		{"maxclients", "maxclients", nil, &f.MaxClients},
		{"last_save_status", "rdb_last_bgsave_status", &f.LastSaveStatus, nil},
		{"last_save_seconds", "rdb_last_bgsave_time_sec", nil, &f.LastSaveSeconds},
		{"last_save_copied", "rdb_last_cow_size", nil, &f.LastSaveCopied},
		{"last_fork_microseconds", "latest_fork_usec", nil, &f.LastForkMicroseconds},
		{"cached_scripts", "number_of_cached_scripts", nil, &f.CachedScripts},
		{"libraries", "number_of_libraries", nil, &f.Libraries},
	} {
		value := info.Str(row.field)
		switch {
		case !info.Has(row.field):
			if !g.older(row.subject) {
				g.gap(row.subject, refused("INFO has no field "+row.field))
			}
		case row.text != nil:
			*row.text = value
		default:
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				g.gap(row.subject, fmt.Sprintf("INFO's field %s is %q, not a number", row.field, value))
				continue
			}
			*row.number = n
		}
	}
	f.ClusterEnabled = cluster == 1
}

// older reports whether the server is of a version that does not have the thing
// at all, so that its absence is a fact.
func (g *gathering) older(subject string) bool {
	switch subject {
	case "cluster_enabled":
		return g.before(3, 0)
	case "libraries":
		return g.before(7, 0)
	}
	return false
}

// lastSave takes how long ago a save ended well. A server counts as saved when it
// starts: rdb_last_save_time is the start's until a save ends well. The other
// fields do not tell whether one did: a save that failed counts in rdb_saves and
// rdb_last_bgsave_time_sec, a full sync without disk in the latter, SAVE and
// CONFIG RESETSTAT make them differ (all measured on 7.0). Before 6.2 the server
// does not tell its time: then rdb_last_bgsave_time_sec has to do, and the age is
// by the clock here.
func (g *gathering) lastSave(info redisinfo.Info, refused func(string) string) {
	g.facts.LastSaveAgeSeconds = -1
	if !info.Has("rdb_last_save_time") || !info.Has("uptime_in_seconds") {
		g.gap("last_save_age_seconds", refused("INFO has no fields rdb_last_save_time and uptime_in_seconds"))
		return
	}
	saved, now := info.Int("rdb_last_save_time"), time.Now().Unix()
	none := info.Int("rdb_last_bgsave_time_sec") < 0
	if info.Has("server_time_usec") {
		now = info.Int("server_time_usec") / int64(time.Second/time.Microsecond)
		none = saved <= now-info.Int("uptime_in_seconds")
	}
	if !none {
		g.facts.LastSaveAgeSeconds = max(now-saved, 0)
	}
}

// upstream takes what a replica says of its primary.
func (g *gathering) upstream(info redisinfo.Info, refused func(string) string) {
	if g.facts.Role == string(redisinfo.Master) {
		return
	}
	if info.Has("master_host") && info.Has("master_port") {
		g.facts.UpstreamAddress = net.JoinHostPort(info.Str("master_host"), info.Str("master_port"))
	} else {
		g.gap("upstream_address", refused("INFO has no fields master_host and master_port"))
	}
	if g.facts.UpstreamLink = info.Str("master_link_status"); g.facts.UpstreamLink == "" {
		g.gap("upstream_link", refused("INFO has no field master_link_status"))
	}
}
