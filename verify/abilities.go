package verify

import (
	"strconv"
	"strings"
	"time"

	"github.com/cachelift/cachelift/verify/internal/wire"
)

// abilities are the commands that a server has and lets us use.
type abilities struct {
	info, scan, time              bool
	expireTime, pttl              bool // PEXPIRETIME and PTTL
	getRange, strLen, mget        bool
	memory, dump                  bool
	kind                          bool // TYPE
	list, set, zset, hash, stream bool
	someMembers, someFields       bool // SRANDMEMBER and HRANDFIELD
	noFieldExpiry                 bool // fields of hashes do not expire there
	functions                     bool
	missing                       []string // what the server has and does not allow
}

// probed is a command that is tried on a key that is hardly there.
type probed struct {
	name  string
	words string
	set   *bool
}

// probe tries every command that a comparison may need. The answer of an ACL does
// not depend on the key as long as it is about the command.
func probe(l *link, info bool) (abilities, error) {
	a := abilities{info: info}
	var lrange, llen, sscan, scard, zscan, zcard, hscan, hlen, xrange, xinfo, xpending, fieldExpiry bool
	list := []probed{
		{"SCAN", "SCAN 0 COUNT 1", &a.scan},
		{"TIME", "TIME", &a.time},
		{"PEXPIRETIME", "PEXPIRETIME key", &a.expireTime},
		{"PTTL", "PTTL key", &a.pttl},
		{"GETRANGE", "GETRANGE key 0 0", &a.getRange},
		{"STRLEN", "STRLEN key", &a.strLen},
		{"MGET", "MGET key", &a.mget},
		{"MEMORY USAGE", "MEMORY USAGE key", &a.memory},
		{"DUMP", "DUMP key", &a.dump},
		{"TYPE", "TYPE key", &a.kind},
		{"LRANGE", "LRANGE key 0 0", &lrange},
		{"LLEN", "LLEN key", &llen},
		{"SSCAN", "SSCAN key 0", &sscan},
		{"SCARD", "SCARD key", &scard},
		{"ZSCAN", "ZSCAN key 0", &zscan},
		{"ZCARD", "ZCARD key", &zcard},
		{"HSCAN", "HSCAN key 0", &hscan},
		{"HLEN", "HLEN key", &hlen},
		{"SRANDMEMBER", "SRANDMEMBER key 1", &a.someMembers},
		{"HRANDFIELD", "HRANDFIELD key 1 WITHVALUES", &a.someFields},
		{"XRANGE", "XRANGE key - + COUNT 1", &xrange},
		{"XINFO", "XINFO GROUPS key", &xinfo},
		{"XPENDING", "XPENDING key group - + 1", &xpending},
		{"HPEXPIRETIME", "HPEXPIRETIME key FIELDS 1 field", &fieldExpiry},
		{"FUNCTION LIST", "FUNCTION LIST LIBRARYNAME none", &a.functions},
	}
	for _, p := range list {
		words := strings.Fields(p.words)
		for i, w := range words {
			if w == "key" {
				words[i] = "cachelift:verify:probe"
			}
		}
		l.Do(words...)
	}
	for _, p := range list {
		v, err := l.Value()
		if err != nil {
			return a, err
		}
		err = v.Err()
		if transient(err) {
			return a, err
		}
		text, _ := refused(err)
		switch {
		case denial(text) && dispensable(p.name):
		case denial(text):
			a.missing = append(a.missing, p.name)
		case !unknown(text):
			*p.set = true
		case p.set == &fieldExpiry:
			a.noFieldExpiry = true
		}
	}
	a.list, a.set, a.zset, a.hash = lrange && llen, sscan && scard, zscan && zcard, hscan && hlen
	a.stream = xrange && xinfo && xpending
	return a, nil
}

// dispensable reports whether what the command reads is read by others as well, at a
// greater cost.
func dispensable(command string) bool {
	return command == "MGET" || command == "SRANDMEMBER" || command == "HRANDFIELD"
}

// denial reports whether the text of an error says that an ACL forbids the
// command, not the key.
func denial(text string) bool {
	return strings.HasPrefix(text, "NOPERM") && strings.Contains(text, " run ")
}

// unknown reports whether it says that there is no such command: it is too new
// for the server, or was renamed.
func unknown(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "unknown command") || strings.Contains(text, "unknown subcommand")
}

// serverTime reads the answer to TIME.
func serverTime(v []wire.Value) (time.Time, bool) {
	if len(v) != 2 {
		return time.Time{}, false
	}
	seconds, err1 := strconv.ParseInt(v[0].Text, 10, 64)
	micros, err2 := strconv.ParseInt(v[1].Text, 10, 64)
	return time.UnixMicro(seconds*1e6 + micros), err1 == nil && err2 == nil
}
