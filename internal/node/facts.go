package node

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
)

// mostDatabases bounds the search for the number of logical databases.
const mostDatabases = 1 << 14

// Facts gathers what the preflight checks need to know of the server. It
// changes nothing. The error is that of INFO, without which nothing is known;
// what else could not be told is a gap whose subject is the field's name in
// JSON, e.g. "databases": the caller knows which part of the facts this is.
func (n *Node) Facts(ctx context.Context) (preflight.Node, []preflight.Gap, error) {
	info, err := n.Info(ctx)
	if err != nil {
		return preflight.Node{}, nil, err
	}
	facts := preflight.Node{
		Address:        n.cfg.Address,
		Engine:         string(info.Engine()),
		Version:        info.VersionText(),
		Role:           info.Str("role"),
		UpstreamLink:   info.Str("master_link_status"),
		ClusterEnabled: info.Int("cluster_enabled") == 1,
		UsedMemory:     info.Int("used_memory"),
		MaxMemory:      info.Int("maxmemory"),
		Keys:           map[int]int64{},
	}
	for db, ks := range info.Keyspace() {
		facts.Keys[db] = ks.Keys
	}
	gaps := missing(info)
	if facts.Databases, err = n.databases(ctx); err != nil {
		gaps = append(gaps, preflight.Gap{Subject: "databases", Reason: err.Error()})
	}
	return facts, gaps, nil
}

// missing are the fields that INFO did not have.
func missing(info redisinfo.Info) []preflight.Gap {
	var gaps []preflight.Gap
	for _, f := range []struct{ subject, field string }{
		{"role", "role"},
		{"cluster_enabled", "cluster_enabled"},
		{"used_memory", "used_memory"},
		{"maxmemory", "maxmemory"},
	} {
		if !info.Has(f.field) {
			gaps = append(gaps, preflight.Gap{Subject: f.subject, Reason: "INFO has no field " + f.field})
		}
	}
	if info.VersionText() == "" {
		gaps = append(gaps, preflight.Gap{Subject: "version", Reason: "INFO has neither valkey_version nor redis_version"})
	}
	return gaps
}

// databases returns the number of logical databases, from CONFIG where it is
// allowed, else by trying. ElastiCache refuses CONFIG (documented).
func (n *Node) databases(ctx context.Context) (int, error) {
	value, ok, err := n.config(ctx, "databases")
	if err == nil && ok {
		count, err := strconv.Atoi(value)
		if err != nil {
			return 0, n.failed("CONFIG GET databases", err)
		}
		return count, nil
	}
	if err != nil && ctx.Err() != nil {
		return 0, err
	}
	count, probeErr := n.probeDatabases(ctx)
	if probeErr != nil && err != nil {
		return 0, fmt.Errorf("%w; and by trying: %w", err, probeErr)
	}
	return count, probeErr
}

// probeDatabases finds the number by SELECT, in 15 steps at most, on a
// connection of its own, so that none is left with another database selected.
func (n *Node) probeDatabases(ctx context.Context) (int, error) {
	own := Open(n.cfg)
	defer own.Close()
	exists := func(db int) (bool, error) {
		_, err := own.do(ctx, "SELECT", db)
		if err != nil && (strings.Contains(err.Error(), "DB index is out of range") ||
			strings.Contains(err.Error(), "invalid DB index")) {
			return false, nil
		}
		return err == nil, err
	}
	low, high := 0, mostDatabases // database low-1 exists, database high does not or is not asked for
	for low < high {
		middle := (low + high) / 2
		ok, err := exists(middle)
		switch {
		case err != nil:
			return 0, err
		case ok:
			low = middle + 1
		default:
			high = middle
		}
	}
	if low == mostDatabases {
		return 0, n.failed("SELECT", fmt.Errorf("there are %d databases or more", mostDatabases))
	}
	return low, nil
}
