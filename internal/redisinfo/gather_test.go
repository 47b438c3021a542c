package redisinfo_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/cachelift/cachelift/internal/redisinfo"
)

func TestReplicaBufferLimit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]redisinfo.BufferLimit{
		"normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60": {Hard: 256 << 20, Soft: 64 << 20, SoftSeconds: 60},
		"normal 0 0 0 replica 0 0 0 pubsub 33554432 8388608 60":               {},
		"  REPLICA 1 2 3":  {Hard: 1, Soft: 2, SoftSeconds: 3},
		"slave 1 2 3 junk": {Hard: 1, Soft: 2, SoftSeconds: 3},
	} {
		if got, err := redisinfo.ReplicaBufferLimit(text); err != nil || got != want {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "normal 0 0 0", "slave 1 2", "slave x 1 1", "slave -1 0 0", "slave 99999999999999999999 0 0"} {
		if got, err := redisinfo.ReplicaBufferLimit(bad); err == nil {
			t.Errorf("%q: got %+v, want an error", bad, got)
		}
	}
}

func FuzzReplicaBufferLimit(f *testing.F) {
	f.Add("normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60")
	f.Add("replica 1mb 1mb 60")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := redisinfo.ReplicaBufferLimit(text)
		if l.Hard < 0 || l.Soft < 0 || l.SoftSeconds < 0 || err != nil && l != (redisinfo.BufferLimit{}) {
			t.Errorf("%q: %+v, %v", text, l, err)
		}
	})
}

func TestCommands(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range redisinfo.Commands() {
		if seen[c.Name] {
			t.Errorf("%s is there twice", c.Name)
		}
		seen[c.Name] = true
	}
	for _, row := range []struct {
		name          string
		engine        redisinfo.Engine
		major, minor  int
		there, writes bool
	}{
		{"set", redisinfo.Redis, 2, 8, true, true},
		{"set", redisinfo.Redis, 2, 6, false, true},
		{"cluster", redisinfo.Redis, 2, 8, false, false},
		{"cluster", redisinfo.Valkey, 8, 0, true, false},
		{"unlink", redisinfo.Redis, 3, 2, false, true},
		{"lmpop", redisinfo.Redis, 7, 0, true, true},
		{"eval", redisinfo.Redis, 6, 2, true, false},
		{"eval", redisinfo.Redis, 7, 0, false, false},
		{"exec", redisinfo.Redis, 2, 8, true, false},
		{"exec", redisinfo.Redis, 6, 2, true, false},
		{"exec", redisinfo.Redis, 7, 0, false, false},
		{"hexpire", redisinfo.Redis, 7, 4, true, true},
		{"hexpire", redisinfo.Redis, 7, 2, false, true},
		{"hexpire", redisinfo.Valkey, 8, 0, false, true},
		{"hexpire", "", 7, 4, true, true},
	} {
		i := slices.IndexFunc(redisinfo.Commands(), func(c redisinfo.Command) bool { return c.Name == row.name })
		if i < 0 {
			t.Fatalf("no %s", row.name)
		}
		c := redisinfo.Commands()[i]
		if got := c.In(row.engine, redisinfo.Version{Major: row.major, Minor: row.minor}); got != row.there || c.Writes != row.writes {
			t.Errorf("%s in %s %d.%d: %t, writes %t", row.name, row.engine, row.major, row.minor, got, c.Writes)
		}
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		engine redisinfo.Engine
		v      redisinfo.Version
		want   bool
	}{
		{redisinfo.Redis, redisinfo.Version{Major: 2, Minor: 8, Patch: 24}, true},
		{redisinfo.Redis, redisinfo.Version{Major: 7, Minor: 4, Patch: 99}, true},
		{redisinfo.Redis, redisinfo.Version{Major: 7, Minor: 9, Patch: 240}, false},
		{redisinfo.Redis, redisinfo.Version{Major: 8}, false},
		{redisinfo.Valkey, redisinfo.Version{Major: 7, Minor: 2, Patch: 5}, true},
		{redisinfo.Valkey, redisinfo.Version{Major: 8, Patch: 3}, true},
		{redisinfo.Valkey, redisinfo.Version{Major: 8, Minor: 1}, false},
		{"", redisinfo.Version{Major: 7, Minor: 4}, true},
		{"", redisinfo.Version{Major: 8}, false},
	} {
		if got := redisinfo.Covers(row.engine, row.v); got != row.want {
			t.Errorf("%q %s: %t", row.engine, row.v, got)
		}
	}
}

func TestParseLists(t *testing.T) {
	t.Parallel()
	entry := []any{"set", int64(-3), []any{"write"}}
	has, ok := redisinfo.ParseCommands([]any{entry, nil}, []string{"set", "get"})
	if !ok || !has["set"] || has["get"] || len(has) != 2 {
		t.Errorf("COMMAND INFO: %v, %t", has, ok)
	}
	for _, bad := range []any{nil, "x", []any{}, []any{entry}} {
		if _, ok := redisinfo.ParseCommands(bad, []string{"set", "get"}); ok {
			t.Errorf("COMMAND INFO: %v passes", bad)
		}
	}
	for _, reply := range []any{[]any{"SET", "config|get"}, []any{entry, []any{"config|get"}}} {
		if got, err := redisinfo.ParseCommandList(reply); err != nil || !slices.Equal(got, []string{"set", "config|get"}) {
			t.Errorf("COMMAND LIST: %v, %v", got, err)
		}
	}
	for _, bad := range []any{nil, "set", []any{nil}, []any{[]any{}}, []any{[]any{int64(1)}}} {
		if got, err := redisinfo.ParseCommandList(bad); err == nil {
			t.Errorf("COMMAND LIST: %v gives %v", bad, got)
		}
	}
	for _, reply := range []any{
		[]any{[]any{"name", "search", "ver", int64(1), "args", []any{}}}, []any{map[any]any{"name": "search", "ver": int64(1)}},
	} {
		if got, err := redisinfo.ParseModules(reply); err != nil || !slices.Equal(got, []string{"search"}) {
			t.Errorf("MODULE LIST: %v, %v", got, err)
		}
	}
	for _, bad := range []any{nil, []any{"search"}, []any{[]any{"ver", int64(1)}}, []any{[]any{"name"}}, []any{nil}} {
		if got, err := redisinfo.ParseModules(bad); err == nil {
			t.Errorf("MODULE LIST: %v gives %v", bad, got)
		}
	}
	if got, err := redisinfo.ParseNames([]any{"default", "app"}); err != nil || !slices.Equal(got, []string{"default", "app"}) {
		t.Errorf("ACL USERS: %v, %v", got, err)
	}
	for _, bad := range []any{nil, "x", []any{int64(1)}} {
		if got, err := redisinfo.ParseNames(bad); err == nil {
			t.Errorf("ACL USERS: %v gives %v", bad, got)
		}
	}
}

// FuzzParseLists feeds whatever JSON can express to the parsers of lists.
func FuzzParseLists(f *testing.F) {
	f.Add(`[["name","search","ver",1]]`)
	f.Add(`["default",null]`)
	f.Add(`[["set",-3],null]`)
	f.Fuzz(func(t *testing.T, text string) {
		var reply any
		if json.Unmarshal([]byte(text), &reply) != nil {
			t.Skip()
		}
		if names, err := redisinfo.ParseModules(reply); err != nil && names != nil {
			t.Errorf("names %v beside %v", names, err)
		}
		if names, err := redisinfo.ParseNames(reply); err != nil && names != nil {
			t.Errorf("names %v beside %v", names, err)
		}
		if names, err := redisinfo.ParseCommandList(reply); err != nil && names != nil {
			t.Errorf("names %v beside %v", names, err)
		}
		if has, ok := redisinfo.ParseCommands(reply, []string{"set", "get"}); ok && len(has) != 2 {
			t.Errorf("%d answers to 2 questions", len(has))
		}
	})
}

func TestCalls(t *testing.T) {
	t.Parallel()
	i := redisinfo.ParseInfo("# Commandstats\r\ncmdstat_eval:calls=12,usec=5,usec_per_call=0.4\r\ncmdstat_config|get:calls=3\r\ncmdstat_odd:calls=x\r\n")
	for name, want := range map[string]int64{"eval": 12, "config|get": 3, "odd": 0, "fcall": 0} {
		if got := i.Calls(name); got != want {
			t.Errorf("%s: %d calls, want %d", name, got, want)
		}
	}
}
