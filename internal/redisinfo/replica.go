package redisinfo

import (
	"net"
	"slices"
	"strconv"
)

// Replica is one replica as its primary sees it.
type Replica struct {
	// Addr is the address that the replica announces, "host:port".
	Addr string
	// State is, e.g., "wait_bgsave", "send_bulk" or "online". ROLE does not
	// tell it; then it is empty. With a diskless full sync it becomes "online"
	// before the replica has loaded the data (measured on 7.0).
	State string
	// Offset is the offset that the replica acknowledged last: up to a second
	// old, because replicas acknowledge once a second.
	Offset int64
	// Lag is the seconds since the last acknowledgement; -1 if not told.
	Lag int64
}

// Replicas returns the replicas that INFO lists, in the server's order. A
// replica that is still connecting is not listed by the server.
func (i Info) Replicas() []Replica {
	byIndex := map[int]Replica{}
	var order []int
	for field, value := range i.fields {
		n, ok := numbered(field, "slave")
		if !ok {
			continue
		}
		attrs := attributes(value)
		if attrs["ip"] == "" || attrs["port"] == "" {
			continue
		}
		r := Replica{
			Addr:  net.JoinHostPort(attrs["ip"], attrs["port"]),
			State: attrs["state"],
			Lag:   -1,
		}
		if offset, err := strconv.ParseInt(attrs["offset"], 10, 64); err == nil {
			r.Offset = offset
		}
		if lag, err := strconv.ParseInt(attrs["lag"], 10, 64); err == nil {
			r.Lag = lag
		}
		if _, dup := byIndex[n]; !dup {
			order = append(order, n)
		}
		byIndex[n] = r
	}
	slices.Sort(order)
	out := make([]Replica, 0, len(order))
	for _, n := range order {
		out = append(out, byIndex[n])
	}
	return out
}
