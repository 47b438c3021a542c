package memory

import (
	"strings"
	"testing"
	"testing/synctest"
)

// TestFormats is the table of which data who reads, as measured between servers.
func TestFormats(t *testing.T) {
	t.Parallel()
	targets := []string{"redis 5.0.14", "redis 6.2.16", "redis 7.0.15", "redis 7.2.6", "valkey 7.2.7", "valkey 8.0.1"}
	for source, want := range map[string]string{
		"redis 2.8.24": "++++++", "redis 3.2.13": "++++++", "redis 4.0.14": "++++++", "redis 6.2.16": "++++++",
		"redis 7.0.15": "--++++", "redis 7.2.6": "---+++", "valkey 7.2.7": "---+++", "valkey 8.0.1": "---+++", "redis 7.4.1": "------",
	} {
		got := ""
		for _, target := range targets {
			if parsed(t, source).format <= parsed(t, target).format {
				got += "+"
			} else {
				got += "-"
			}
		}
		if got != want {
			t.Errorf("%s into %v: %s, want %s", source, targets, got, want)
		}
	}
	for _, bad := range []string{"redis ", "redis 7", "redis 7.x", "redis 2.6.1", "valkey 6.2.0", "other 7.0.0", "redis -1.0"} {
		engine, text, _ := strings.Cut(bad, " ")
		if CheckVersion(engine, text) == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

func parsed(t *testing.T, name string) version {
	t.Helper()
	engine, text, _ := strings.Cut(name, " ")
	v, err := parseVersion(engine, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestFieldsByVersion: fields of INFO and names of parameters come and go with
// the version.
func TestFieldsByVersion(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name       string
		has, lacks []string
		parameter  string
	}{
		{"redis 2.8.24", []string{"latest_fork_usec:0"}, []string{"cluster_enabled", "maxmemory", "total_system_memory", "rdb_last_cow_size"}, "min-slaves-to-write"},
		{"redis 3.2.13", []string{"redis_version:3.2.13", "cluster_enabled:0", "total_system_memory:17179869184"}, []string{"master_replid", "number_of_cached_scripts", "used_memory_dataset", "unexpected_error_replies"}, "min-slaves-to-write"},
		{"redis 4.0.14", []string{"master_replid:", "second_repl_offset:-1"}, []string{"unexpected_error_replies", "current_fork_perc"}, "min-slaves-to-write"},
		{"redis 6.0.20", []string{"unexpected_error_replies:0", "number_of_cached_scripts:0"}, []string{"maxclients", "number_of_libraries", "current_fork_perc", "master_failover_state"}, "min-replicas-to-write"},
		{"redis 6.2.16", []string{"current_fork_perc:0.00", "master_failover_state"}, []string{"async_loading", "valkey_version"}, "min-replicas-to-write"},
		{"redis 7.0.15", []string{"async_loading:0"}, []string{"valkey_version", "replicas_waiting_psync"}, "min-replicas-to-write"},
		{"valkey 8.0.1", []string{"redis_version:7.2.4", "valkey_version:8.0.1", "server_name:valkey", "replicas_waiting_psync"}, nil, "min-replicas-to-write"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := NewWorld(Figures{RoundTrip: 1, Transfer: 1, Load: 1, Apply: 1})
			defer w.Close()
			v := parsed(t, row.name)
			s, err := w.Start(Spec{Kind: SelfHosted, Host: "10.0.0.1", Port: 6379, Engine: v.engine, Version: v.text})
			if err != nil {
				t.Fatal(err)
			}
			w.lock()
			defer w.mu.Unlock()
			info := s.info(nil)
			for _, f := range row.has {
				if !strings.Contains(info, "\r\n"+f) {
					t.Errorf("%s: no %s in INFO", row.name, f)
				}
			}
			for _, f := range row.lacks {
				if strings.Contains(info, "\r\n"+f) {
					t.Errorf("%s: %s in INFO", row.name, f)
				}
			}
			if got := s.configGet([]string{row.parameter}); len(got) != 2 || got[1] != "0" {
				t.Errorf("%s: CONFIG GET %s: %v", row.name, row.parameter, got)
			}
			if strings.Contains(row.parameter, "slaves") && len(s.configGet([]string{"min-replicas-to-write"})) != 0 {
				t.Errorf("%s knows min-replicas-to-write", row.name)
			}
		})
	}
}
