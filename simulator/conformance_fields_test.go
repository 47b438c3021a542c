package simulator_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind says how the values of a field of INFO are compared.
type kind string

const (
	exact   kind = "exact"   // the same text
	id      kind = "id"      // the same as other ids, or not
	applied kind = "applied" // an offset: exact when the link is up
	sign    kind = "sign"    // progress: below, at or above zero; relations bound it
	size    kind = "size"    // bytes: the same sign, and about as many
	percent kind = "percent" // a number with a fraction; a relation says which
	moment  kind = "moment"  // seconds: negative, or less than a minute
	date    kind = "date"    // a time of the day that is less than a minute ago
	clock   kind = "clock"   // the time now in microseconds
	port    kind = "port"    // where the server listens
	few     kind = "few"     // a small number
	phrase  kind = "phrase"  // some text
	counter kind = "counter" // a number: negative or not; a forecast, or what is told once a second
)

// fields are the fields of INFO that the library and its guides read. The
// scripts switch PINGs to replicas off, so that offsets are exact.
func fields() map[string]kind {
	return map[string]kind{
		"redis_version": exact, "redis_mode": exact, "run_id": id, "tcp_port": port, "uptime_in_seconds": moment,
		"server_time_usec":  clock,
		"connected_clients": few, "blocked_clients": exact,
		"used_memory": size, "used_memory_dataset": size, "maxmemory": exact, "maxmemory_policy": exact, "mem_not_counted_for_evict": counter,
		"loading": exact, "async_loading": exact, "loading_start_time": date, "loading_total_bytes": size,
		"loading_loaded_bytes": sign, "loading_loaded_perc": percent, "loading_eta_seconds": counter,
		"current_fork_perc": percent, "current_save_keys_processed": counter, "current_save_keys_total": exact,
		"rdb_bgsave_in_progress": exact, "rdb_last_save_time": date, "rdb_last_bgsave_status": exact,
		"rdb_last_bgsave_time_sec": moment, "rdb_current_bgsave_time_sec": moment, "aof_enabled": exact,
		"sync_full": exact, "sync_partial_ok": exact, "sync_partial_err": exact, "expired_keys": exact,
		"evicted_keys": exact, "unexpected_error_replies": exact,
		"role": exact, "connected_slaves": exact, "master_failover_state": exact, "min_slaves_good_slaves": exact,
		"master_replid": id, "master_replid2": id, "master_repl_offset": exact, "second_repl_offset": exact,
		"repl_backlog_active": exact, "repl_backlog_size": exact, "repl_backlog_first_byte_offset": exact, "repl_backlog_histlen": exact,
		"master_link_status": exact, "master_last_io_seconds_ago": moment, "master_sync_in_progress": exact,
		"slave_read_repl_offset": applied, "slave_repl_offset": applied, "master_link_down_since_seconds": moment,
		"master_sync_total_bytes": size, "master_sync_read_bytes": sign, "master_sync_left_bytes": sign, "master_sync_perc": percent,
		"master_sync_last_io_seconds_ago": moment, "slave_priority": exact, "slave_read_only": exact, "replica_announced": exact,
		"master_host": phrase, "master_port": counter,
		"cluster_enabled": exact, "os": phrase, "used_memory_rss": counter, "total_system_memory": counter, "maxclients": counter,
		"rdb_last_cow_size": counter, "latest_fork_usec": counter, "rdb_changes_since_last_save": counter,
		"number_of_cached_scripts": exact, "number_of_libraries": exact,
		"total_net_input_bytes": counter, "instantaneous_input_kbps": percent, "instantaneous_ops_per_sec": counter,
	}
}

// normal writes a value so that it can be compared.
func (n names) normal(s *sighting, f string, k kind) string {
	value, there := s.info[f]
	if !there {
		return "absent"
	}
	number, err := strconv.ParseFloat(value, 64)
	switch {
	case k == exact, k == applied && s.info["master_link_status"] == "up":
		return value
	case k == id:
		return n.id(value)
	case k == phrase:
		return fmt.Sprintf("%d words", len(strings.Fields(value)))
	case err != nil:
		return fmt.Sprintf("%q is not a number", value)
	case k == percent && !strings.Contains(value, "."):
		return fmt.Sprintf("%q has no fraction", value)
	case k == port && s.port > 0 && int(number) != s.port:
		return fmt.Sprintf("%s is not its port", value)
	case k == few && (number < 1 || number > 10):
		return value + " is not few"
	case k == date && (number > float64(s.at.Unix()) || number < float64(s.at.Add(-time.Minute).Unix())):
		return value + " is not just now"
	case k == clock && math.Abs(number-float64(s.at.UnixMicro())) > 60e6:
		return value + " is not now"
	case k == moment && (number >= 60 || number < -1):
		return value + " is not a moment"
	case (k == sign || k == size) && number == 0:
		return "zero"
	case (k == sign || k == size) && number > 0:
		return "above zero"
	case number < 0:
		return "negative"
	}
	return "a number"
}

// names gives identifiers names in the order of their coming.
type names map[string]string

func (n names) id(value string) string {
	if len(value) != 40 {
		return fmt.Sprintf("%q is not an id", value)
	}
	if strings.Trim(value, "0") == "" {
		return "zero id"
	}
	if _, known := n[value]; !known {
		n[value] = fmt.Sprintf("id %d", len(n)+1)
	}
	return n[value]
}

// numbered are the lines of replicas and databases, in order.
func (s *sighting) numbered() []string {
	var out []string
	for f, value := range s.info {
		if strings.HasPrefix(f, "slave") && strings.HasPrefix(value, "ip=") || strings.HasPrefix(f, "db") && strings.HasPrefix(value, "keys=") {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return out
}

// list writes a line of a replica without its address and with a lag of "a
// moment", or one of a database without what is measured.
func (s *sighting) list(f string) string {
	var out []string
	for part := range strings.SplitSeq(s.info[f], ",") {
		name, v, _ := strings.Cut(part, "=")
		switch {
		case name == "ip" || name == "port":
			v = "some"
		case name == "lag" && (v == "-1" || v == "0" || v == "1"): // -1 until the first acknowledgement
			v = "a moment"
		case name == "avg_ttl" || name == "type" || name == "subexpiry": // nobody reads them; the last two are of newer versions
			continue
		case strings.HasPrefix(f, "db") && s.info["loading"] == "1": // as many as have been loaded
			v = "some"
		}
		out = append(out, name+"="+v)
	}
	return strings.Join(out, ",")
}
