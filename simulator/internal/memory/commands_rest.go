package memory

import (
	"slices"
	"strconv"
	"strings"
)

// versions are the first major and minor version that has something; 2.8 stands
// for what is older, too.
type versions struct{ major, minor int }

// since is the first version that has a command of the model.
func since(command string) versions {
	switch command {
	case "function":
		return versions{7, 0}
	case "getdel", "reset":
		return versions{6, 2}
	case "acl", "hello":
		return versions{6, 0}
	case "replicaof":
		return versions{5, 0}
	case "module", "unlink":
		return versions{4, 0}
	case "cluster", "wait":
		return versions{3, 0}
	}
	return versions{2, 8}
}

// batch is commands of one kind that came together: names with the number of
// arguments.
type batch struct {
	since versions
	flags flag
	names string
}

// rest are the commands of real servers that the model only knows by name, so
// that COMMAND tells the truth of a version: whoever looks for commands that were
// renamed must find the others. They are from the command table of Redis 7.4; those of
// Redis 7.0 have been compared with a real server.
func rest() []batch {
	return []batch{
		{versions{2, 8}, 0, `bitcount -2 bitpos -3 dump 2 eval -3 evalsha -3 getbit 3 getrange 4 hexists 3 hkeys 2 hmget -3
			hscan -3 hvals 2 latency -2 lindex 3 monitor 1 object -2 pfcount -2 pfselftest 1 psubscribe -2 publish 3 pubsub -2
			punsubscribe -1 script -2 sdiff -2 sinter -2 sismember 3 slowlog -2 srandmember -2 sscan -3 subscribe -2
			substr 4 sunion -2 unsubscribe -1 unwatch 1 watch -2 zcard 2 zcount 4 zlexcount 4 zrange -4 zrangebylex -4
			zrangebyscore -4 zrank 3 zrevrange -4 zrevrangebylex -4 zrevrangebyscore -4 zrevrank 3 zscan -3 zscore 3`},
		{versions{2, 8}, operator, "bgrewriteaof 1 bgsave -1 debug -2 save 1 shutdown -1"},
		{versions{2, 8}, write | operator, "migrate -6"},
		{versions{2, 8}, write, `blpop -3 brpop -3 lpop -2 lrem 4 ltrim 4 move 3 rename 3 renamenx 3 rpop -2 smove 4 spop -2
			zrem -3 zremrangebylex 4 zremrangebyrank 4 zremrangebyscore 4`},
		{versions{2, 8}, write | denyOOM, `bitop -4 brpoplpush 4 getset 3 hincrby 4 hincrbyfloat 4 hmset -4 hsetnx 4
			incrbyfloat 3 linsert 5 lpushx -3 lset 4 msetnx -3 pfadd -2 pfdebug 3 pfmerge -2 restore -4 rpoplpush 3 rpushx -3
			sdiffstore -3 setbit 4 setrange 4 sinterstore -3 sort -2 sunionstore -3 zadd -4 zincrby 4 zinterstore -4
			zunionstore -4`},
		{versions{3, 0}, 0, "asking 1 readonly 1 readwrite 1"},
		{versions{3, 0}, write | denyOOM, "restore-asking -4"},
		{versions{3, 2}, 0, "geodist -4 geohash -2 geopos -2 georadius_ro -6 georadiusbymember_ro -5 hstrlen 3 touch -2"},
		{versions{3, 2}, write | denyOOM, "bitfield -2 geoadd -5 georadius -6 georadiusbymember -5"},
		{versions{4, 0}, 0, "memory -2"},
		{versions{4, 0}, write, "swapdb 3"},
		{versions{5, 0}, 0, "lolwut -1 xgroup -2 xinfo -2 xlen 2 xpending -3 xrange -4 xread -4 xrevrange -4"},
		{versions{5, 0}, write, "bzpopmax -3 bzpopmin -3 xack -4 xclaim -6 xdel -3 xreadgroup -7 xtrim -4 zpopmax -2 zpopmin -2"},
		{versions{5, 0}, write | denyOOM, "xadd -5 xsetid -3"},
		{versions{6, 0}, 0, "bitfield_ro -2 lpos -3"},
		{versions{6, 2}, operator, "failover -1"},
		{versions{6, 2}, 0, "geosearch -7 hrandfield -2 smismember -3 zdiff -3 zinter -3 zmscore -3 zrandmember -2 zunion -3"},
		{versions{6, 2}, write, "getex -2 xautoclaim -6"},
		{versions{6, 2}, write | denyOOM, "blmove 6 copy -3 geosearchstore -8 lmove 5 zdiffstore -4 zrangestore -5"},
		{versions{7, 0}, 0, `eval_ro -3 evalsha_ro -3 expiretime 2 fcall -3 fcall_ro -3 lcs -3 pexpiretime 2 sintercard -3
			sort_ro -2 spublish 3 ssubscribe -2 sunsubscribe -1 zintercard -3`},
		{versions{7, 0}, write, "blmpop -5 bzmpop -5 lmpop -4 zmpop -4"},
		{versions{7, 2}, 0, "waitaof 4"},
		{versions{7, 4}, 0, "hexpiretime -5 hpexpiretime -5 hpttl -5 httl -5"},
		{versions{7, 4}, write, "hpersist -5"},
		{versions{7, 4}, write | denyOOM, "hexpire -6 hexpireat -6 hpexpire -6 hpexpireat -6"},
	}
}

// commands are those of a batch.
func (b batch) commands() []command {
	var out []command
	for pair := range slices.Chunk(strings.Fields(b.names), 2) {
		if arity, err := strconv.Atoi(pair[1]); err == nil {
			out = append(out, command{pair[0], arity, b.flags, notModelled})
		}
	}
	return out
}

// notModelled refuses a command that a real server would do.
func notModelled(c *call) any {
	return errorf("ERR %s is not modelled", strings.ToUpper(c.args[0]))
}

// has reports whether a version has what came with another. Valkey went its own
// way after 7.2.
func (v version) has(came versions) bool {
	if v.engine == "valkey" && came == (versions{7, 4}) {
		return false
	}
	return v.atLeast(came.major, came.minor)
}
