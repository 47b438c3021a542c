package preflight

import (
	"cmp"
	"strconv"
	"strings"
)

// judgeSourceAuth judges in the order in which a replica without credentials
// would be refused: PING, REPLCONF, then PSYNC or SYNC.
func judgeSourceAuth(f Facts) Finding {
	return onProbe("PONG to PING and OK to REPLCONF without credentials, and PSYNC and SYNC allowed to the default user", func(p Probe) verdict {
		if v := f.judgePing(p); v.outcome != Pass {
			return v
		}
		if v := f.judgeReplconf(p); v.outcome != Pass {
			return v
		}
		return f.judgeDefaultUser(p.greeting())
	}, "tls", "reply", "replconf")(f)
}

// greeting is what came back.
func (p Probe) greeting() string {
	s := "answered " + strconv.Quote(p.Reply)
	if p.Replconf != "" {
		s += " to PING and " + strconv.Quote(p.Replconf) + " to REPLCONF"
	}
	return s
}

// The error codes were seen on Redis 7.0.
func (f Facts) judgePing(p Probe) verdict {
	switch replyCode(p.Reply) {
	case "PONG":
		return passed("")
	case "":
		if p.TLS {
			return unknown("the answer was a TLS record", "see source.tls")
		}
		return unknown("no answer: "+cmp.Or(p.Err, "no reason given"), "see source.reachable")
	case "NOAUTH", "WRONGPASS":
		return failed(p.greeting(), f.passwordRemedy())
	case "NOPERM":
		return failed(p.greeting(), f.permissionRemedy())
	case "DENIED":
		return unknown(p.greeting(), "see source.protected-mode")
	default:
		return unknown(p.greeting()+": neither PONG nor an answer about credentials", "bring the server into a state in which it answers PING with PONG, e.g. wait until it has loaded its data")
	}
}

func (f Facts) judgeReplconf(p Probe) verdict {
	switch replyCode(p.Replconf) {
	case "OK":
		return passed("")
	case "":
		return unknown(p.greeting()+"; what it answers to REPLCONF was not asked", "gather the facts anew, or send REPLCONF capa psync2 without credentials by hand: the answer has to be OK")
	case "NOPERM":
		return failed(p.greeting(), f.permissionRemedy())
	case "NOAUTH", "WRONGPASS":
		return failed(p.greeting(), f.passwordRemedy())
	case "ERR":
		return unknown(p.greeting(), "see source.renamed-commands")
	default:
		return unknown(p.greeting(), "send REPLCONF capa psync2 without credentials by hand, until the answer is OK")
	}
}

// judgeDefaultUser judges what cannot be tried without starting a replication.
func (f Facts) judgeDefaultUser(seen string) verdict {
	const byHand = "on the source, run ACL GETUSER default by hand: it has to allow ping, replconf, psync and sync; if it does not, run ACL SETUSER default on nopass +ping +replconf +psync +sync"
	n := f.Source
	switch {
	case n == nil || f.absent("source.version") != "" || f.absent("source.engine") != "":
		return unknown(seen+"; whether the default user may run PSYNC and SYNC was "+f.why("source.default_user_denied", "source", "source.version", "source.engine"), byHand)
	case n.before(version{6, 0, 0}):
		return passed(seen + "; Redis " + n.Version + " has no ACL")
	case len(n.DefaultUserDenied) > 0:
		return failed(seen+"; the default user may not run "+strings.ToUpper(strings.Join(n.DefaultUserDenied, ", ")), f.permissionRemedy())
	case n.DefaultUserDenied == nil || f.absent("source.default_user_denied") != "":
		return unknown(seen+"; whether the default user may run PSYNC and SYNC was "+f.why("source.default_user_denied"), byHand)
	default:
		return passed(seen + "; the default user may run PSYNC and SYNC")
	}
}

// passwordRemedy takes the password away after whoever sends it. That AUTH with
// one argument is an error then was measured on 7.0.
func (f Facts) passwordRemedy() string {
	const own = ", and so is the library's: leave out Options.SourceRedis.Password unless it belongs to an ACL user. Then, "
	const away = "on the source, run CONFIG SET requirepass \"\""
	const after = " (and the same in redis.conf); keep strangers away by security groups meanwhile"
	const cannot = "ElastiCache cannot send a password. "
	if f.Source != nil && f.Source.before(version{6, 0, 0}) {
		return cannot + "First move the applications to no AUTH at all: without a password on the server AUTH is answered with an error" + own + away + after
	}
	return cannot + "First move the applications to an ACL user of their own (AUTH with user and password, which goes on to work; from Redis 6.0 on), or to no AUTH at all: without the password AUTH with one argument is answered with an error" + own +
		away + " or, where ACLs are used, ACL SETUSER default on nopass" + after
}

func (f Facts) permissionRemedy() string {
	return "the default user lacks permissions, and ElastiCache can use no other: on the source, run ACL SETUSER default on nopass +ping +replconf +psync +sync (and the same in redis.conf or the ACL file); it needs no keys"
}
