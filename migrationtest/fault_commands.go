package migrationtest

import (
	"slices"
	"strings"
)

// commands are those that the servers in memory can do, in upper case, but for
// those that are nothing without a subcommand.
func commands() []string {
	return strings.Fields(`
		AUTH COMMAND DBSIZE ECHO FLUSHALL FLUSHDB HELLO INFO LASTSAVE PING PSYNC QUIT REPLCONF RESET SELECT SYNC TIME
		REPLICAOF ROLE SLAVEOF WAIT DISCARD EXEC MULTI
		DEL EXISTS EXPIRE EXPIREAT KEYS PERSIST PEXPIRE PEXPIREAT PTTL RANDOMKEY SCAN TTL TYPE UNLINK
		APPEND DECR DECRBY GET GETDEL INCR INCRBY MGET MSET PSETEX SET SETEX SETNX STRLEN
		HDEL HGET HGETALL HLEN HSET LLEN LPUSH LRANGE RPUSH SADD SCARD SMEMBERS SREM`)
}

// subcommands are those of the commands that are nothing without one.
func subcommands() map[string][]string {
	return map[string][]string{
		"ACL":      {"DRYRUN", "USERS", "WHOAMI"},
		"CLIENT":   {"PAUSE", "UNPAUSE", "GETNAME", "ID", "NO-EVICT", "SETINFO", "SETNAME"},
		"CLUSTER":  {"INFO"},
		"CONFIG":   {"GET", "SET", "RESETSTAT", "REWRITE"},
		"FUNCTION": {"LIST", "LOAD", "DELETE", "FLUSH"},
		"MODULE":   {"LIST"},
	}
}

// commandNames are all names that a request to a server may have.
func commandNames() []string {
	out := append(commands(), connectName)
	for container, subs := range subcommands() {
		for _, sub := range subs {
			out = append(out, container+" "+sub)
		}
	}
	slices.Sort(out)
	return out
}
