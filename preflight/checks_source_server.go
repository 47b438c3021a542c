package preflight

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// serverChecks are about what kind of server the source is.
func serverChecks() []Check {
	return []Check{
		{
			ID: "source.version", Title: "The source is recent enough",
			Detail: "Compares the source's own version with the oldest that the guide named for many years (documented; its later wording is any supported version).",
			DocURL: guide + "OnlineMigration.html",
			Judge:  onSource("Valkey, or Redis "+floor().String()+" or later", judgeVersion, "version"),
		},
		{
			ID: "source.cluster-mode", Title: "Cluster mode is off on the source",
			Detail: "Looks at cluster_enabled in the source's INFO. Both ends have to be in the same mode (documented), and this library migrates groups without cluster mode.",
			DocURL: guide + "OnlineMigration.html",
			Judge:  judgeSourceCluster,
		},
		{
			ID: "source.role", Title: "The source is a primary, or the end of a chain of replicas that is whole",
			Detail: "A replica may be the source (documented). Then the chain is walked up to its primary, and each link has to be up: while one is down, the target's own link stays up and its data goes stale in silence (measured).",
			DocURL: guide + "Migration-Initiate.html",
			Judge:  judgeSourceRole,
		},
		{
			ID: "source.fence", Title: "Writes to the source can be paused",
			Detail: "A cut-over that loses nothing pauses writes on the source, by the library's fence or by the host's own means, and waits until the target has the source's last offset. On a replica that proves nothing: writes that its primary acknowledged and has not passed on are in no offset that the replica tells (measured), so a cut-over from one is refused. A fence is the first of these that is known to be there: CLIENT PAUSE WRITE with min-replicas-to-write (Redis 6.2.7 and later, Valkey), min-replicas-to-write alone (6.0.20, or where CLIENT PAUSE is not allowed), ACL (6.0 and later where CONFIG is not allowed, and the versions in which scripts pass min-replicas-to-write), min-replicas-to-write all the same if the host states that no client runs scripts or transactions, the host's gate alone; the finding says which, why no better one, and what is weaker. What may be run is asked with ACL DRYRUN, or with arguments that are refused.",
			DocURL: guide + "Migration-Complete.html",
			Judge:  judgeFence,
		},
		renamedCommands(), disabledCommands(),
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

func (v version) less(w version) bool {
	for i := range v {
		if v[i] != w[i] {
			return v[i] < w[i]
		}
	}
	return false
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

// olderThanClusters tells whether the source surely has no cluster mode; its INFO
// does not tell then.
func (f Facts) olderThanClusters() bool {
	return f.Source != nil && f.seenSource().before(firstCluster())
}

func judgeSourceCluster(f Facts) Finding {
	const required = "cluster mode disabled"
	if f.olderThanClusters() {
		return passed("Redis "+f.Source.Version+" has no cluster mode").finding(f.sourceName(), required)
	}
	return onSource(required, func(n Node) verdict {
		if n.ClusterEnabled {
			return failed("cluster mode enabled",
				"migrate from a server with cluster-enabled no in redis.conf (it takes a restart, and a server of its own: a shard holds only its slots)")
		}
		return passed("cluster mode disabled")
	}, "cluster_enabled")(f)
}
