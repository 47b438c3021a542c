package memory

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// section is one part of INFO.
type section struct {
	name  string
	lines func(*Server, *report)
}

// report collects the lines of INFO.
type report struct{ strings.Builder }

// add writes one field, a string or a whole number.
func (r *report) add(name string, value any) {
	r.WriteString(name)
	r.WriteByte(':')
	switch v := value.(type) {
	case string:
		r.WriteString(v)
	case int:
		r.WriteString(strconv.Itoa(v))
	case int64:
		r.WriteString(strconv.FormatInt(v, 10))
	}
	r.WriteString("\r\n")
}

func sections() []section {
	return []section{
		{"Server", (*Server).infoServer},
		{"Clients", (*Server).infoClients},
		{"Memory", (*Server).infoMemory},
		{"Persistence", (*Server).infoPersistence},
		{"Stats", (*Server).infoStats},
		{"Replication", (*Server).infoReplication},
		{"CPU", (*Server).infoCPU},
		{"Commandstats", (*Server).infoCalls},
		{"Cluster", (*Server).infoCluster},
		{"Keyspace", (*Server).infoKeyspace},
	}
}

// info returns the sections that are asked for, all but Commandstats if none is.
func (s *Server) info(wanted []string) string {
	wanted = slices.Clone(wanted)
	usual := len(wanted) == 0
	for i, w := range wanted {
		wanted[i] = strings.ToLower(w)
		usual = usual || wanted[i] == "default"
	}
	all := slices.Contains(wanted, "all") || slices.Contains(wanted, "everything")
	var r report
	for _, section := range sections() {
		name := strings.ToLower(section.name)
		if !all && !(usual && name != "commandstats") && !slices.Contains(wanted, name) {
			continue
		}
		if r.Len() > 0 {
			r.WriteString("\r\n")
		}
		r.WriteString("# " + section.name + "\r\n")
		section.lines(s, &r)
	}
	return r.String()
}

func (s *Server) infoServer(r *report) {
	v := s.version
	r.add("redis_version", v.redisText())
	if v.engine == "valkey" {
		r.add("server_name", "valkey")
		r.add("valkey_version", v.text)
	}
	r.add("redis_git_sha1", "00000000")
	mode := "standalone"
	if s.config["cluster-enabled"] == "yes" {
		mode = "cluster"
	}
	r.add("redis_mode", mode)
	r.add("os", "Linux 6.1.0 x86_64")
	r.add("arch_bits", 64)
	r.add("process_id", 1)
	r.add("run_id", s.runID)
	r.add("tcp_port", s.config["port"])
	if s.version.atLeast(6, 2) {
		r.add("server_time_usec", s.world.at.UnixMicro())
	}
	up := s.world.at.Sub(s.started)
	r.add("uptime_in_seconds", int64(up/time.Second))
	r.add("uptime_in_days", int64(up/(24*time.Hour)))
	r.add("hz", s.config["hz"])
}

func (s *Server) infoClients(r *report) {
	r.add("connected_clients", len(s.clients))
	if s.version.atLeast(6, 2) {
		r.add("maxclients", s.config["maxclients"])
	}
	r.add("blocked_clients", len(s.parked))
}

// baseMemory is what an empty server uses.
const baseMemory = 900_000

// usedMemory is what INFO says as used_memory.
func (s *Server) usedMemory() int64 {
	s.measured = measure{changes: s.changes, used: baseMemory + s.data.memory()}
	return s.measured.used
}

func (s *Server) infoMemory(r *report) {
	used := s.usedMemory()
	r.add("used_memory", used)
	r.add("used_memory_human", human(used))
	r.add("used_memory_rss", used+used/5)
	r.add("used_memory_peak", used)
	if s.version.atLeast(4, 0) {
		r.add("used_memory_overhead", baseMemory*9/10)
		r.add("used_memory_startup", baseMemory*9/10)
		r.add("used_memory_dataset", used-baseMemory*9/10)
	}
	if s.version.atLeast(3, 2) {
		r.add("total_system_memory", cmp.Or(s.spec.SystemMemory, 16<<30))
	}
	if s.version.atLeast(5, 0) {
		r.add("number_of_cached_scripts", s.spec.CachedScripts)
	}
	if s.version.atLeast(7, 0) {
		r.add("number_of_libraries", len(s.libraries))
	}
	if s.version.atLeast(3, 2) {
		r.add("maxmemory", s.config["maxmemory"])
		r.add("maxmemory_human", human(s.number("maxmemory")))
		r.add("maxmemory_policy", s.config["maxmemory-policy"])
	}
	if s.version.atLeast(4, 0) {
		r.add("mem_not_counted_for_evict", 0) // no buffers of replicas, no append-only file
	}
}

// human writes a number of bytes as INFO does.
func human(n int64) string {
	units := []string{"B", "K", "M", "G", "T"}
	f, unit := float64(n), 0
	for f >= 1024 && unit < len(units)-1 {
		f, unit = f/1024, unit+1
	}
	if unit == 0 {
		return strconv.FormatInt(n, 10) + "B"
	}
	return strconv.FormatFloat(f, 'f', 2, 64) + units[unit]
}

func (s *Server) infoPersistence(r *report) {
	loading := s.link != nil && s.link.phase == phaseLoading
	r.add("loading", number(loading))
	if s.version.atLeast(7, 0) {
		r.add("async_loading", 0)
	}
	save, done := s.saving()
	took := int64(-1)
	keys := int64(0)
	if save != nil {
		took = int64(s.world.at.Sub(save.begun) / time.Second)
		keys = save.snapshot.data.total()
	}
	if s.version.atLeast(6, 2) {
		r.add("current_cow_size", 0)
		r.add("current_cow_size_age", 0)
		saved := int64(float64(keys) * done)
		r.add("current_fork_perc", strconv.FormatFloat(100*float64(saved)/float64(max(keys, 1)), 'f', 2, 64))
		r.add("current_save_keys_processed", saved)
		r.add("current_save_keys_total", keys)
	}
	r.add("rdb_changes_since_last_save", s.stats.dirty+s.stats.unsaved/writeSize)
	r.add("rdb_bgsave_in_progress", number(save != nil))
	r.add("rdb_last_save_time", s.stats.lastSave.Unix())
	r.add("rdb_last_bgsave_status", map[bool]string{true: "err", false: "ok"}[s.spec.SaveFails])
	last := int64(-1)
	if s.stats.lastSaveTook >= 0 {
		last = int64(s.stats.lastSaveTook / time.Second)
	}
	r.add("rdb_last_bgsave_time_sec", last)
	r.add("rdb_current_bgsave_time_sec", took)
	if s.version.atLeast(4, 0) {
		r.add("rdb_last_cow_size", 0)
	}
	r.add("aof_enabled", number(s.config["appendonly"] == "yes"))
	if loading {
		s.infoLoading(r, s.link)
	}
}

func (s *Server) infoLoading(r *report, l *link) {
	total, done := l.sync.snapshot.size, l.loadedBytes()
	part := float64(done) / float64(max(total, 1))
	left := l.sync.loading - s.world.at.Sub(l.sync.loadFrom)
	r.add("loading_start_time", l.sync.loadFrom.Unix())
	r.add("loading_total_bytes", total)
	if s.version.atLeast(6, 2) {
		r.add("loading_rdb_used_mem", l.sync.snapshot.data.memory())
	}
	r.add("loading_loaded_bytes", done)
	r.add("loading_loaded_perc", strconv.FormatFloat(100*part, 'f', 2, 64))
	r.add("loading_eta_seconds", int64(max(left, 0)/time.Second))
}

// writeSize is how many bytes of WriteRate count as one command and one change.
const writeSize = 100

func (s *Server) infoStats(r *report) {
	r.add("total_connections_received", s.stats.connections)
	r.add("total_commands_processed", s.stats.commands)
	rate := int64(0)
	if s.link == nil && s.takesWrites() {
		rate = s.spec.WriteRate
	}
	r.add("instantaneous_ops_per_sec", rate/writeSize)
	r.add("total_net_input_bytes", s.stats.input)
	r.add("instantaneous_input_kbps", strconv.FormatFloat(float64(rate)/1024, 'f', 2, 64))
	r.add("sync_full", s.stats.syncFull)
	r.add("sync_partial_ok", s.stats.partialOK)
	r.add("sync_partial_err", s.stats.partialErr)
	r.add("expired_keys", s.stats.expired)
	r.add("evicted_keys", 0)
	r.add("keyspace_hits", s.stats.hits)
	r.add("keyspace_misses", s.stats.misses)
	r.add("latest_fork_usec", 0)
	if s.version.atLeast(6, 0) {
		r.add("unexpected_error_replies", s.stats.unexpected)
	}
	if s.version.atLeast(6, 2) {
		r.add("total_error_replies", s.stats.errors)
	}
	if s.version.dropsCounted() {
		r.add("client_output_buffer_limit_disconnections", 0) // there is no limit
	}
}

func (s *Server) infoCPU(r *report) {
	r.add("used_cpu_sys", "0.000000")
	r.add("used_cpu_user", "0.000000")
}

func (s *Server) infoCluster(r *report) {
	if !s.version.atLeast(3, 0) {
		return
	}
	r.add("cluster_enabled", number(s.config["cluster-enabled"] == "yes"))
}

// infoKeyspace lists the databases. While data are being loaded, as many keys
// show as have been.
func (s *Server) infoKeyspace(r *report) {
	data, part := s.data, 1.0
	if l := s.link; l != nil && l.phase == phaseLoading {
		data = l.sync.snapshot.data
		part = float64(l.loadedBytes()) / float64(max(l.sync.snapshot.size, 1))
	}
	for _, db := range data.used() {
		keys, expires := int64(part*float64(data.count(db))), int64(part*float64(data.expires(db)))
		if keys > 0 {
			r.add("db"+strconv.Itoa(db), fmt.Sprintf("keys=%d,expires=%d,avg_ttl=0", keys, expires))
		}
	}
}

func number(yes bool) int { return map[bool]int{true: 1}[yes] }

// seconds are whole seconds since a time, or absent if there was none.
func (s *Server) seconds(since time.Time, absent int64) int64 {
	if since.IsZero() {
		return absent
	}
	return int64(s.world.at.Sub(since) / time.Second)
}
