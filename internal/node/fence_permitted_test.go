package node_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/internal/node"
)

// TestFencePermissions: what the user may do is told without doing it.
func TestFencePermissions(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	app := application(t, server.Addr())
	command(t, app, "SET k v")
	for _, row := range []struct{ rules, text string }{
		{"+@all", ""},
		{"+@all -config +config|get", "CONFIG SET"},
		{"+@all -client|pause", "CLIENT PAUSE"},
		{"+@all -client|unpause", "CLIENT UNPAUSE"},
		{"+@all -del", "DEL of keys cachelift:fence:*"},
		{"+@all resetkeys ~app:*", "DEL of keys"},
		{"+@all resetkeys ~app:* ~cachelift:fence:*", ""},
		{"+@all -acl -del", ""}, // it cannot be told
	} {
		command(t, app, "ACL SETUSER lift reset")
		addUser(t, server.Addr(), strings.Fields(row.rules)...)
		err := open(t, node.Config{Address: server.Addr(), Username: "lift", Password: password("sesame")}).CheckFence(t.Context())
		if (row.text == "") != (err == nil) || err != nil && (!errors.Is(err, node.ErrNoFence) || !strings.Contains(err.Error(), row.text)) {
			t.Errorf("%s: %v", row.rules, err)
		}
	}
	stats, err := app.Info(t.Context(), "commandstats").Result()
	if err != nil || strings.Contains(stats, "cmdstat_del:") || strings.Contains(stats, "cmdstat_config|set:") || strings.Contains(stats, "cmdstat_client|pause:") {
		t.Errorf("it was done: %s, %v", stats, err)
	}
}
