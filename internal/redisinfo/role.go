package redisinfo

import (
	"fmt"
	"net"
	"strconv"
)

// RoleName is the part a server plays, in the server's own words.
type RoleName string

const (
	// Master accepts writes.
	Master RoleName = "master"
	// Slave follows another server.
	Slave RoleName = "slave"
)

// Link is the state of a replica's link to its primary as ROLE names it.
type Link string

const (
	// LinkConnect: about to connect.
	LinkConnect Link = "connect"
	// LinkConnecting: the TCP connection is being made.
	LinkConnecting Link = "connecting"
	// LinkHandshake: the servers are greeting each other.
	LinkHandshake Link = "handshake"
	// LinkSync: a full sync is under way.
	LinkSync Link = "sync"
	// LinkConnected: the replica follows the stream.
	LinkConnected Link = "connected"
)

// Role is the parsed reply of ROLE.
type Role struct {
	// Name is [Master] or [Slave].
	Name RoleName
	// Offset is master_repl_offset of a master, and what a replica has applied
	// of its primary's stream; -1 for a replica that is not linked.
	Offset int64
	// Replicas are the replicas of a master, without state and lag.
	Replicas []Replica
	// Upstream is the primary that a replica was told to follow, "host:port".
	Upstream string
	// Link is the state of a replica's link; other values than those named
	// here are possible.
	Link Link
}

// ParseRole parses the reply of ROLE as a client decodes it: a list of strings,
// integers and lists. A sentinel is an error.
func ParseRole(reply any) (Role, error) {
	list, ok := reply.([]any)
	if !ok || len(list) == 0 {
		return Role{}, fmt.Errorf("redisinfo: ROLE: reply is %T, not a list that begins with a role", reply)
	}
	name, _ := list[0].(string)
	switch RoleName(name) {
	case Master:
		return parseMaster(list)
	case Slave:
		return parseReplica(list)
	}
	return Role{}, fmt.Errorf("redisinfo: ROLE: role is %q, want %q or %q", name, Master, Slave)
}

func parseMaster(list []any) (Role, error) {
	if len(list) < 3 {
		return Role{}, fmt.Errorf("redisinfo: ROLE: master with %d fields, want 3", len(list))
	}
	offset, err := integer(list[1])
	if err != nil {
		return Role{}, fmt.Errorf("redisinfo: ROLE: master's offset: %w", err)
	}
	r := Role{Name: Master, Offset: offset}
	entries, _ := list[2].([]any)
	for _, entry := range entries {
		if replica, ok := parseEntry(entry); ok {
			r.Replicas = append(r.Replicas, replica)
		}
	}
	return r, nil
}

// parseEntry reads one replica in a master's reply: host, port, offset.
func parseEntry(entry any) (Replica, bool) {
	fields, _ := entry.([]any)
	if len(fields) < 3 {
		return Replica{}, false
	}
	host, _ := fields[0].(string)
	port, err := integer(fields[1])
	if host == "" || err != nil {
		return Replica{}, false
	}
	offset, err := integer(fields[2])
	if err != nil {
		return Replica{}, false
	}
	return Replica{Addr: net.JoinHostPort(host, strconv.FormatInt(port, 10)), Offset: offset, Lag: -1}, true
}

func parseReplica(list []any) (Role, error) {
	if len(list) < 5 {
		return Role{}, fmt.Errorf("redisinfo: ROLE: slave with %d fields, want 5", len(list))
	}
	host, _ := list[1].(string)
	port, err := integer(list[2])
	if err != nil {
		return Role{}, fmt.Errorf("redisinfo: ROLE: port of the slave's master: %w", err)
	}
	state, _ := list[3].(string)
	offset, err := integer(list[4])
	if err != nil {
		return Role{}, fmt.Errorf("redisinfo: ROLE: slave's offset: %w", err)
	}
	return Role{
		Name: Slave, Offset: offset, Link: Link(state),
		Upstream: net.JoinHostPort(host, strconv.FormatInt(port, 10)),
	}, nil
}

// integer reads a number that the server sent as an integer or as a string:
// ROLE uses both.
func integer(v any) (int64, error) {
	switch n := v.(type) {
	case int64:
		return n, nil
	case string:
		return strconv.ParseInt(n, 10, 64)
	}
	return 0, fmt.Errorf("%v (%T) is not a number", v, v)
}
