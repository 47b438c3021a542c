package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// endRules are about servers that went away or are others than before.
func endRules() []rule {
	return []rule{{
		id: "source-failover", at: always, retryable: true, operator: true,
		match: func(in Input) bool {
			h := in.past()
			h2 := h.changes[sourceRole]
			becameReplica := h2.to == string(redisinfo.Slave) && h2.value == string(redisinfo.Slave)
			return in.ends() && (becameReplica || h.changed(h.last.At, sourceHistory) && !h.changed(h.last.At, sourceRun))
		},
		rests: func(in Input) []string {
			return slices.Concat(in.past().told(sourceHistory, "master_replid"), in.past().told(sourceRole, "role"))
		},
		cause:   progress.CauseSourceFailover,
		sees:    "master_replid of the source is another one than before, or its role is slave now; sync_full grows by one and the target syncs anew",
		summary: "the source took over another replication history, as after a failover, or became a replica",
		remedy:  "let the target sync again, if the source is still the server that the application writes to; if that is another one now, stop the migration (Abort) and begin again from there",
		doc:     docStart,
	}, {
		id: "upstream-down", at: always, retryable: true, operator: true,
		match: func(in Input) bool {
			l := in.past().last
			return in.ends() && l.both() && l.Source.Str("role") == string(redisinfo.Slave) && l.Source.Has("master_link_status") &&
				l.Source.Str("master_link_status") != "up" && l.Source.Int("master_sync_in_progress") == 0
		},
		rests: func(in Input) []string {
			l := in.past().last
			return []string{fmt.Sprintf("the source follows %s:%s, master_link_status:%s, master_link_down_since_seconds:%s; the target's master_link_status:%s",
				l.Source.Str("master_host"), l.Source.Str("master_port"), l.Source.Str("master_link_status"), l.Source.Str("master_link_down_since_seconds"), l.Target.Str("master_link_status"))}
		},
		cause:   progress.CauseUpstreamDown,
		sees:    "the source is a replica, its own master_link_status is down, and that of the target is up",
		summary: "the source is a replica that has lost its primary: the target follows it and goes stale with it",
		remedy:  "bring back the primary above the source, or the link to it",
		doc:     docStart,
	}, {
		id: "source-restarted", at: always, retryable: true, operator: true,
		match: func(in Input) bool { return in.ends() && in.past().changed(in.past().last.At, sourceRun) },
		rests: func(in Input) []string {
			h := in.past()
			return append(h.told(sourceRun, "run_id"), fmt.Sprintf("uptime_in_seconds:%d", h.last.Source.Int("uptime_in_seconds")))
		},
		cause:   progress.CauseSourceRestarted,
		sees:    "run_id of the source is another one than before; the target syncs anew",
		summary: "the source was restarted, or another server has its address",
		remedy:  "let the target sync again; make sure that the source came back with its data (one without persistence comes back empty, and the target with it), and with its settings: those of CONFIG SET are gone",
		doc:     docStart,
	}, {
		id: "source-stopped", at: always, retryable: true, operator: true,
		match: func(in Input) bool {
			h := in.past()
			return in.ends() && h.last.SourceErr != nil && h.last.follows() && !h.last.up()
		},
		rests: func(in Input) []string {
			h := in.past()
			return []string{
				fmt.Sprintf("the source has not answered since %s: %v", h.sourceGone.UTC().Format(time.RFC3339), h.last.SourceErr),
				"master_link_status:down at the target, master_link_down_since_seconds:" + h.last.Target.Str("master_link_down_since_seconds"),
			}
		},
		cause:   progress.CauseSourceStopped,
		sees:    "the source refuses connections; the target's link is down, and master_link_down_since_seconds counts",
		summary: "the source does not answer, and the target has lost it",
		remedy:  "start the source again on the same address; the target connects by itself",
		doc:     docStart,
	}, {
		id: "target-replaced", at: always, retryable: true,
		match:   func(in Input) bool { return in.ends() && in.past().changed(in.past().last.At, targetRun) },
		rests:   func(in Input) []string { return in.past().told(targetRun, "run_id of the target's primary") },
		cause:   progress.CauseTargetReplaced,
		sees:    "run_id of the target's primary is another one than before; its data are those of the new node, and it syncs anew",
		summary: "the target's primary was replaced, restarted or failed over",
		remedy:  "wait until the group and its members are available; if it does not replicate by itself then, run again",
		doc:     docComplete,
	}}
}

// told is a change as evidence; nothing if there was none.
func (h *History) told(i int, what string) []string {
	c := h.changes[i]
	if c.at.IsZero() {
		return nil
	}
	return []string{fmt.Sprintf("%s was %s and is %s since %s", what, c.from, c.to, c.at.UTC().Format(time.RFC3339))}
}

// linkRules are about a link that breaks or through which nothing comes.
func linkRules() []rule {
	return []rule{{
		id: "replconf-renamed", at: always, operator: true,
		match: func(in Input) bool {
			h := in.past()
			nameless := slices.ContainsFunc(h.last.Source.Replicas(), func(r redisinfo.Replica) bool { return strings.HasSuffix(r.Addr, ":0") })
			known := nameless || in.missing("replconf") || in.Probe != nil && strings.HasPrefix(in.Probe.Replconf, "ERR unknown command")
			return in.ends() && known && (h.counters[sourcePartialOK].grown >= loops || looping(in))
		},
		rests: func(in Input) []string {
			h := in.past()
			out := []string{h.tell(sourcePartialOK), h.tell(sourceErrors)}
			for _, r := range h.last.Source.Replicas() {
				out = append(out, "the source lists a replica at "+r.Addr)
			}
			return out
		},
		cause:   progress.CauseReplconfRenamed,
		sees:    "sync_partial_ok of the source grows steadily, the link is up and down in turn, and the source lists the target with port 0",
		summary: "the source does not know REPLCONF by its name: it never hears how far the target is, and drops it over and over",
		remedy:  "remove the line rename-command REPLCONF from the source's redis.conf and restart it",
		doc:     docPrepare,
	}, {
		id: "backlog", at: always, operator: true, retryable: true,
		match: func(in Input) bool {
			h := in.past()
			r := h.resync
			return in.ends() && h.fresh(r.at, h.last.At) && r.refused > 0 && !r.identity
		},
		rests: func(in Input) []string {
			h := in.past()
			return []string{
				h.tell(sourcePartialErr), h.tell(sourceSyncFull),
				fmt.Sprintf("repl_backlog_size:%s at the source, which writes %.0f bytes a second", h.last.Source.Str("repl_backlog_size"), h.last.Sample.SourceWriteRate),
			}
		},
		cause:   progress.CauseBacklog,
		sees:    "the link broke, and sync_full and sync_partial_err of the source grew: the target syncs anew instead of going on",
		summary: "the source's backlog did not reach back to where the link broke, so that it cost a full sync",
		remedy:  "on the source, run CONFIG SET repl-backlog-size with what is written during an outage",
		fix:     backlogFix,
		doc:     docPrepare,
	}, {
		id: "link-unstable", at: always, operator: true, retryable: true,
		match: func(in Input) bool {
			h := in.past()
			return in.ends() && h.drops.since(h.last.At, flapsWithin) >= flaps
		},
		rests: func(in Input) []string {
			h := in.past()
			return []string{fmt.Sprintf("the target's link was seen to break %d times within %v", h.drops.since(h.last.At, flapsWithin), flapsWithin), h.tell(sourcePartialOK)}
		},
		cause:   progress.CauseLinkUnstable,
		sees:    "master_link_status of the target is up and down in turn, and sync_partial_ok of the source grows",
		summary: "the link between the two ends breaks again and again",
		remedy:  "look at the network between the two ends (NAT and firewall time-outs, packet loss, a busy network interface), and at the source's log for why it closes the connection",
		doc:     docStart,
	}, {
		id: "link-silent", at: always, operator: true, retryable: true,
		match: func(in Input) bool {
			l := in.past().last
			r, ok := l.ours()
			return in.ends() && l.both() && l.up() && ok && r.Lag >= silentSeconds && l.Target.Int("master_last_io_seconds_ago") >= silentSeconds
		},
		rests: func(in Input) []string {
			l := in.past().last
			r, _ := l.ours()
			return []string{fmt.Sprintf("the source has not heard of the target for %d s (lag), the target not of the source for %d s (master_last_io_seconds_ago)", r.Lag, l.Target.Int("master_last_io_seconds_ago"))}
		},
		cause:   progress.CauseLinkSilent,
		sees:    "the link is up; lag of the source's slaveN and master_last_io_seconds_ago of the target grow together; after repl-timeout the link is down",
		summary: "the replication connection is open and nothing comes through, in either direction",
		remedy:  "look for what drops packets between the two ends (a firewall that forgot the connection, a route that changed); both ends notice after repl-timeout and connect again",
		doc:     docStart,
	}}
}

const (
	// flaps is how many breaks within flapsWithin make a link unstable. Assumed.
	flaps       = 3
	flapsWithin = 10 * time.Minute
	// silentSeconds is how long both ends have to have heard nothing. A replica
	// acknowledges once a second whatever there is to say.
	silentSeconds = 5
)

// connectRules conclude why the target has no connection to the source.
func connectRules() []rule {
	return []rule{{
		id: "sync-renamed", at: always, operator: true,
		match: func(in Input) bool {
			return notConnected(in) && in.missing("psync") && in.missing("sync")
		},
		rests: func(in Input) []string {
			return append(in.unlinkedSeen(), "not known to the source by their names: psync, sync")
		},
		cause:   progress.CauseSyncRenamed,
		sees:    "master_sync_in_progress of the target flips, sync_full of the source does not grow, no replica is listed",
		summary: "the source knows neither PSYNC nor SYNC by their names, so that no full sync can begin",
		remedy:  "remove the lines rename-command PSYNC and rename-command SYNC from the source's redis.conf and restart it",
		doc:     docPrepare,
	}, {
		id: "link-lost", at: always, operator: true, retryable: true,
		match: func(in Input) bool {
			return notConnected(in) && answered(in) && !in.past().followed.IsZero()
		},
		rests:   func(in Input) []string { return append(in.unlinkedSeen(), in.networkSeen()...) },
		cause:   progress.CauseSourceUnreachable,
		sees:    "the target followed, has lost its connection and does not get a new one; the source answers the library",
		summary: "the target has lost its connection to the source and does not get through any more, although the library does",
		remedy:  "look at what changed between the target's subnets and the source: security groups, network ACLs, routes, firewalls; the target connects by itself when the way is open",
		fix:     networkFix,
		doc:     docPrepare,
	}, {
		id: "network-drop", at: always, operator: true,
		match: func(in Input) bool {
			return notConnected(in) && answered(in) && 2*in.past().unlinked.pending > in.past().unlinked.looks
		},
		rests:   func(in Input) []string { return append(in.unlinkedSeen(), in.networkSeen()...) },
		cause:   progress.CauseNetworkDrop,
		sees:    "ROLE of the target says connecting or handshake for as long as repl-timeout, and again; the source lists no replica, and answers the library",
		summary: "the target's connection to the source is neither refused nor answered: something on the way drops it in silence",
		remedy:  "look at security groups, network ACLs (both directions: they are stateless), routes and firewalls between the target's subnets and the source",
		fix:     networkFix,
		doc:     docPrepare,
	}, {
		id: "not-connected", at: always, operator: true,
		match:   func(in Input) bool { return notConnected(in) && answered(in) },
		rests:   func(in Input) []string { return append(in.unlinkedSeen(), in.networkSeen()...) },
		cause:   progress.CauseSourceUnreachable,
		sees:    "ROLE of the target says connect, the source lists no replica, and answers the library",
		summary: "the target cannot connect to the source, although the library can",
		remedy:  "look at what the two ways do not share: the source's bind address, security groups, network ACLs and routes between the target's subnets and the source",
		fix:     networkFix,
		doc:     docPrepare,
	}}
}

// notConnected reports whether the target has been without a connection for a while.
// Once it has followed, the link may only be broken for a moment.
func notConnected(in Input) bool {
	h := in.past()
	long := h.last.At.Sub(h.unlinked.since) >= patience
	return in.ends() && h.Unlinked() && (long || !in.live)
}

// patience is how long the target may be without a connection before that is taken
// for trouble. It tries once a second.
const patience = 3 * time.Second

func answered(in Input) bool { return in.Probe == nil || in.Probe.Reply == "PONG" }

func (in Input) unlinkedSeen() []string {
	h := in.past()
	return []string{fmt.Sprintf("no connection of the target since %s: ROLE says %s, the source lists %d replicas",
		h.unlinked.since.UTC().Format(time.RFC3339), cmp.Or(string(h.last.Link), "nothing"), len(h.last.Source.Replicas()))}
}

// networkSeen are the checks of the network that fail.
func (in Input) networkSeen() []string {
	var out []string
	for _, f := range in.networkFailed() {
		out = append(out, f.CheckID+": "+f.Observed)
	}
	return out
}

func (in Input) networkFailed() []preflight.Finding {
	var out []preflight.Finding
	if in.Facts == nil {
		return nil
	}
	for _, check := range []string{"source.bind", "network.address", "network.vpc", "network.route", "network.security-group", "network.acl", "network.analyzer"} {
		if f, fails := in.failed(check); fails {
			out = append(out, f)
		}
	}
	return out
}
