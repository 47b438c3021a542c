package preflight

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// accessChecks are about the way to the source.
func accessChecks() []Check {
	const prepare = guide + "Migration-Prepare.html"
	return []Check{
		{
			ID: "source.address", Title: "The source has a private address and is not ElastiCache's own",
			Detail: "Looks at what the source's address resolves to where the library runs. The target's nodes connect from inside their VPC, and the migration is not meant for moving data out of another ElastiCache group (documented)." +
				" A public IPv4 address passes if a network interface of the VPC has it, and so does a global IPv6 address, of which it cannot be told otherwise; of a name with addresses of both versions, only those count that the target's network type uses, IPv4 before IPv6 (assumed). A loopback address passes if the target is on loopback too, as with a simulator. That an ElastiCache node names itself in its INFO is assumed.",
			DocURL: prepare, UnknownSeverity: Warning, Judge: judgeSourceAddress,
		},
		{
			ID: "source.reachable", Title: "The source answers on its address",
			Detail: "Connects to the source's address as the target will and waits for any answer to a PING. The library's place in the network is not the target's: a pass here does not replace the network checks.",
			DocURL: prepare, Judge: onProbe("a TCP connection and an answer", judgeReachable, "reached", "tls", "reply"),
		},
		{
			ID: "source.tls", Title: "The source's port speaks Redis without TLS",
			Detail: "The answer to a plain PING must not be a TLS record. In-transit encryption has to be off on the target (documented), so that it replicates in clear (assumed); with a port that wants TLS, a replica never gets beyond connecting (measured).",
			DocURL: prepare, UnknownSeverity: Warning, Judge: judgeTLS,
		},
		{
			ID: "source.auth", Title: "The source asks for no credentials",
			Detail: "PING and REPLCONF without credentials have to be answered with PONG and OK, and the ACL's default user has to be allowed PSYNC and SYNC: the request that starts a migration has no field for a password (documented). With a password, the target tries in vain about once a second (measured)." +
				" Whether the default user may run PSYNC and SYNC is asked by ACL DRYRUN, which came with Redis 7.0: on 6.x it cannot be told without starting a replication.",
			DocURL: prepare, Waivable: NeverWaived, UnknownSeverity: Warning, Judge: judgeSourceAuth,
		},
		{
			ID: "source.protected-mode", Title: "Protected mode is off on the source",
			Detail: "Looks at the setting protected-mode, which has to be no (documented), and for the answer DENIED. A server in protected mode refuses whoever does not come over loopback (measured), so that a PONG to a connection through a tunnel proves nothing.",
			DocURL: prepare, UnknownSeverity: Warning, Judge: judgeProtectedMode,
		},
		{
			ID: "source.bind", Title: "The source listens on the address that the target is given",
			Detail: "Compares the setting bind with the source's address: it has to admit connections from the target's nodes (documented). Behind address translation or a load balancer the two differ rightly, and the result is unknown. A wildcard of one address family does not cover the other (measured).",
			DocURL: prepare, UnknownSeverity: Warning,
			Judge: onConfig("bind names the source's address or a wildcard", judgeBind, "config.bind"),
		},
	}
}

func judgeReachable(p Probe) verdict {
	host, port := splitAddress(p.Address)
	switch {
	case p.Reached && p.TLS:
		return passed("connected; the answer was TLS")
	case p.Reached && p.Reply != "":
		return passed("answered " + strconv.Quote(p.Reply))
	case p.Reached:
		return failed("connected, but no answer in the Redis protocol: "+cmp.Or(p.Err, "nothing came back"),
			fmt.Sprintf("check that %s is the port of a Redis or Valkey (redis.conf: port %s), and that nothing between here and there takes the connection instead", p.Address, port))
	default:
		return failed("no connection: "+cmp.Or(p.Err, "no reason given"),
			fmt.Sprintf("check that the server runs, listens on %s (bind in redis.conf; the address has to be one that the target can reach), and that firewalls and security groups admit TCP port %s", host, port))
	}
}

// splitAddress is lenient: the parts only fill a remedy.
func splitAddress(address string) (host, port string) {
	host, port = address, "6379"
	if i := strings.LastIndexByte(address, ':'); i >= 0 {
		host, port = strings.Trim(address[:i], "[]"), address[i+1:]
	}
	return cmp.Or(host, "<private address>"), cmp.Or(port, "6379")
}

func judgeTLS(f Facts) Finding {
	return onProbe("an answer in the Redis protocol, without TLS", func(p Probe) verdict {
		switch {
		case p.TLS:
			return failed("the answer was a TLS record", tlsRemedy(f.Source))
		case p.Reached && p.Reply != "":
			return passed("answered " + strconv.Quote(p.Reply) + " in clear")
		default:
			return unknown("no answer: "+cmp.Or(p.Err, "no reason given"), "see source.reachable")
		}
	}, "reached", "tls", "reply")(f)
}

func tlsRemedy(n *Node) string {
	const keep = "; tls-replication may stay as it is: it is about what the source itself follows; keep strangers off the plain port by security groups"
	if n == nil || n.Config == nil {
		return "give the source's plain port; if it has none, open one (redis.conf: port 6379)" + keep
	}
	if n.Config.Port > 0 {
		return fmt.Sprintf("give port %d, the source's plain port, instead", n.Config.Port) + keep
	}
	plain := 6379
	if n.Config.TLSPort == plain {
		plain = 6380
	}
	return fmt.Sprintf("open a plain port and give that: redis.conf: port %d (%s)%s",
		plain, n.atOnce(settable(), fmt.Sprintf("port %d", plain)), keep)
}

func judgeProtectedMode(f Facts) Finding {
	const required = "protected-mode no"
	const remedy = "on the source, over its loopback interface, run CONFIG SET protected-mode no (it takes effect at once), and set protected-mode no in redis.conf; admit only the target's addresses by security groups"
	if p := f.SourceProbe; p != nil && replyCode(p.Reply) == "DENIED" {
		return failed("answered "+strconv.Quote(p.Reply), remedy).finding(f.sourceName(), required)
	}
	found := onConfig(required, func(_ Facts, n Node, c NodeConfig) verdict {
		switch {
		case c.ProtectedMode == "no":
			return passed("protected-mode no")
		case c.ProtectedMode == "yes":
			return failed("protected-mode yes", remedy)
		case c.ProtectedMode == "" && n.before(version{3, 2, 0}):
			return passed("Redis " + n.Version + " has no protected mode")
		default:
			return unknown("protected-mode "+strconv.Quote(c.ProtectedMode), showConfig)
		}
	}, "config.protected_mode")(f)
	if p := f.SourceProbe; found.Outcome == Unknown && p != nil && replyCode(p.Reply) == "PONG" {
		found.Observed += "; that the probe got PONG proves little, since protected mode lets in whoever comes over loopback, also by a tunnel"
	}
	return found
}
