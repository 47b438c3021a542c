package simulator_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
)

// drift is a way in which the model could depart from the real server: what it
// makes of the value of a field of INFO.
type drift struct {
	name   string
	field  string
	change func(value string) string
}

// drifts are departures that would lead the library's percentage, its forecast
// or its checks astray.
func drifts() []drift {
	always := func(field, value string) drift {
		return drift{field + " is always " + value, field, func(string) string { return value }}
	}
	times := func(field string, factor float64) drift {
		return drift{fmt.Sprintf("%s times %g", field, factor), field, func(value string) string {
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil || n <= 0 {
				return value
			}
			return strconv.FormatInt(int64(float64(n)*factor), 10)
		}}
	}
	return []drift{
		always("loading_loaded_perc", "0.00"), always("loading_loaded_perc", "50.00"),
		always("loading_loaded_bytes", "0"), always("loading_loaded_bytes", "1"), times("loading_loaded_bytes", 0.001),
		times("loading_total_bytes", 1000), times("loading_total_bytes", 0.1), always("loading_total_bytes", "0"),
		times("used_memory", 1000), times("used_memory", 0.1),
		always("used_memory_dataset", "1"), times("used_memory_dataset", 1000), times("used_memory_dataset", 0.1),
		always("current_save_keys_processed", "0"), always("current_save_keys_processed", "1"),
		times("current_save_keys_processed", 1000), times("current_save_keys_total", 2), always("current_fork_perc", "0.00"),
		always("master_sync_read_bytes", "1"), always("master_sync_read_bytes", "0"), times("master_sync_read_bytes", 1000),
		times("master_sync_total_bytes", 10), always("master_sync_total_bytes", "0"), always("master_sync_total_bytes", "-1"),
		times("master_sync_left_bytes", 2), always("master_sync_left_bytes", "0"), always("master_sync_perc", "0.00"),
		always("rdb_last_save_time", "0"), always("loading_start_time", "0"), times("rdb_last_save_time", 1000),
		always("uptime_in_seconds", "86400"), times("server_time_usec", 0.5), times("connected_clients", 1000), always("tcp_port", "1"),
		always("maxmemory", "0"), always("master_replid", "0000000000000000000000000000000000000000"),
		times("master_repl_offset", 2), times("slave_repl_offset", 0.5), always("sync_full", "0"),
		always("master_link_status", "up"), always("master_sync_in_progress", "0"), always("loading", "0"), always("role", "master"),
	}
}

// checkDrift is the test of the comparison: each drift of the model has to be
// noticed, and so has each field that the model does not have.
func checkDrift(t *testing.T, both map[string]records) {
	if found := drifted(both, nil); len(found) != 0 {
		t.Fatalf("without a drift there are %d differences: %s", len(found), found[0])
	}
	for _, d := range drifts() {
		change := func(info map[string]string) {
			if value, there := info[d.field]; there {
				info[d.field] = d.change(value)
			}
		}
		if len(drifted(both, change)) == 0 {
			t.Errorf("not noticed: %s", d.name)
		}
		if len(drifted(loosened(both), change)) == 0 {
			t.Errorf("not noticed as it is compared with other versions: %s", d.name)
		}
	}
	for f := range fields() {
		if len(drifted(both, func(info map[string]string) { delete(info, f) })) == 0 && strict(both) {
			t.Errorf("not noticed: %s is missing", f)
		}
	}
}

// drifted are the differences of the first script that has any, when the
// model's looks are changed.
func drifted(both map[string]records, change func(info map[string]string)) []string {
	for _, name := range slices.Sorted(maps.Keys(both)) {
		r := both[name]
		r.model = slices.Clone(r.model)
		for i, e := range r.model {
			if e.seen != nil && change != nil {
				r.model[i].seen = e.seen.clone()
				change(r.model[i].seen.info)
			}
		}
		if out := r.differences(); len(out) > 0 {
			return out
		}
	}
	return nil
}

// loosened are the records as if the real server was of another version.
func loosened(both map[string]records) map[string]records {
	out := maps.Clone(both)
	for name, r := range out {
		r.strict = false
		out[name] = r
	}
	return out
}

// strict reports whether the scripts were made for the real server's version.
func strict(both map[string]records) bool {
	for _, r := range both {
		if !r.strict {
			return false
		}
	}
	return true
}

// checkPresence: each field was there at least once on the real side, else
// nothing was compared. Other versions may have dropped some.
func checkPresence(t *testing.T, both map[string]records) {
	seen := map[string]int{}
	for _, r := range both {
		for _, e := range r.real {
			if e.seen != nil {
				for f := range e.seen.info {
					seen[f]++
				}
			}
		}
	}
	for _, f := range append(slices.Sorted(maps.Keys(fields())), "slave0", "db0") {
		if seen[f] == 0 && strict(both) {
			t.Errorf("no real server had %s at any look", f)
		}
	}
	if seen["role"] < 30 {
		t.Errorf("servers were looked at %d times only", seen["role"])
	}
}

// TestComparisonAcrossVersions: with another version than that of the scripts,
// fields that one side lacks and the words of errors do not count.
func TestComparisonAcrossVersions(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		real, memory string
		alike        bool
	}{
		{"absent", "1", true},
		{"1", "absent", true},
		{"1", "2", false},
		{"error ERR of 7.0", "error ERR of 8.0", true},
		{"error ERR x", "error OOM x", false},
		{"[string OK error ERR x y]", "[string OK error ERR z]", true},
		{"[string OK error ERR x]", "[string NO error ERR x]", false},
	} {
		if got := alike(row.real, row.memory); got != row.alike {
			t.Errorf("%q and %q: got %t, want %t", row.real, row.memory, got, row.alike)
		}
	}
}
