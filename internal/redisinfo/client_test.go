package redisinfo_test

import (
	"slices"
	"testing"

	"github.com/cachelift/cachelift/internal/redisinfo"
)

// clients is what a Redis 7.0.15 answered.
const clients = "id=5 addr=127.0.0.1:57956 laddr=127.0.0.1:17801 fd=7 name= age=4 idle=1 flags=S db=0 sub=0 psub=0 ssub=0 multi=-1 qbuf=0 qbuf-free=0 " +
	"argv-mem=0 multi-mem=0 rbs=1024 rbp=0 obl=0 oll=1 omem=20504 tot-mem=22304 events=r cmd=replconf user=default redir=-1 resp=2\n" +
	"id=6 addr=[fd00::1]:40000 laddr=[fd00::2]:6379 fd=8 name=app age=1 idle=0 flags=N db=0 obl=0 oll=0 omem=0 tot-mem=22272 cmd=get\n"

func TestParseClients(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why   string
		reply any
		want  []redisinfo.Client
		fails bool
	}{
		{why: "two of 7.0", reply: clients, want: []redisinfo.Client{{Addr: "127.0.0.1:57956", Replica: true, OutputMemory: 20504}, {Addr: "[fd00::1]:40000"}}},
		{why: "nobody", reply: ""},
		{why: "no address", reply: "id=5 flags=S omem=1\n"},
		{why: "an omem that is none", reply: "addr=a:1 flags=S omem=many", want: []redisinfo.Client{{Addr: "a:1", Replica: true}}},
		{why: "a negative omem", reply: "addr=a:1 omem=-5", want: []redisinfo.Client{{Addr: "a:1"}}},
		{why: "not a text", reply: int64(1), fails: true},
	} {
		got, err := redisinfo.ParseClients(tc.reply)
		if !slices.Equal(got, tc.want) || (err != nil) != tc.fails {
			t.Errorf("%s: %+v, %v, want %+v", tc.why, got, err, tc.want)
		}
	}
}

func FuzzParseClients(f *testing.F) {
	f.Add(clients)
	f.Add("addr=\nomem=9 addr=x\r\n=")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := redisinfo.ParseClients(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		for _, c := range list {
			if c.Addr == "" || c.OutputMemory < 0 {
				t.Errorf("%q: %+v", text, c)
			}
		}
	})
}
