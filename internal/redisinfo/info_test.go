package redisinfo_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/cachelift/cachelift/internal/redisinfo"
)

const primary = "# Server\r\nredis_version:7.0.15\r\n\r\n# Memory\r\nused_memory:1048576\r\nmem_fragmentation_ratio:1.25\r\n" +
	"# Replication\r\nrole:master\r\nconnected_slaves:2\r\n" +
	"slave1:ip=10.0.0.8,port=6379,state=wait_bgsave,offset=0,lag=0\r\n" +
	"slave0:ip=::1,port=6380,state=online,offset=3167038,lag=1,type=main-channel\r\n" +
	"slave_read_only:1\r\nmaster_repl_offset:3167038\r\n" +
	"# Keyspace\r\ndb0:keys=200000,expires=17,avg_ttl=0\r\ndb11:keys=3,expires=0,avg_ttl=0,subexpiry=0\r\n"

func TestInfoFields(t *testing.T) {
	t.Parallel()
	i := redisinfo.ParseInfo(primary + "garbage\n:novalue\nrole:slave\nloading_loaded_perc:42.50%\nempty:\n#comment:1\n")
	if got := i.Str("role"); got != "master" {
		t.Errorf("role = %q, want the first of two values, master", got)
	}
	if got := i.Int("used_memory"); got != 1048576 {
		t.Errorf("used_memory = %d", got)
	}
	if got := i.Int("redis_version"); got != 0 {
		t.Errorf("a field that is no integer reads %d, want 0", got)
	}
	if got := i.Float("mem_fragmentation_ratio"); got != 1.25 {
		t.Errorf("ratio = %v", got)
	}
	if got := i.Float("loading_loaded_perc"); got != 42.5 {
		t.Errorf("percent = %v", got)
	}
	if !i.Has("empty") || i.Has("garbage") || i.Has("") || i.Has("#comment") || i.Has("absent") {
		t.Error("Has must be true for an empty field and false for lines that are none")
	}
}

func TestInfoZeroValue(t *testing.T) {
	t.Parallel()
	var i redisinfo.Info
	if i.Has("x") || i.Str("x") != "" || i.Int("x") != 0 || i.Float("x") != 0 ||
		len(i.Keyspace()) != 0 || len(i.Replicas()) != 0 || i.Engine() != "" {
		t.Error("the zero value has fields")
	}
	if _, err := i.Version(); err == nil {
		t.Error("the zero value has a version")
	}
}

func TestReplicas(t *testing.T) {
	t.Parallel()
	want := []redisinfo.Replica{
		{Addr: "[::1]:6380", State: "online", Offset: 3167038, Lag: 1},
		{Addr: "10.0.0.8:6379", State: "wait_bgsave"},
	}
	if got := redisinfo.ParseInfo(primary).Replicas(); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	odd := "slave0:10.0.0.8,6379,online\nslaveX:ip=a,port=1\nslave3:ip=a,port=1,state=online\n"
	want = []redisinfo.Replica{{Addr: "a:1", State: "online", Lag: -1}}
	if got := redisinfo.ParseInfo(odd).Replicas(); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestKeyspace(t *testing.T) {
	t.Parallel()
	want := map[int]redisinfo.Keyspace{0: {Keys: 200000, Expires: 17}, 11: {Keys: 3}}
	got := redisinfo.ParseInfo(primary + "db:keys=1\ndbx:keys=1\ndb-1:keys=1\ndb5:keys=many\ndb99999999999999999999:keys=1\n").Keyspace()
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEngine(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text    string
		engine  redisinfo.Engine
		version string
		why     string
	}{
		{"redis_version:7.0.15\n", redisinfo.Redis, "7.0.15", "plain Redis"},
		{"redis_version:7.2.4\nserver_name:valkey\nvalkey_version:8.0.1\n", redisinfo.Valkey, "8.0.1", "Valkey passes for Redis 7.2.4"},
		{"redis_version:7.2.4\nvalkey_version:9.0.0\n", redisinfo.Valkey, "9.0.0", "valkey_version alone is enough"},
		{"redis_version:7.2.4\nserver_name:redis\n", redisinfo.Redis, "7.2.4", "server_name of another server"},
	} {
		i := redisinfo.ParseInfo(row.text)
		v, err := i.Version()
		if i.Engine() != row.engine || err != nil || v.String() != row.version {
			t.Errorf("%s: got %s %s, %v", row.why, i.Engine(), v, err)
		}
	}
}

func FuzzParseInfo(f *testing.F) {
	f.Add(primary)
	f.Add("slave0:ip=,port=\ndb0:\n:\n#\r\r\nrole")
	f.Fuzz(func(t *testing.T, text string) {
		i := redisinfo.ParseInfo(text)
		if i.Has("") {
			t.Error("there is a field without a name")
		}
		for _, r := range i.Replicas() {
			if r.Addr == "" {
				t.Error("a replica has no address")
			}
		}
		for db := range i.Keyspace() {
			if db < 0 {
				t.Errorf("there is a database %d", db)
			}
		}
		_, _ = i.Version()
		_, _, _ = i.Engine(), i.Int("role"), i.Float("role")
	})
}
