package node_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/simulator"
)

// TestLastSaveAge: a server that has only started has no save, nor has one whose
// saves have failed or went to a replica alone.
func TestLastSaveAge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Dir: dir, Args: []string{"--repl-diskless-sync-delay", "0"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	n, app := open(t, node.Config{Address: server.Addr()}), application(t, server.Addr())
	age := func() int64 {
		f, gaps, err := n.Facts(t.Context())
		if err != nil || len(gaps) != 0 {
			t.Fatalf("gaps %v, err %v", gaps, err)
		}
		return f.LastSaveAgeSeconds
	}
	says := func(field string) func() bool {
		return func() bool { return strings.Contains(app.Info(t.Context()).Val(), "\r\n"+field+"\r\n") }
	}
	if got := age(); got != -1 {
		t.Errorf("at the start: %d", got)
	}
	replicaOf(t, server.Addr())
	eventually(t, "a full sync without disk", func() bool { return !says("rdb_last_bgsave_time_sec:-1")() })
	blocked := filepath.Join(dir, "dump.rdb")
	if err := os.Mkdir(blocked, 0o700); err != nil {
		t.Fatal(err)
	}
	command(t, app, "BGSAVE")
	eventually(t, "a save fails", says("rdb_last_bgsave_status:err"))
	eventually(t, "some time has passed", says("uptime_in_seconds:3"))
	if got := age(); got != -1 {
		t.Errorf("after a full sync without disk and a save that failed: %d", got)
	}
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	command(t, app, "SAVE")
	if got := age(); got < 0 || got > 2 {
		t.Errorf("after SAVE: %d", got)
	}
	command(t, app, "CONFIG RESETSTAT")
	eventually(t, "it becomes older", func() bool { got := age(); return got >= 1 && got < 15 })
}

// TestLastSaveAgeByVersion: the server's clock counts, if it tells it.
func TestLastSaveAgeByVersion(t *testing.T) {
	t.Parallel()
	now := time.Now().Unix()
	for _, row := range []struct {
		why, info string
		least     int64
		gap       bool
	}{
		{"saved", "uptime_in_seconds:1000\nserver_time_usec:5000000000\nrdb_last_save_time:4400\nrdb_last_bgsave_time_sec:-1", 600, false},
		{"not since the start", "uptime_in_seconds:1000\nserver_time_usec:5000000000\nrdb_last_save_time:4000\nrdb_last_bgsave_time_sec:3", -1, false},
		{"its clock went back", "uptime_in_seconds:1000\nserver_time_usec:5000000000\nrdb_last_save_time:5010\nrdb_last_bgsave_time_sec:3", 0, false},
		{"before 6.2", fmt.Sprintf("uptime_in_seconds:1000\nrdb_last_save_time:%d\nrdb_last_bgsave_time_sec:3", now-600), 600, false},
		{"before 6.2, not saved", fmt.Sprintf("uptime_in_seconds:1000\nrdb_last_save_time:%d\nrdb_last_bgsave_time_sec:-1", now-1000), -1, false},
		{"before 6.2, another clock", fmt.Sprintf("uptime_in_seconds:1000\nrdb_last_save_time:%d\nrdb_last_bgsave_time_sec:3", now+600), 0, false},
		{"not told", "uptime_in_seconds:1000", -1, true},
	} {
		addr := serve(t, respond(func(args []string) string {
			if args[0] == "INFO" {
				return bulk(row.info)
			}
			return "-ERR no"
		}))
		f, gaps, err := open(t, node.Config{Address: addr}).Facts(t.Context())
		if err != nil || f.LastSaveAgeSeconds < row.least || f.LastSaveAgeSeconds > row.least+60*max(0, min(1, row.least)) ||
			slices.Contains(subjects(gaps), "last_save_age_seconds") != row.gap {
			t.Errorf("%s: %d, gaps %v, err %v", row.why, f.LastSaveAgeSeconds, gaps, err)
		}
	}
}

// TestDisabledCommands: what was disabled is told from what was renamed.
func TestDisabledCommands(t *testing.T) {
	t.Parallel()
	told := func(cfg node.Config) *preflight.Commands {
		f, _, err := open(t, cfg).Facts(t.Context())
		if err != nil || f.Commands == nil {
			t.Fatalf("commands %v, err %v", f.Commands, err)
		}
		return f.Commands
	}
	for _, row := range []struct {
		why               string
		args              []string
		missing, disabled string
	}{
		{"nothing", nil, "[]", "[]"},
		{"both", []string{"SET", "MYSET", "DEL", ""}, "[del set]", "[del]"},
		{"another's name", []string{"SET", "", "GET", "SET"}, "[]", "[]"},
		{"CONFIG and INFO", []string{"CONFIG", "", "INFO", "", "FLUSHALL", "F"}, "[info config flushall]", "[info config]"},
		{"COMMAND", []string{"COMMAND", "", "SET", ""}, "[command]", "[]"},
		{"containers", []string{"XGROUP", "XG", "FUNCTION", ""}, "[xgroup function]", "[function]"},
	} {
		var args []string
		for pair := range slices.Chunk(row.args, 2) {
			args = append(args, "--rename-command", pair[0], pair[1])
		}
		c := told(node.Config{Address: startRedis(t, args...).Addr()})
		if fmt.Sprint(c.Missing) != row.missing || fmt.Sprint(c.Disabled) != row.disabled {
			t.Errorf("%s: %+v", row.why, c)
		}
	}
	server := startRedis(t, "--rename-command", "SET", "")
	addUser(t, server.Addr(), "+@all", "-command", "+command|info")
	if c := told(node.Config{Address: server.Addr(), Username: "lift", Password: password("sesame")}); len(c.Missing) != 1 || c.Disabled != nil {
		t.Errorf("it may not be asked: %+v", c)
	}
}

// TestDisabledCommandsBefore7: COMMAND alone has to tell, and a list that is not
// whole tells nothing.
func TestDisabledCommandsBefore7(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ why, left, disabled string }{
		{"renamed and disabled", "set", "[exec]"},
		{"all are there", "set exec", "[]"},
		{"what is there is not listed", "exec -get -del", "[]"},
	} {
		words := strings.Fields(row.left)
		addr := serve(t, respond(func(args []string) string {
			switch {
			case args[0] == "INFO":
				return bulk("redis_version:6.2.16")
			case args[0] == "COMMAND" && len(args) > 1 && args[1] == "INFO":
				return array(args[2:], func(name string) bool { return name != "set" && name != "exec" })
			case args[0] == "COMMAND" && len(args) == 1:
				var listed []string
				for _, c := range tableOf("redis", redisinfo.Version{Major: 6, Minor: 2}) {
					if c.Name != "set" && c.Name != "exec" && !slices.Contains(words, "-"+c.Name) || slices.Contains(words, c.Name) {
						listed = append(listed, c.Name)
					}
				}
				return array(listed, func(string) bool { return true })
			}
			return "-ERR no"
		}))
		f, _, err := open(t, node.Config{Address: addr}).Facts(t.Context())
		if err != nil || f.Commands == nil || fmt.Sprint(f.Commands.Missing) != "[exec set]" || fmt.Sprint(f.Commands.Disabled) != row.disabled {
			t.Errorf("%s: %+v, %v", row.why, f.Commands, err)
		}
	}
}

// array is a reply with an entry for each name that is there, without the last
// line break.
func array(names []string, there func(string) bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d", len(names))
	for _, name := range names {
		if there(name) {
			fmt.Fprintf(&b, "\r\n*1\r\n%s", bulk(name))
		} else {
			b.WriteString("\r\n*-1")
		}
	}
	return b.String()
}
