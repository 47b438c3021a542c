package redisinfo

import (
	"fmt"
	"strings"
)

// Command is a command whose absence under its own name matters to a migration:
// replication or the service needs it, or it comes along in the stream.
type Command struct {
	// Name is the command in small letters. Of a container such as XGROUP it is
	// the container.
	Name string
	// Writes tells that it changes data, which a replica has to be able to
	// repeat.
	Writes bool

	since  Version
	before Version // the first that is not asked for it; zero for none
	engine Engine  // the only one that has it; "" for both
}

// In reports whether servers of an engine and version have the command, and
// need it under its name. An engine that is not known ("") may be any.
func (c Command) In(engine Engine, v Version) bool {
	return v.AtLeast(c.since) && (c.before == Version{} || !v.AtLeast(c.before)) &&
		(c.engine == "" || engine == "" || c.engine == engine)
}

// Since is the first version that has the command. 2.8 stands for what is older,
// too.
func (c Command) Since() Version { return c.since }

// Commands is the table of them: those that the documentation of online
// migration names or that a replica uses, all that change data (from the command
// tables of Redis 2.8 to 7.4 and Valkey 8.0), and those that travel in the stream
// as they were called until Redis 7.0: those that run scripts, of which later
// versions send the effects alone, and EXEC. A replica that does not know the EXEC
// it is sent stays inside of the transaction. MULTI is not among them: servers send
// it by its own name whatever clients call it. (Of EXEC and MULTI this was read in
// the code of Redis 2.8 to 6.2, not measured.) The ones that replication uses come
// first.
func Commands() []Command {
	old := Version{Major: 2, Minor: 8}
	var out []Command
	add := func(c Command, names string) {
		for name := range strings.FieldsSeq(names) {
			c.Name = name
			out = append(out, c)
		}
	}
	add(Command{since: old}, "ping sync psync replconf info config")
	add(Command{since: Version{2, 8, 13}}, "command")
	add(Command{since: Version{Major: 3}}, "cluster")
	add(Command{since: old, before: Version{Major: 7}}, "eval evalsha exec")
	for _, r := range []struct {
		since  Version
		engine Engine
		names  string
	}{
		{old, "", `append bitop blpop brpop brpoplpush decr decrby del expire expireat flushall flushdb getset hdel hincrby
			hincrbyfloat hmset hset hsetnx incr incrby incrbyfloat linsert lpop lpush lpushx lrem lset ltrim migrate move
			mset msetnx persist pexpire pexpireat psetex rename renamenx restore rpop rpoplpush rpush rpushx sadd sdiffstore
			set setbit setex setnx setrange sinterstore smove sort spop srem sunionstore zadd zincrby zinterstore zrem
			zremrangebyrank zremrangebyscore zunionstore`},
		{Version{2, 8, 9}, "", "pfadd pfdebug pfmerge zremrangebylex"},
		{Version{Major: 3}, "", "restore-asking"},
		{Version{Major: 3, Minor: 2}, "", "bitfield geoadd georadius georadiusbymember"},
		{Version{Major: 4}, "", "swapdb unlink"},
		{Version{Major: 5}, "", "bzpopmax bzpopmin xack xadd xclaim xdel xgroup xreadgroup xsetid xtrim zpopmax zpopmin"},
		{Version{Major: 6, Minor: 2}, "", "blmove copy geosearchstore getdel getex lmove xautoclaim zdiffstore zrangestore"},
		{Version{Major: 7}, "", "blmpop bzmpop function lmpop zmpop"},
		{Version{Major: 7, Minor: 4}, Redis, "hexpire hexpireat hpersist hpexpire hpexpireat"},
	} {
		add(Command{Writes: true, since: r.since, engine: r.engine}, r.names)
	}
	return out
}

// Covers reports whether [Commands] has all write commands of a version, so that a
// server need not be asked for them. An engine that is not known counts as Redis.
func Covers(engine Engine, v Version) bool {
	beyond := Version{Major: 7, Minor: 5}
	if engine == Valkey {
		beyond = Version{Major: 8, Minor: 1}
	}
	return !v.AtLeast(beyond)
}

// ParseCommands parses the reply of COMMAND INFO to the names that were asked
// for, in their order: whether the server has each of them. ok is false if the
// reply is not a list of as many entries.
func ParseCommands(reply any, names []string) (has map[string]bool, ok bool) {
	list, isList := reply.([]any)
	if !isList || len(list) != len(names) {
		return nil, false
	}
	has = make(map[string]bool, len(names))
	for i, name := range names {
		entry, isEntry := list[i].([]any)
		has[name] = isEntry && len(entry) > 0
	}
	return has, true
}

// ParseCommandList parses the reply of COMMAND LIST, which is names, or of
// COMMAND, which is entries that begin with a name, and returns the names. One that
// was renamed is listed by its old name.
func ParseCommandList(reply any) ([]string, error) {
	list, ok := reply.([]any)
	if !ok {
		return nil, fmt.Errorf("redisinfo: COMMAND: reply is %T, not a list", reply)
	}
	out := make([]string, 0, len(list))
	for _, item := range list {
		if entry, isEntry := item.([]any); isEntry && len(entry) > 0 {
			item = entry[0]
		}
		name, isName := item.(string)
		if !isName {
			return nil, fmt.Errorf("redisinfo: COMMAND: %v (%T) is not a command", item, item)
		}
		out = append(out, strings.ToLower(name))
	}
	return out, nil
}
