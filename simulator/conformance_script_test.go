package simulator_test

import (
	"maps"
	"slices"
	"time"

	"github.com/cachelift/cachelift/simulator"
)

// script is what is done to a set of servers, and when they are looked at.
type script struct {
	name    string
	servers map[string]server
	group   *simulator.ReplicationGroup
	steps   []step
}

// server is one server of a script.
type server struct {
	config map[string]string
	slow   map[string]string // of a real server alone: what makes a phase last
	keys   int64
}

// step is one step: a command, a wait or a look at all servers.
type step struct {
	on    string
	do    string // a command; $name is the host and port of a server, · a space, ¶ a new line
	park  string // a command that is expected to wait
	reply bool   // what the parked command was answered
	until string // wait for INFO to say so
	wait  time.Duration
	api   func(*lab) error // a call of the API
	look  string
	only  string   // the server to look at; all if it is not said
	grown []string // "server field": wait until it is above the look before
}

// wireRate is the rate of a slow link, and of all links in memory, in bytes per
// second.
const wireRate = 600_000

// order is the order in which the servers are started.
func (s script) order() []string { return slices.Sorted(maps.Keys(s.servers)) }

// arguments are the command line of a real server.
func (s server) arguments() []string {
	args := []string{"--enable-debug-command", "no"}
	for _, config := range []map[string]string{s.config, s.slow} {
		for _, name := range slices.Sorted(maps.Keys(config)) {
			args = append(args, "--"+name, config[name])
		}
	}
	return args
}

// plain is a server that begins full syncs at once and sends no PING.
func plain(more ...string) server {
	config := map[string]string{"repl-diskless-sync-delay": "0", "repl-ping-replica-period": "3600", "protected-mode": "no"}
	for i := 0; i < len(more); i += 2 {
		config[more[i]] = more[i+1]
	}
	return server{config: config}
}

// longScripts have full syncs that last.
func longScripts() []script { return []script{phasesOfASync(), syncByDisk()} }

func shortScripts() []script {
	return []script{
		idle(), basics(), streaming(), unreachable(), password(), fences(), transactions(), member(), chain(),
	}
}

// on is a list of commands for one server.
func on(name string, commands ...string) []step {
	out := make([]step, len(commands))
	for i, c := range commands {
		out[i] = step{on: name, do: c}
	}
	return out
}

func join(parts ...[]step) []step { return slices.Concat(parts...) }

func idle() script {
	return script{name: "idle", servers: map[string]server{"a": plain("databases", "32", "maxmemory", "64mb")}, steps: join(
		[]step{{look: "idle"}},
		on("a", "PING", "ECHO hello", "CONFIG GET databases", "CONFIG GET maxmemory", "CONFIG GET min-replicas-to-write",
			"CONFIG GET min-replicas-max-lag", "CONFIG GET repl-backlog-size", "CONFIG GET protected-mode", "CONFIG GET repl-timeout",
			"CONFIG GET nothing", "CONFIG SET nothing 1", "CONFIG SET databases 3", "CONFIG SET min-replicas-to-write x",
			"CONFIG SET min-replicas-to-write 2", "CONFIG GET min-slaves-to-write", "CONFIG SET min-replicas-to-write 0",
			"CONFIG GET databas*", "CONFIG SET maxmemory 1gb", "CONFIG GET maxmemory", "CONFIG RESETSTAT", "CONFIG NOTHING",
			"SELECT 31", "SET k v", "SELECT 32", "SELECT -1", "SELECT x", "DBSIZE", "SELECT 0", "DBSIZE",
			"REPLICAOF no one", "REPLICAOF a b", "WAIT 0 0", "WAIT 1 50", "WAIT x 0", "AUTH x", "AUTH default x",
			"CLIENT PAUSE x", "CLIENT PAUSE 1 NEVER", "CLIENT NOTHING", "CLIENT UNPAUSE", "NOTHING a b", "GET", "ROLE"),
		on("a", "MODULE LIST", "MODULE NOTHING", "CLUSTER INFO", "ACL USERS", "ACL WHOAMI", "ACL NOTHING", "COMMAND INFO nothing", "COMMAND NOTHING",
			"ACL DRYRUN default DEL k", "ACL DRYRUN nobody DEL k", "ACL DRYRUN default NOTHING", "ACL DRYRUN default DEL",
			"ACL DRYRUN default PING", "ACL DRYRUN default PSYNC ? -1", "ACL DRYRUN default PSYNC", "ACL DRYRUN default SYNC",
			"ACL DRYRUN default REPLCONF capa psync2", "REPLCONF capa psync2", "REPLCONF capa eof capa psync2", "REPLCONF capa",
			"REPLCONF nothing 1", "REPLCONF listening-port x", "REPLCONF", "COMMAND COUNT",
			"CONFIG GET client-output-buffer-limit", "CONFIG GET tls-port", "CONFIG GET repl-diskless-sync", "CONFIG GET repl-diskless-sync-delay",
			"CONFIG GET maxclients", "CONFIG GET maxmemory-policy"),
		[]step{{look: "with a key in database 31"}},
	)}
}

func basics() script {
	return script{name: "basics", servers: map[string]server{"a": plain()}, steps: join(
		on("a", "SET k v", "GET k", "GET none", "SET k w NX", "SET none w XX", "SET k 10", "INCR k", "INCRBY k 5", "INCRBY k x", "GET k",
			"APPEND k 00", "STRLEN k", "MSET a 1 b 2", "MSET a", "MGET a b none", "EXISTS a b none a", "DEL a none", "UNLINK b", "TYPE k", "TYPE none",
			"SET t v EX 100", "TTL t", "SET t v PX 0", "SET t v EX x", "PERSIST t", "TTL t", "TTL none", "EXPIRE t 100", "EXPIRE none 1", "PTTL none",
			"EXPIRE t x", "EXPIRE t -1", "GET t", "SETEX t 0 v", "HSET h f 1 g 2", "HSET h f", "HGET h f", "HGET h x", "HGETALL h", "HDEL h f x", "HLEN h",
			"HGET k f", "RPUSH l 1 2 3", "LPUSH l 0", "LRANGE l 0 -1", "LRANGE l 1 2", "LRANGE l 5 9", "LLEN l", "SADD s 3 1 2 1", "SMEMBERS s", "SREM s 1",
			"SCARD s", "INCR h", "GET l", "SCAN 0 COUNT 100 MATCH h*", "SCAN x", "SCAN 0 COUNT 0", "SCAN 0 TYPE set", "KEYS l*", "DBSIZE",
			"SET x v PX 400", "EXISTS x"),
		[]step{{wait: 900 * time.Millisecond}},
		on("a", "SETNX k 1", "SETNX fresh 1", "GETDEL fresh", "GETDEL fresh", "DECR n", "DECRBY n 4", "EXPIRE n 100 NX", "EXPIRE n 200 NX", "EXPIRE n 50 GT",
			"EXPIRE n 50 LT", "EXPIRE n 50 XX", "TTL n", "EXPIRE n 50 WHAT", "SET n 1 KEEPTTL", "TTL n", "SET n 2 GET", "TTL n", "SET n 3 EX 5 KEEPTTL"),
		on("a", "GET x", "DBSIZE", "MSET", "FLUSHDB", "DBSIZE", "FLUSHALL WHAT", "FLUSHALL",
			"FUNCTION LIST", "FUNCTION LOAD x", "FUNCTION DELETE none", "FUNCTION NOTHING"),
		[]step{{look: "afterwards"}},
	)}
}

func phasesOfASync() script {
	source := plain("repl-diskless-sync-delay", "2")
	source.keys, source.slow = 3000, map[string]string{"rdb-key-save-delay": "1000", "rdbcompression": "no"}
	replica := plain()
	replica.slow = map[string]string{"key-load-delay": "1000", "loading-process-events-interval-bytes": "1024"}
	return script{name: "phases of a sync", servers: map[string]server{"source": source, "replica": replica}, steps: join(
		on("replica", "SET old 1", "REPLICAOF $source", "REPLICAOF $source"),
		[]step{
			{on: "source", until: "slave0~state=wait_bgsave"}, {look: "waiting for the save"},
			{on: "replica", until: "master_sync_in_progress=1"}, {on: "source", until: "rdb_bgsave_in_progress=1"},
		},
		on("replica", "GET old", "SET k v", "DBSIZE", "PING"),
		[]step{
			{on: "replica", until: "master_sync_read_bytes>0"}, {look: "transfer"},
			{look: "transfer, further", grown: []string{"replica master_sync_read_bytes", "source current_save_keys_processed"}},
		},
		on("source", "SET during 1"),
		[]step{{on: "replica", until: "loading_loaded_bytes>0"}, {on: "source", until: "slave0~state=online"}, {look: "loading"},
			{look: "loading, further", grown: []string{"replica loading_loaded_bytes"}}},
		on("replica", "PING", "GET old", "DBSIZE", "SELECT 1", "SELECT 0", "CONFIG GET databases", "SET k v", "REPLICAOF no one"),
		[]step{{on: "replica", until: "master_link_status=up"}, {on: "source", until: "synced"}, {look: "caught up"}},
		on("replica", "GET old", "GET during", "DBSIZE", "REPLICAOF no one", "GET during", "SET k v"),
		[]step{{on: "source", until: "connected_slaves=0"}, {look: "promoted"}},
		on("source", "SET lost 1"), on("replica", "GET lost"),
	)}
}

func streaming() script {
	return script{name: "streaming", servers: map[string]server{"source": plain(), "replica": plain("databases", "4")}, steps: join(
		on("source", "SET first 1", "SELECT 2", "SET second 1", "SELECT 0",
			"HSET h f v g w", "RPUSH l a b", "SADD s a", "PEXPIRE l 1000000",
			"FUNCTION LOAD #!lua·name=l1¶redis.register_function('f',function(keys,args)·return·1·end)",
			"FUNCTION LOAD #!lua·name=l1¶redis.register_function('f',function(keys,args)·return·1·end)",
			"FUNCTION LOAD REPLACE #!lua·name=l1¶redis.register_function('f',function(keys,args)·return·2·end)",
			"FUNCTION LIST", "FUNCTION LIST WITHCODE LIBRARYNAME l*", "FUNCTION LIST LIBRARYNAME x*"),
		on("replica", "REPLICAOF $source"),
		[]step{{on: "replica", until: "master_link_status=up"}, {on: "source", until: "slave0~state=online"}, {look: "linked"}},
		on("replica", "HGETALL h", "LRANGE l 0 -1", "SMEMBERS s", "FUNCTION LIST"),
		on("source", "SET k v", "INCR n", "HSET h f v", "SELECT 2", "SET k v", "SELECT 0", "MSET a 1 b 2", "DEL a none", "DEL none",
			"SET missing v XX", "FLUSHDB", "SET k v", "WAIT 1 1000", "FUNCTION DELETE l1"),
		[]step{{on: "source", until: "synced"}, {look: "streaming"}},
		on("replica", "GET k", "GET n", "DBSIZE", "SET k v", "DEL k", "INCR k", "FLUSHALL", "MULTI", "SET k v", "EXEC", "FUNCTION LIST",
			"FUNCTION LOAD x", "WAIT 1 10", "TTL k", "SCAN 0"),
		// A link that breaks and comes back costs a partial resync.
		[]step{{look: "refused writes"}},
		on("replica", "REPLICAOF no one", "ROLE"),
		[]step{{look: "promoted"}},
		on("source", "SET behind 1"), on("replica", "SET own 1", "REPLICAOF $source"),
		[]step{{on: "replica", until: "master_link_status=up"}, {on: "source", until: "synced"}, {look: "follows again"}},
		on("replica", "GET own", "GET behind"),
		[]step{{on: "source", do: "SET more 1"}, {on: "source", until: "synced"}, {look: "streams again"}},
	)}
}

func unreachable() script {
	return script{name: "closed port", servers: map[string]server{"a": plain()}, steps: join(
		on("a", "REPLICAOF 127.0.0.1 1"),
		[]step{{wait: 300 * time.Millisecond}, {look: "connect"}},
		on("a", "SET k v", "GET k", "PING", "REPLICAOF no one", "SET k v"),
		[]step{{look: "a primary again"}},
	)}
}

func password() script {
	locked := plain()
	return script{name: "password", servers: map[string]server{"source": locked, "replica": plain()}, steps: join(
		on("source", "SET k v", "CONFIG SET requirepass secret", "GET k"),
		on("replica", "REPLICAOF $source"),
		[]step{{wait: 600 * time.Millisecond}},
		on("replica", "GET k"),
		[]step{{on: "replica", until: "master_link_status=down"}, {on: "replica", until: "master_link_down_since_seconds=-1"}},
		[]step{{api: func(l *lab) error { l.clients["stranger"] = dial(l.t, l.sim, l.addr("source")); return nil }}},
		on("stranger", "PING", "GET k", "INFO", "NOTHING", "AUTH wrong", "AUTH default wrong", "PING", "AUTH secret", "GET k"),
		on("replica", "CONFIG SET masterauth secret"),
		[]step{{on: "replica", until: "master_link_status=up"}},
		on("replica", "GET k"),
	)}
}

func fences() script {
	return script{name: "fences", servers: map[string]server{"source": plain(), "replica": plain()}, steps: join(
		on("source", "SET k 1"),
		on("replica", "REPLICAOF $source"),
		[]step{{on: "replica", until: "master_link_status=up"}, {on: "source", until: "slave0~state=online"}},
		on("source", "CLIENT PAUSE 60000 WRITE", "GET k", "PING"),
		[]step{
			{on: "source", park: "SET k 2"}, {look: "paused"},
			{on: "source", do: "CLIENT UNPAUSE"}, {reply: true}, {on: "source", do: "GET k"},
		},
		on("source", "CLIENT PAUSE 60000 WRITE"),
		[]step{{on: "source", park: "SET k 3"}},
		on("source", "CONFIG SET min-replicas-to-write 1000000", "SET k 4", "DEL none", "CLIENT UNPAUSE"),
		[]step{{reply: true}, {on: "source", until: "synced"}, {look: "fenced"}},
		on("source", "GET k", "INCR k", "DEL k", "EXPIRE k 1", "FLUSHALL", "CONFIG GET min-replicas-to-write",
			"CONFIG SET min-replicas-max-lag 0", "SET k 5", "CONFIG SET min-replicas-max-lag 10", "SET k 6",
			"CONFIG SET min-replicas-to-write 1", "SET k 7", "CONFIG SET min-replicas-to-write 2", "SET k 8", "CONFIG SET min-replicas-to-write 1"),
		[]step{{on: "source", until: "synced"}, {look: "open"}},
		on("source", "CLIENT PAUSE 2000 WRITE"),
		[]step{{on: "source", park: "SET k 9"}, {reply: true}, {on: "source", do: "GET k"}, {on: "source", until: "synced"}},
		on("replica", "GET k", "REPLICAOF no one"),
		[]step{{on: "source", until: "connected_slaves=0"}},
		on("source", "SET k 10"),
		[]step{{look: "alone"}},
	)}
}

func transactions() script {
	return script{name: "transactions", servers: map[string]server{"source": plain(), "replica": plain()}, steps: join(
		on("replica", "REPLICAOF $source"),
		[]step{{on: "replica", until: "master_link_status=up"}, {on: "source", until: "slave0~state=online"}},
		on("source", "EXEC", "DISCARD", "MULTI", "MULTI", "SET a 1", "INCR a", "GET a", "EXEC", "MULTI", "SET a x", "INCR a", "GET a", "EXEC",
			"MULTI", "SET b 1", "DISCARD", "GET b", "MULTI", "NOTHING", "SET b 1", "EXEC", "GET b", "MULTI", "GET a", "EXEC", "MULTI", "SET c 1", "EXEC"),
		[]step{{on: "source", until: "synced"}, {look: "done"}},
		on("replica", "GET a", "GET c"),
		on("source", "MULTI", "SET d 1", "CONFIG SET min-replicas-to-write 5", "EXEC", "SET d 1", "CONFIG SET min-replicas-to-write 5",
			"MULTI", "SET d 1", "GET a", "EXEC", "GET d", "CONFIG SET min-replicas-to-write 0", "SET d 2"),
		[]step{{on: "source", until: "synced"}, {look: "after a fence"}},
	)}
}

// member is a migration to a group, with a look in each of its states.
func member() script {
	group := &simulator.ReplicationGroup{ID: "rg", MultiAZ: simulator.Disabled, MaxMemory: 1 << 30}
	return script{name: "member", servers: map[string]server{"source": plain()}, group: group, steps: join(
		[]step{{look: "before"}},
		on("group", "SET k v", "CONFIG GET databases", "CONFIG SET maxmemory 0", "REPLICAOF no one", "SLAVEOF a 1", "PSYNC ? -1", "SYNC", "SELECT 15", "SELECT 16", "SELECT 0"),
		on("source", "SET k w"),
		[]step{
			{api: (*lab).startMigration}, {on: "group", until: "master_link_status=up"}, {on: "source", until: "slave0~state=online"},
			{look: "migrating"},
		},
		on("group", "GET k", "SET k x", "REPLICAOF no one"), on("source", "SET k y"),
		[]step{{on: "source", until: "synced"}, {look: "streaming"}, {api: (*lab).completeMigration}, {on: "group", until: "role=master"}, {look: "promoted"}},
		on("group", "GET k", "SET k z", "ROLE"),
	)}
}

// chain is a replica of a server that itself begins to follow, and is promoted.
func chain() script {
	linked := func(name string) []step {
		return []step{{on: name, until: "master_link_status=up"}}
	}
	return script{name: "chain", servers: map[string]server{"source": plain(), "middle": plain(), "tail": plain()}, steps: join(
		on("source", "SET k v"), on("middle", "SET own 1"),
		on("tail", "REPLICAOF $middle"), linked("tail"), []step{{on: "middle", until: "synced"}},
		on("middle", "REPLICAOF $source"), linked("middle"), []step{{on: "source", until: "synced"}},
		[]step{{on: "middle", until: "sync_full=2"}}, linked("tail"), []step{{on: "middle", until: "synced"}, {look: "in a row"}},
		on("source", "SET more 1", "WAIT 1 1000"), []step{{on: "source", until: "synced"}, {on: "middle", until: "synced"}, {look: "streaming"}},
		on("tail", "GET more", "GET own", "SET k w"), on("middle", "WAIT 1 10", "REPLICAOF no one"),
		[]step{{on: "middle", until: "sync_partial_ok=1"}}, linked("tail"), []step{{on: "middle", until: "synced"}, {look: "promoted"}},
		on("middle", "SET after 1"), []step{{on: "middle", until: "synced"}, {look: "afterwards"}},
		on("tail", "GET after"),
	)}
}

func syncByDisk() script {
	source := plain("repl-diskless-sync", "no", "repl-backlog-ttl", "1")
	source.keys, source.slow = 3000, map[string]string{"rdb-key-save-delay": "1000", "rdbcompression": "no"}
	return script{name: "sync by disk", servers: map[string]server{"source": source, "replica": plain()}, steps: join(
		[]step{{api: func(l *lab) error { return l.slowLink("slow", "source") }}},
		on("replica", "REPLICAOF $slow"),
		[]step{
			{on: "source", until: "rdb_bgsave_in_progress=1"}, {on: "replica", until: "master_sync_in_progress=1"}, {look: "saving"},
			{look: "saving, further", grown: []string{"source current_save_keys_processed"}},
		},
		on("source", "SET during 1"),
		// A real source is done when the kernel has all, so it is not looked at.
		[]step{
			{on: "replica", until: "master_sync_read_bytes>0"}, {look: "transfer", only: "replica"},
			{look: "transfer, further", only: "replica", grown: []string{"replica master_sync_read_bytes"}},
		},
		[]step{{on: "replica", until: "master_link_status=up"}, {on: "source", until: "synced"}, {look: "linked"}},
		on("replica", "GET during", "DBSIZE", "REPLICAOF no one"),
		// A primary without replicas forgets its history after a while.
		[]step{{on: "source", until: "repl_backlog_active=0"}, {look: "forgotten"}},
	)}
}
