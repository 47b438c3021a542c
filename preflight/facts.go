package preflight

import (
	"encoding/json"
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
	// a field of one of them, e.g. "target.databases" or "network.route_tables".
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

// Fence is what an examination of the source found about pausing writes on it.
// Nothing was changed to find out.
type Fence struct {
	// Ready tells whether the source can be fenced.
	Ready bool `json:"ready"`
	// Reason is why not.
	Reason string `json:"reason,omitempty"`
}

// Address is what the address of the source stands for, as it was resolved
// where the facts were gathered.
type Address struct {
	// Host is the address as it was given: a name or an IP address.
	Host string `json:"host"`
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
	// InputBytesPerSecond is what all clients send, an upper bound of the
	// former: the greater of the slope and the server's own average.
	InputBytesPerSecond float64 `json:"input_bytes_per_second"`
	// ChangesPerSecond is the slope of the number of changes to the data set; 0
	// also if a save began in between.
	ChangesPerSecond float64 `json:"changes_per_second"`
	// CommandsPerSecond is the server's own average, reads included.
	CommandsPerSecond float64 `json:"commands_per_second"`
	// LinkBytesPerSecond is the speed of the network between the two ends as
	// the host knows it; 0 if it does not.
	LinkBytesPerSecond float64 `json:"link_bytes_per_second,omitempty"`
}
