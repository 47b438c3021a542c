package simulator_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/simulator"
)

// kind says how the values of a field of INFO are compared.
type kind string

const (
	exact   kind = "exact"   // the same text
	id      kind = "id"      // the same as other ids, or not
	sign    kind = "sign"    // a number: below, at or above zero
	counter kind = "counter" // a number: negative or not
	applied kind = "applied" // an offset: exact when the link is up
	decimal kind = "decimal" // a number with a fraction
)

// fields are the fields of INFO that the library and its guides read. The
// scripts switch PINGs to replicas off, so that offsets are exact.
func fields() map[string]kind {
	return map[string]kind{
		"redis_version": exact, "redis_mode": exact, "run_id": id, "tcp_port": counter, "uptime_in_seconds": counter,
		"connected_clients": counter, "blocked_clients": exact,
		"used_memory": sign, "used_memory_dataset": sign, "maxmemory": exact, "maxmemory_policy": exact,
		"loading": exact, "async_loading": exact, "loading_start_time": sign, "loading_total_bytes": sign,
		"loading_loaded_bytes": counter, "loading_loaded_perc": decimal, "loading_eta_seconds": counter,
		"current_fork_perc": decimal, "current_save_keys_processed": counter, "current_save_keys_total": exact,
		"rdb_bgsave_in_progress": exact, "rdb_last_save_time": sign, "rdb_last_bgsave_status": exact,
		"rdb_last_bgsave_time_sec": counter, "rdb_current_bgsave_time_sec": counter, "aof_enabled": exact,
		"sync_full": exact, "sync_partial_ok": exact, "sync_partial_err": exact, "expired_keys": exact,
		"evicted_keys": exact, "unexpected_error_replies": exact,
		"role": exact, "connected_slaves": exact, "master_failover_state": exact, "min_slaves_good_slaves": exact,
		"master_replid": id, "master_replid2": id, "master_repl_offset": exact, "second_repl_offset": exact,
		"repl_backlog_active": exact, "repl_backlog_size": exact, "repl_backlog_first_byte_offset": exact, "repl_backlog_histlen": exact,
		"master_link_status": exact, "master_last_io_seconds_ago": counter, "master_sync_in_progress": exact,
		"slave_read_repl_offset": applied, "slave_repl_offset": applied, "master_link_down_since_seconds": counter,
		"master_sync_total_bytes": sign, "master_sync_read_bytes": sign, "master_sync_left_bytes": sign, "master_sync_perc": decimal,
		"master_sync_last_io_seconds_ago": counter, "slave_priority": exact, "slave_read_only": exact, "replica_announced": exact,
		"cluster_enabled": exact,
	}
}

// look notes what all servers say: fields of INFO, databases, replicas, ROLE.
func (l *lab) look(at string) {
	names := slices.Sorted(maps.Keys(l.clients))
	for _, name := range names {
		info := l.clients[name].Info(l.t.Context()).Val()
		here := at + " " + name + " "
		for _, f := range slices.Sorted(maps.Keys(fields())) {
			value, there := "", false
			if there = strings.Contains("\n"+info, "\n"+f+":"); there {
				value = field(info, f)
			}
			l.note(here+f, l.normal(f, value, there, info))
		}
		for line := range strings.Lines(info) {
			f, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			switch {
			case strings.HasPrefix(f, "slave") && strings.HasPrefix(value, "ip="):
				l.note(here+f, l.replica(value))
			case strings.HasPrefix(f, "db") && strings.HasPrefix(value, "keys="):
				value, _, _ = strings.Cut(value, ",avg_ttl=")
				if field(info, "loading") == "1" { // as many as have been loaded
					value = "some"
				}
				l.note(here+f, value)
			}
		}
		l.note(here+"ROLE", l.do(name, "ROLE"))
		l.relations(here, info)
	}
}

// normal writes a value so that it can be compared.
func (l *lab) normal(f, value string, there bool, info string) string {
	if !there {
		return "absent"
	}
	n, err := strconv.ParseFloat(value, 64)
	switch k := fields()[f]; {
	case k == exact, k == applied && field(info, "master_link_status") == "up":
		return value
	case k == id:
		return l.id(value)
	case err != nil:
		return fmt.Sprintf("%q is not a number", value)
	case k == decimal && !strings.Contains(value, "."):
		return fmt.Sprintf("%q has no fraction", value)
	case k == sign && n > 0:
		return "above zero"
	case k == sign && n == 0:
		return "zero"
	case n < 0:
		return "negative"
	}
	return "a number"
}

// id gives identifiers names in the order of their coming.
func (l *lab) id(value string) string {
	if len(value) != 40 {
		return fmt.Sprintf("%q is not an id", value)
	}
	if strings.Trim(value, "0") == "" {
		return "zero id"
	}
	if _, known := l.ids[value]; !known {
		l.ids[value] = fmt.Sprintf("id %d", len(l.ids)+1)
	}
	return l.ids[value]
}

// replica writes a line "slave0" without address and with a lag of "a moment".
func (l *lab) replica(value string) string {
	var out []string
	for part := range strings.SplitSeq(value, ",") {
		name, v, _ := strings.Cut(part, "=")
		switch {
		case name == "ip" || name == "port":
			v = "some"
		case name == "lag" && (v == "0" || v == "1"):
			v = "a moment"
		}
		out = append(out, name+"="+v)
	}
	return strings.Join(out, ",")
}

// relations are what must hold between fields, whatever their values are.
func (l *lab) relations(at, info string) {
	number := func(f string) int64 {
		n, err := strconv.ParseInt(field(info, f), 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	check := func(what string, holds bool) {
		if !holds {
			l.t.Errorf("%s does not hold on %s (version %s): %s\n%s", what, at, l.version, what, info)
		}
	}
	check("second_repl_offset-1 <= master_repl_offset", number("second_repl_offset")-1 <= number("master_repl_offset"))
	check("histlen reaches from the first byte to the offset", field(info, "repl_backlog_active") != "1" ||
		number("repl_backlog_first_byte_offset")+number("repl_backlog_histlen")-1 == number("master_repl_offset"))
	check("loaded <= total", number("loading_loaded_bytes") <= number("loading_total_bytes"))
	check("saved <= total", number("current_save_keys_processed") <= number("current_save_keys_total"))
	check("used_memory_dataset < used_memory", number("used_memory_dataset") < number("used_memory"))
	check("a replica's slave_repl_offset <= slave_read_repl_offset", number("slave_repl_offset") <= number("slave_read_repl_offset"))
}

// addr is where a server is.
func (l *lab) addr(name string) string { return l.endpoint(name).String() }

func (l *lab) endpoint(name string) simulator.Endpoint {
	at := slices.Index(l.places, name)
	port, err := strconv.Atoi(l.places[at+2])
	if err != nil {
		l.t.Fatal(err)
	}
	return simulator.Endpoint{Address: l.places[at+1], Port: port}
}

func (l *lab) startMigration() error {
	return start(l.t.Context(), newAPI(l.sim), "rg", l.endpoint("source"))
}

func (l *lab) completeMigration() error {
	for l.status() != "migrating" {
		pause(l.t, 10*time.Millisecond)
	}
	return complete(l.t.Context(), newAPI(l.sim), "rg", nil)
}

// status is the group's, by the API.
func (l *lab) status() string {
	out, err := newAPI(l.sim).DescribeReplicationGroups(l.t.Context(), &elasticache.DescribeReplicationGroupsInput{})
	if err != nil || len(out.ReplicationGroups) != 1 {
		l.t.Fatal(err)
	}
	return aws.ToString(out.ReplicationGroups[0].Status)
}
