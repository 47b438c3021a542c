package memory

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// started starts a self-hosted Redis 7.0 at 10.0.0.n.
func started(t *testing.T, w *World, n int, spec Spec) *Server {
	t.Helper()
	if spec.Kind == "" {
		spec.Kind = SelfHosted
	}
	if spec.Version == "" {
		spec.Version = "7.0.15"
	}
	spec.Host, spec.Port, spec.Engine = fmt.Sprintf("10.0.0.%d", n), 1, "redis"
	s, err := w.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// told is the reply to a command, and field is one of INFO.
func (s *Server) told(line string) string {
	s.world.lock()
	defer s.world.mu.Unlock()
	reply, _ := s.process(&client{server: s, authenticated: true}, strings.Fields(line))
	return fmt.Sprint(reply)
}

func (s *Server) field(name string) string {
	for line := range strings.Lines(s.told("INFO")) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return "absent"
}

// TestRenamedWriteIsLost: the link stays up, the replica counts errors.
func TestRenamedWriteIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := NewWorld(Figures{RoundTrip: time.Millisecond, Transfer: 1e9, Load: 1e9, Apply: 1e9})
		defer w.Close()
		config := map[string]string{"repl-diskless-sync-delay": "0"}
		primary := started(t, w, 1, Spec{Config: config, Renamed: map[string]string{"SET": "MYSET", "FLUSHALL": ""}})
		replica := started(t, w, 2, Spec{Config: config})
		replica.Follow("10.0.0.1", 1)
		<-time.After(time.Second)
		for line, want := range map[string]string{
			"SET a 1": "ERR unknown command", "FLUSHALL": "ERR unknown command", "MYSET a 1": "OK", "INCR b": "1",
		} {
			if got := primary.told(line); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s", line, got)
			}
		}
		<-time.After(time.Second)
		if got := replica.told("GET a") + " " + replica.told("GET b"); got != "<nil> 1" || primary.told("GET a") != "1" {
			t.Errorf("the replica has %q", got)
		}
		if up, lost := replica.field("master_link_status"), replica.field("unexpected_error_replies"); up != "up" || lost != "1" {
			t.Errorf("the link is %s, %s errors", up, lost)
		}
	})
}

// TestRenamedReplication: without PING, and without both ways to ask for the
// stream, nothing comes through.
func TestRenamedReplication(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := NewWorld(Figures{RoundTrip: time.Millisecond, Transfer: 1e9, Load: 1e9, Apply: 1e9})
		defer w.Close()
		for i, row := range []struct {
			renamed  map[string]string
			up       string
			syncFull string
		}{
			{map[string]string{"PING": ""}, "down", "0"},
			{map[string]string{"PSYNC": "", "SYNC": ""}, "down", "0"},
			{map[string]string{"SYNC": ""}, "up", "1"},
		} {
			primary := started(t, w, 2*i+1, Spec{Config: map[string]string{"repl-diskless-sync-delay": "0"}, Renamed: row.renamed})
			replica := started(t, w, 2*i+2, Spec{})
			replica.Follow(primary.spec.Host, 1)
			<-time.After(10 * time.Second)
			if up, full := replica.field("master_link_status"), primary.field("sync_full"); up != row.up || full != row.syncFull {
				t.Errorf("%v: the link is %s, %s full syncs", row.renamed, up, full)
			}
		}
	})
}

// TestSetup: what a server says of how it is set up, by version.
func TestSetup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := NewWorld(Figures{RoundTrip: time.Millisecond, Transfer: 1, Load: 1, Apply: 1})
		defer w.Close()
		spec := Spec{
			Modules: []string{"search"}, Users: []string{"app"}, CachedScripts: 3, SaveFails: true, SystemMemory: 1 << 30,
			Config: map[string]string{"cluster-enabled": "yes"}, Shards: 3,
		}
		s := started(t, w, 1, spec)
		spec.Version, spec.Config = "3.2.13", nil
		old := started(t, w, 2, spec)
		member := started(t, w, 3, Spec{Kind: Member})
		for _, row := range []struct {
			server     *Server
			line, want string
		}{
			{s, "MODULE LIST", "[[name search ver 1 path search.so args []]]"},
			{s, "ACL USERS", "[app default]"},
			{s, "ACL DRYRUN app DEL k", "OK"},
			{s, "ACL DRYRUN app DEL", "ERR wrong number"},
			{s, "CLUSTER INFO", "cluster_state:ok"},
			{s, "ZADD z 1 a", "ERR ZADD is not modelled"},
			{s, "ZADD", "ERR wrong number"},
			{old, "MODULE LIST", "ERR unknown command"},
			{old, "ACL USERS", "ERR unknown command"},
			{old, "CLUSTER INFO", "ERR This instance has cluster support disabled"},
			{old, "COMMAND INFO unlink geoadd", "[<nil> [geoadd"},
			{member, "ACL DRYRUN default SYNC", "This user has no permissions to run the 'sync' command"},
			{s, "REPLCONF capa psync2", "OK"},
			{old, "COMMAND LIST", "ERR Unknown subcommand"},
			{member, "COMMAND INFO config save zadd", "[<nil> <nil> [zadd"},
			{member, "SAVE", "ERR unknown command"},
		} {
			if got := row.server.told(row.line); !strings.HasPrefix(got, row.want) {
				t.Errorf("%s %s: %s, want %s", row.server.addr, row.line, got, row.want)
			}
		}
		for field, want := range map[string]string{
			"number_of_cached_scripts": "3", "rdb_last_bgsave_status": "err", "total_system_memory": "1073741824", "cluster_enabled": "1",
		} {
			if got := s.field(field); got != want {
				t.Errorf("%s is %s, want %s", field, got, want)
			}
		}
	})
}

// TestWriteRateShows: also while nothing counts the replication offset.
func TestWriteRateShows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := NewWorld(Figures{RoundTrip: time.Millisecond, Transfer: 1e9, Load: 1e9, Apply: 1e9})
		defer w.Close()
		s := started(t, w, 1, Spec{WriteRate: 102_400})
		<-time.After(10 * time.Second)
		own := int64(len("*1\r\n$4\r\nINFO\r\n")) // this is counted as well
		for field, want := range map[string]string{
			"instantaneous_input_kbps": "100.00", "instantaneous_ops_per_sec": "1024", "rdb_changes_since_last_save": "10240",
			"master_repl_offset": "0",
		} {
			if got := s.field(field); got != want {
				t.Errorf("%s is %s, want %s", field, got, want)
			}
		}
		if got, want := s.field("total_net_input_bytes"), fmt.Sprint(1_024_000+5*own); got != want {
			t.Errorf("total_net_input_bytes is %s, want %s", got, want)
		}
		s.SetWriteRate(0)
		if got := s.field("instantaneous_input_kbps"); got != "0.00" {
			t.Errorf("without writes it is %s", got)
		}
	})
}
