package preflight

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Facts is what was seen of both ends and of the network between them. A nil
// part was not seen; Gaps says why. Facts is plain data: a test can write it by
// hand, it holds no secrets, and it survives JSON ([WriteFacts], [ReadFacts]).
type Facts struct {
	// GatheredAt is when gathering ended. Forecasts and windows count from it.
	GatheredAt time.Time `json:"gathered_at"`
	// Target is what the ElastiCache API tells of the replication group.
	Target *Target `json:"target,omitempty"`
	// TargetNode is what the group's primary node tells of itself.
	TargetNode *Node `json:"target_node,omitempty"`
	// Source is what the self-hosted server tells of itself.
	Source *Node `json:"source,omitempty"`
	// Upstream is the chain of primaries above a source that is a replica, the
	// nearest first. A Gap "upstream" says where it could not be followed.
	Upstream []Node `json:"upstream,omitempty"`
	// SourceAddress is what the address of the source stands for.
	SourceAddress *Address `json:"source_address,omitempty"`
	// SourceProbe is what a connection without credentials to the source
	// got, which is what ElastiCache will get.
	SourceProbe *Probe `json:"source_probe,omitempty"`
	// Load is how busy the source was while the facts were gathered.
	Load *Load `json:"load,omitempty"`
	// Network is the EC2 side, read by preflight/vpc.
	Network *Network `json:"network,omitempty"`
	// Fence tells whether writes can be paused on the source itself; nil when
	// the host pauses them by means of its own.
	Fence *Fence `json:"fence,omitempty"`
	// Extra is what the host's own sources of facts found, by their names.
	Extra map[string]json.RawMessage `json:"extra,omitempty"`
	// Gaps are the facts that could not be gathered, with the reason.
	Gaps []Gap `json:"gaps,omitempty"`
}

// Gap names facts that are absent and why.
type Gap struct {
	// Subject is the part of [Facts] that is missing, by its JSON names:
	// "target", "target_node", "source", "upstream", "source_address",
	// "source_probe", "load", "network", "fence", the name of a [FactSource], or
	// a field of one of them, e.g. "target.databases", "network.route_tables" or
	// "source.config.bind". No built-in check passes by a field that has a gap, is in
	// one, or has a part with one, unless another fact stands in.
	Subject string `json:"subject"`
	// Reason is the error that prevented gathering, without secrets.
	Reason string `json:"reason"`
}

// Reason returns why the facts of subject are absent, or "" if no gap is
// recorded for it.
func (f Facts) Reason(subject string) string {
	for _, g := range f.Gaps {
		if g.Subject == subject {
			return g.Reason
		}
	}
	return ""
}

// absent returns why subject was not seen as a whole: the reason of a gap for it,
// for what it is a part of, or for a part of it. Gaps below one of the subjects in
// but do not count.
func (f Facts) absent(subject string, but ...string) string {
	for _, g := range f.Gaps {
		if g.Reason != "" && (within(g.Subject, subject) || within(subject, g.Subject)) &&
			!slices.ContainsFunc(but, func(s string) bool { return within(g.Subject, s) }) {
			return g.Reason
		}
	}
	return ""
}

// within tells whether a subject is another one or a part of it.
func within(subject, whole string) bool {
	rest, ok := strings.CutPrefix(subject, whole)
	return ok && whole != "" && (rest == "" || rest[0] == '.')
}

// seenSource is the source with no more of engine and version than was seen. It
// must not be asked for without a source.
func (f Facts) seenSource() Node {
	n := *f.Source
	if f.absent("source.engine") != "" {
		n.Engine = ""
	}
	if f.absent("source.version") != "" {
		n.Version = ""
	}
	return n
}

// Address is what the address of the source stands for, as it was resolved
// where the facts were gathered.
type Address struct {
	// Host is the address as it was given: a name or an IP address.
	Host string `json:"host"`
	// Port is the TCP port of the source.
	Port int `json:"port"`
	// IPs are the IP addresses that it stands for, at least one.
	IPs []string `json:"ips"`
}

// Probe is the answer to a plain PING without credentials.
type Probe struct {
	// Address is where it was sent, "host:port".
	Address string `json:"address"`
	// Reached tells whether a TCP connection was established.
	Reached bool `json:"reached"`
	// TLS tells that the answer was a TLS record: the port wants TLS.
	TLS bool `json:"tls,omitempty"`
	// Reply is what came back: "PONG", or the server's error such as
	// "NOAUTH Authentication required.".
	Reply string `json:"reply,omitempty"`
	// Err is the error of the attempt when no reply came.
	Err string `json:"err,omitempty"`
	// Replconf is what came back to REPLCONF capa psync2, with which a replica
	// greets after PONG: "OK", or the server's error such as "NOPERM ..."; empty
	// if it was not asked.
	Replconf string `json:"replconf,omitempty"`
}

// Load is how busy the source was, from two looks at its INFO.
type Load struct {
	// WindowSeconds is the time between the two looks; 0 if there was but one,
	// and then only the server's own averages are known.
	WindowSeconds float64 `json:"window_seconds"`
	// OffsetTracked tells whether the source counted its replication offset: it
	// does only while it has a backlog, that is once it had a replica (Redis 7.0,
	// measured: the offset of a primary that never had one stays 0).
	OffsetTracked bool `json:"offset_tracked"`
	// ReplicationBytesPerSecond is the slope of the replication offset, the
	// rate at which a replica has to be fed. Only if OffsetTracked.
	ReplicationBytesPerSecond float64 `json:"replication_bytes_per_second"`
	// ReplicationAverage is the average of the same since the server was
	// started, in bytes per second. Only if OffsetTracked.
	ReplicationAverage float64 `json:"replication_average"`
	// InputBytesPerSecond is what all clients send: the greater of the slope
	// and the server's own average. A script may write much more than it is sent.
	InputBytesPerSecond float64 `json:"input_bytes_per_second"`
	// InputAverage is the average of the same since the server was started, in
	// bytes per second.
	InputAverage float64 `json:"input_average"`
	// Scripts is how many calls of scripts and functions (EVAL, EVALSHA, FCALL)
	// the server counted since its statistics began; -1 if it did not tell,
	// because INFO commandstats was refused.
	Scripts int64 `json:"scripts"`
	// MemoryBytesPerSecond is the slope of used_memory; negative while it
	// shrinks.
	MemoryBytesPerSecond float64 `json:"memory_bytes_per_second"`
	// ChangesPerSecond is the slope of the number of changes to the data set; 0
	// also if a save ended in between, which takes the changes from before it began
	// off the counter.
	ChangesPerSecond float64 `json:"changes_per_second"`
	// CommandsPerSecond is the server's own average, reads included.
	CommandsPerSecond float64 `json:"commands_per_second"`
	// LinkBytesPerSecond is the speed of the network between the two ends as
	// the host knows it; 0 if it does not.
	LinkBytesPerSecond float64 `json:"link_bytes_per_second,omitempty"`
}
