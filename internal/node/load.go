package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
)

// Load measures how busy the server is by two looks at INFO, at least window
// apart. With a window of 0 or less there is one look, and only the server's own
// averages are known. It is an error if the server was restarted or changed its
// history in between: call it again ([Classify] says [retry.Busy]).
//
// How many scripts were called is counted since the server was started, or since
// CONFIG RESETSTAT. The averages are since the server was started. That of the input is too low after
// CONFIG RESETSTAT, and that of the stream if no replica was there for a while. The
// latter is 0 if the offset is not the server's own: on a replica, after a promotion,
// and after a restart with a snapshot that has an offset (measured on 7.0).
func (n *Node) Load(ctx context.Context, window time.Duration) (preflight.Load, error) {
	first, err := n.look(ctx)
	if err != nil {
		return preflight.Load{}, err
	}
	if window <= 0 {
		return load(first, first, 0), nil
	}
	began := time.Now()
	timer := time.NewTimer(window)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return preflight.Load{}, n.failed("load", context.Cause(ctx))
	}
	second, err := n.look(ctx)
	if err != nil {
		return preflight.Load{}, err
	}
	took := time.Since(began)
	switch {
	case first.Str("run_id") != second.Str("run_id"):
		return preflight.Load{}, n.failed("load", fmt.Errorf("the server was restarted within %s: %w", took, errChanged))
	case second.Int("master_repl_offset") < first.Int("master_repl_offset"),
		first.Int("repl_backlog_active") == 1 && first.Str("master_replid") != second.Str("master_replid"):
		return preflight.Load{}, n.failed("load", fmt.Errorf("the replication history of the server changed within %s: %w", took, errChanged))
	}
	return load(first, second, took), nil
}

// errChanged tells that two looks are not of one server with one history.
var errChanged = errors.New("what it counts cannot be compared")

// look is INFO and how many scripts that may write were called.
type look struct {
	redisinfo.Info
	scripts int64 // -1 if that was not told
}

// look takes one look, in one round trip. A server that refuses INFO commandstats
// alone, or leaves the section out, does not tell which scripts were called.
func (n *Node) look(ctx context.Context) (look, error) {
	answers, err := n.ask(ctx, []any{"INFO"}, []any{"INFO", "commandstats"})
	if err != nil {
		return look{}, err
	}
	if answers[0].err != nil {
		return look{}, answers[0].err
	}
	text, ok := answers[0].reply.(string)
	if !ok {
		return look{}, n.failed("INFO", fmt.Errorf("reply is %T, not text", answers[0].reply))
	}
	l := look{Info: redisinfo.ParseInfo(text)}
	text, _ = answers[1].reply.(string)
	calls := redisinfo.ParseInfo(text)
	if !calls.HasSection("Commandstats") {
		l.scripts = -1
		return l, nil
	}
	for _, command := range []string{"eval", "evalsha", "fcall"} {
		l.scripts += calls.Calls(command)
	}
	return l, nil
}

// load is what two looks tell.
func load(first, second look, apart time.Duration) preflight.Load {
	per := func(change int64, seconds float64) float64 {
		if seconds <= 0 {
			return 0
		}
		return float64(change) / seconds
	}
	// What goes down was reset, by CONFIG RESETSTAT.
	slope := func(from, to int64) float64 { return per(max(to-from, 0), apart.Seconds()) }
	const kibibyte = 1024
	up := second.Float("uptime_in_seconds")
	l := preflight.Load{
		WindowSeconds: apart.Seconds(),
		OffsetTracked: first.Int("repl_backlog_active") == 1 && second.Int("repl_backlog_active") == 1,
		InputBytesPerSecond: max(second.Float("instantaneous_input_kbps")*kibibyte,
			slope(first.Int("total_net_input_bytes"), second.Int("total_net_input_bytes"))),
		InputAverage:         per(second.Int("total_net_input_bytes"), up),
		Scripts:              second.scripts,
		MemoryBytesPerSecond: per(second.Int("used_memory")-first.Int("used_memory"), apart.Seconds()),
		CommandsPerSecond:    float64(second.Int("instantaneous_ops_per_sec")),
	}
	// When a save ends, the changes from before it began are taken off, and those
	// since remain: then two looks have no slope.
	if first.Str("rdb_last_save_time") == second.Str("rdb_last_save_time") {
		l.ChangesPerSecond = slope(first.Int("rdb_changes_since_last_save"), second.Int("rdb_changes_since_last_save"))
	}
	if !l.OffsetTracked {
		return l
	}
	l.ReplicationBytesPerSecond = slope(first.Int("master_repl_offset"), second.Int("master_repl_offset"))
	// A second offset is where the server took over the history of another.
	if second.Str("role") == string(redisinfo.Master) && second.Int("second_repl_offset") <= 0 {
		l.ReplicationAverage = per(second.Int("master_repl_offset"), up)
	}
	return l
}
