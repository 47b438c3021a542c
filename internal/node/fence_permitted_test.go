package node_test

import (
	"strings"
	"testing"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/preflight"
)

// TestFencePermissions: what the user may do is told without doing it, by ACL DRYRUN
// and without.
func TestFencePermissions(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	app := application(t, server.Addr())
	command(t, app, "SET k v")
	const yes, no, untold = preflight.Permitted, preflight.Denied, preflight.PermitUnknown
	for _, row := range []struct {
		rules                             string
		config, pause, acl, del, counters preflight.Permit
	}{
		{"+@all", yes, yes, yes, yes, yes},
		{"+@all -config +config|get", no, yes, yes, yes, yes},
		{"+@all -config|get", no, yes, yes, yes, yes},
		{"+@all -client|pause", yes, no, yes, yes, yes},
		{"+@all -client|unpause", yes, no, yes, yes, yes},
		{"+@all -acl|setuser", yes, yes, no, yes, yes},
		{"+@all -acl|list", yes, yes, no, yes, yes},
		{"+@all -del", yes, yes, yes, no, yes},
		{"+@all resetkeys ~app:*", yes, yes, yes, no, yes},
		{"+@all resetkeys ~app:* ~cachelift:fence:*", yes, yes, yes, yes, yes},
		{"+@all -acl|dryrun", yes, untold, yes, yes, yes},
		{"+@all -acl|dryrun -config|set -del", no, untold, yes, no, yes},
		{"+@all -acl", yes, untold, no, yes, yes},
		{"+@all -acl -client|pause", yes, no, no, yes, yes},
	} {
		command(t, app, "ACL SETUSER lift reset")
		addUser(t, server.Addr(), strings.Fields(row.rules)...)
		f, err := open(t, node.Config{Address: server.Addr(), Username: "lift", Password: password("sesame")}).FenceFacts(t.Context())
		want := preflight.Fence{Config: row.config, MaxLag: 10, Pause: row.pause, ACL: row.acl, Probe: row.del, Counters: row.counters}
		if row.rules == "+@all -config|get" {
			want.MaxLag = 0
		}
		if err != nil || f != want {
			t.Errorf("%s: %+v, want %+v, %v", row.rules, f, want, err)
		}
	}
	list, err := app.Do(t.Context(), "ACL", "USERS").StringSlice()
	if size := app.DBSize(t.Context()).Val(); err != nil || strings.Join(list, " ") != "default lift" || size != 1 || minReplicas(t, app) != "0" {
		t.Errorf("something was done: users %v, %d keys, %v", list, size, err)
	}
}
