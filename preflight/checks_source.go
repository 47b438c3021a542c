package preflight

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// sourceChecks are about the self-hosted server.
func sourceChecks() []Check {
	const prepare = guide + "Migration-Prepare.html"
	return []Check{
		{
			ID: "source.reachable", Title: "The source answers on its address",
			DocURL: prepare,
			Judge:  onProbe("a TCP connection and an answer in the Redis protocol, without TLS", judgeReachable),
		},
		{
			ID: "source.auth", Title: "The source asks for no credentials",
			DocURL: prepare, Waivable: NeverWaived,
			Judge: onProbe("PONG to a PING without credentials", judgeSourceAuth),
		},
		{
			ID: "source.version", Title: "The source is recent enough",
			DocURL: guide + "OnlineMigration.html",
			Judge:  onSource("Valkey, or Redis "+floor().String()+" or later", judgeVersion, "version"),
		},
		{
			ID: "source.cluster-mode", Title: "Cluster mode is off on the source",
			DocURL: guide + "OnlineMigration.html",
			Judge:  judgeSourceCluster,
		},
		{
			ID: "source.role", Title: "The source is a primary",
			DocURL: guide + "Migration-Initiate.html",
			Judge:  onSource("role master", judgeRole, "role"),
		},
		{
			ID: "source.fence", Title: "Writes to the source can be paused",
			DocURL: guide + "Migration-Complete.html",
			Judge:  judgeFence,
		},
	}
}

// judgeRole refuses a replica although ElastiCache accepts one: writes that its
// primary has acknowledged and not passed on are in no offset that it tells, so
// that a cut-over could lose them unseen. Who waives it can get in sync; the
// cut-over refuses still.
func judgeRole(n Node) verdict {
	switch n.Role {
	case "master":
		return passed("role master")
	case "slave":
		return failed("role slave: "+cmp.Or(n.UpstreamLink, "unknown")+" link to its primary",
			"give the address of its primary as the source")
	default:
		return unknown("role "+strconv.Quote(n.Role), showSource)
	}
}

func judgeFence(f Facts) Finding {
	subject := "source"
	if f.Source != nil {
		subject = cmp.Or(f.Source.Address, subject)
	}
	const required = "a server that can be fenced, or a host that pauses writes itself"
	switch {
	case f.Fence != nil && !f.Fence.Ready:
		return failed(f.Fence.Reason, "allow CONFIG GET and CONFIG SET of min-replicas-to-write to the user that the fence connects as, or give a Cutover of your own").finding(subject, required)
	case f.Fence != nil:
		return passed("the server can be fenced").finding(subject, required)
	case f.Reason("fence") != "":
		return unknown(f.Reason("fence"), showSource).finding(subject, required)
	default:
		return passed("not asked for: the host pauses writes").finding(subject, required)
	}
}

func judgeReachable(p Probe) verdict {
	host, port := splitAddress(p.Address)
	switch {
	case p.Reached && p.Reply != "":
		return passed("answered " + strconv.Quote(p.Reply))
	case p.Reached:
		return failed("connected, but no answer in the Redis protocol: "+cmp.Or(p.Err, "nothing came back"),
			fmt.Sprintf("check that %s is the plain port of a Redis or Valkey and not its TLS port: ElastiCache connects without TLS (redis.conf: port %s)", p.Address, port))
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

// Documented: the source must not ask for AUTH, and protected mode must be
// off. The error codes were seen on Redis 7.0.
func judgeSourceAuth(p Probe) verdict {
	reply := strings.TrimPrefix(p.Reply, "-")
	observed := "answered " + strconv.Quote(p.Reply)
	switch code, _, _ := strings.Cut(reply, " "); code {
	case "PONG", "+PONG":
		return passed(observed)
	case "":
		return unknown("no answer: "+cmp.Or(p.Err, "no reason given"), "see source.reachable")
	case "NOAUTH", "WRONGPASS":
		return failed(observed, `ElastiCache cannot send a password: on the source, run CONFIG SET requirepass "" or, where ACLs are used, ACL SETUSER default on nopass`+
			" (and the same in redis.conf); keep strangers away by security groups meanwhile")
	case "NOPERM":
		return failed(observed, "the default user lacks permissions, and ElastiCache can use no other: on the source, run ACL SETUSER default on nopass +ping +replconf +psync +sync +info")
	case "DENIED":
		return failed(observed, "on the source, run CONFIG SET protected-mode no over the loopback interface, and set protected-mode no in redis.conf; admit only the target's addresses by security groups")
	default:
		return unknown(observed+": neither PONG nor an answer about credentials", "bring the server into a state in which it answers PING with PONG, e.g. wait until it has loaded its data")
	}
}

type version [3]int

// floor is documented by all editions of the guide up to 2025; the later
// wording is "any supported version".
func floor() version { return version{2, 8, 21} }

// firstCluster is the first Redis that has a cluster mode; INFO of an older
// one has no such field.
func firstCluster() version { return version{3, 0, 0} }

func (v version) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

// parseVersion reads "7.0.15"; missing parts are 0, a suffix such as "-rc1" is
// left out.
func parseVersion(s string) (version, bool) {
	var v version
	s, _, _ = strings.Cut(s, "-")
	parts := strings.Split(s, ".")
	if len(parts) > len(v) {
		parts = parts[:len(v)]
	}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 {
			return version{}, false
		}
		v[i] = n
	}
	return v, true
}

func judgeVersion(n Node) verdict {
	observed := strings.TrimSpace(cmp.Or(n.Engine, "unknown engine") + " " + cmp.Or(n.Version, "without a version"))
	v, ok := parseVersion(n.Version)
	switch {
	case !ok || (n.Engine != "redis" && n.Engine != "valkey"):
		return unknown(observed, "let INFO server show redis_version or valkey_version, and compare it with "+floor().String())
	case n.Engine == "valkey":
		// Valkey began at 7.2.
		return passed(observed)
	case v.less(floor()):
		return failed(observed, "upgrade the source to Redis "+floor().String()+" or later, or replicate to a newer server first and migrate from that")
	default:
		return passed(observed)
	}
}

func (v version) less(w version) bool {
	for i := range v {
		if v[i] != w[i] {
			return v[i] < w[i]
		}
	}
	return false
}

func judgeSourceCluster(f Facts) Finding {
	const required = "cluster mode disabled"
	if n := f.Source; n != nil {
		if v, ok := parseVersion(n.Version); ok && n.Engine == "redis" && v.less(firstCluster()) {
			return passed("Redis "+n.Version+" has no cluster mode").finding(cmp.Or(n.Address, "source"), required)
		}
	}
	return onSource(required, func(n Node) verdict {
		if n.ClusterEnabled {
			return failed("cluster mode enabled",
				"migrate from a server with cluster-enabled no in redis.conf (it takes a restart, and a server of its own: a shard holds only its slots)")
		}
		return passed("cluster mode disabled")
	}, "cluster_enabled")(f)
}
