package redisinfo_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"testing"

	"github.com/cachelift/cachelift/internal/redisinfo"
)

func TestParseRole(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		reply any
		want  redisinfo.Role
		why   string
	}{
		{
			[]any{"master", int64(3129659), []any{[]any{"127.0.0.1", "9001", "3129242"}, []any{"short"}}},
			redisinfo.Role{Name: redisinfo.Master, Offset: 3129659, Replicas: []redisinfo.Replica{
				{Addr: "127.0.0.1:9001", Offset: 3129242, Lag: -1},
			}},
			"a master with one replica and one entry that is not one",
		},
		{[]any{"master", int64(0), []any{}}, redisinfo.Role{Name: redisinfo.Master}, "a lone master"},
		{
			[]any{"slave", "10.0.0.7", int64(6379), "connected", int64(42)},
			redisinfo.Role{Name: redisinfo.Slave, Upstream: "10.0.0.7:6379", Link: redisinfo.LinkConnected, Offset: 42},
			"a replica that streams",
		},
		{
			[]any{"slave", "fd00::1", int64(6379), "connect", int64(-1)},
			redisinfo.Role{Name: redisinfo.Slave, Upstream: "[fd00::1]:6379", Link: redisinfo.LinkConnect, Offset: -1},
			"a replica without a link, IPv6",
		},
	} {
		got, err := redisinfo.ParseRole(row.reply)
		if err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: got %+v, %v", row.why, got, err)
		}
	}
	for _, bad := range []any{
		nil, "master", []any{}, []any{"sentinel", []any{"mymaster"}}, []any{int64(1)}, []any{"master"},
		[]any{"master", "x", []any{}}, []any{"slave", "h"}, []any{"slave", "h", "x", "connect", int64(1)},
		[]any{"slave", "h", int64(1), "connect", nil},
	} {
		if got, err := redisinfo.ParseRole(bad); err == nil {
			t.Errorf("%v: got %+v, want an error", bad, got)
		}
	}
}

func TestParseConfig(t *testing.T) {
	t.Parallel()
	want := map[string]string{"databases": "16"}
	for _, reply := range []any{[]any{"databases", "16"}, map[any]any{"databases": "16"}} {
		if got, err := redisinfo.ParseConfig(reply); err != nil || !maps.Equal(got, want) {
			t.Errorf("%v: got %v, %v", reply, got, err)
		}
	}
	if got, err := redisinfo.ParseConfig([]any{}); err != nil || len(got) != 0 {
		t.Errorf("an unknown parameter: got %v, %v", got, err)
	}
	for _, bad := range []any{nil, "x", []any{"databases"}, []any{int64(1), "x"}, []any{"x", nil}, map[any]any{1: "x"}} {
		if got, err := redisinfo.ParseConfig(bad); err == nil {
			t.Errorf("%v: got %v, want an error", bad, got)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]redisinfo.Version{
		"7.0.15": {Major: 7, Patch: 15}, "6.2": {Major: 6, Minor: 2},
		"8.0.0-rc1": {Major: 8}, "255.255.255": {Major: 255, Minor: 255, Patch: 255},
	} {
		if got, err := redisinfo.ParseVersion(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "7", "x", "7.", ".1", "7..1", "1.2.3.4.5", "99999999999999999999.1"} {
		if got, err := redisinfo.ParseVersion(bad); err == nil {
			t.Errorf("%q: got %v, want an error", bad, got)
		}
	}
	old, young := redisinfo.Version{Major: 6, Minor: 2, Patch: 16}, redisinfo.Version{Major: 7}
	if old.Compare(young) != -1 || young.Compare(old) != 1 || old.Compare(old) != 0 ||
		!young.AtLeast(old) || !old.AtLeast(old) || old.AtLeast(young) {
		t.Error("versions compare wrongly")
	}
}

// FuzzParseReplies feeds whatever JSON can express to the parsers of replies.
func FuzzParseReplies(f *testing.F) {
	f.Add(`["slave","h",6379,"connected","7"]`)
	f.Add(`["master","1",[["h","1","2"],[],null]]`)
	f.Add(`["databases","16"]`)
	f.Fuzz(func(t *testing.T, text string) {
		var reply any
		if json.Unmarshal([]byte(text), &reply) != nil {
			t.Skip()
		}
		r, err := redisinfo.ParseRole(reply)
		if err == nil && r.Name != redisinfo.Master && r.Name != redisinfo.Slave {
			t.Errorf("role is %q", r.Name)
		}
		_, _ = redisinfo.ParseConfig(reply)
	})
}

func FuzzParseVersion(f *testing.F) {
	f.Add("7.0.15")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := redisinfo.ParseVersion(text)
		if err != nil {
			return
		}
		if again, err := redisinfo.ParseVersion(v.String()); err != nil || again != v {
			t.Errorf("%q: %v does not survive its own text: %v, %v", text, v, again, err)
		}
	})
}
