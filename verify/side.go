package verify

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// side is one of the two servers.
type side struct {
	name     string // "source" or "target"
	options  redis.Options
	waitFor  time.Duration
	limits   Limits
	can      abilities
	server   string // engine and version
	version  int    // major*100 + minor, of the Redis that it is compatible with
	run      string // the process, when the comparison began
	role     string
	clock    time.Duration // by how much its clock is ahead of ours
	control  *line
	throttle *throttle

	expiringFields bool // its version lets fields of hashes expire

	bytes    atomic.Int64
	keys     atomic.Int64
	restarts atomic.Int64
}

// newSide returns the side of a client.
func newSide(name string, client *redis.Client, limits Limits, o Options) *side {
	s := &side{name: name, options: *client.Options(), waitFor: o.WaitFor, limits: limits}
	s.can.info = true
	s.control = s.line(0)
	s.throttle = newThrottle(limits)
	return s
}

// line returns a new connection in the database, made when it is used.
func (s *side) line(db int) *line { return &line{side: s, db: db} }

// open connects, and finds out what the server is and may be asked.
func (s *side) open(ctx context.Context) error {
	err := s.ask(ctx, func(l *link) error {
		v, err := l.Ask("INFO", "everything")
		if text, denied := refused(err); denied {
			if !denial(text) {
				return fmt.Errorf("verify: INFO on the %s: %w", s.name, err)
			}
			s.can.info = false
		} else if err != nil {
			return err
		}
		s.read(v.Text)
		if field(v.Text, "cluster_enabled") == "1" {
			return &stopError{fmt.Errorf("%w: the %s", ErrCluster, s.name)}
		}
		if s.can, err = probe(l, s.can.info); err != nil {
			return err
		}
		if s.expiringFields { // the command that tells when was renamed
			s.can.noFieldExpiry = false
		}
		return s.readClock(l)
	})
	var stop *stopError
	if errors.As(err, &stop) {
		return stop.error
	}
	if err != nil {
		return fmt.Errorf("verify: the %s: %w", s.name, err)
	}
	if !s.can.scan {
		return fmt.Errorf("%w: SCAN on the %s, without which nothing can be compared", ErrForbidden, s.name)
	}
	return nil
}

// ask calls fn on the control connection, and again if the server is replaced.
func (s *side) ask(ctx context.Context, fn func(*link) error) error {
	return steady(ctx, s.control, fn)
}

// steady is line.do for what does not mind that the server was replaced.
func steady(ctx context.Context, n *line, fn func(*link) error) error {
	for {
		if err := n.do(ctx, fn); !errors.Is(err, errRestarted) {
			return err
		}
	}
}

// read takes from INFO what the server is.
func (s *side) read(info string) {
	s.server, s.role, s.run = "unknown", field(info, "role"), field(info, "run_id")
	version := field(info, "redis_version")
	if version != "" {
		s.server = "redis " + version
	}
	s.version = versionNumber(version)
	s.expiringFields = s.version >= 704
	if v := field(info, "valkey_version"); v != "" {
		s.server, s.expiringFields = "valkey "+v, versionNumber(v) >= 900
	}
}

// versionNumber is a version as major*100 + minor; 0 if it is not known.
func versionNumber(version string) int {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return 0
	}
	major, _ := strconv.Atoi(parts[0])
	minor, _ := strconv.Atoi(parts[1])
	return major*100 + minor
}

// readClock finds by how much the server's clock is ahead of ours: the middle of
// the quickest of a few round trips.
func (s *side) readClock(l *link) error {
	if !s.can.time {
		return nil
	}
	best := time.Hour
	for range 5 {
		began := time.Now()
		v, err := l.Ask("TIME")
		if err != nil {
			return err
		}
		trip := time.Since(began)
		if at, ok := serverTime(v.Array); ok && trip < best {
			best, s.clock = trip, at.Sub(began.Add(trip/2))
		}
	}
	return nil
}

// now is the server's time in milliseconds since 1970.
func (s *side) now() int64 { return time.Now().Add(s.clock).UnixMilli() }

// keyspace is how many keys each database has, those included that are expired
// and not removed yet.
func (s *side) keyspace(ctx context.Context) (map[int]int64, error) {
	sizes := map[int]int64{}
	err := s.ask(ctx, func(l *link) error {
		clear(sizes)
		v, err := l.Ask("INFO", "keyspace")
		if err != nil {
			return err
		}
		for line := range strings.SplitSeq(v.Text, "\n") {
			var db int
			var keys int64
			if n, _ := fmt.Sscanf(line, "db%d:keys=%d", &db, &keys); n == 2 {
				sizes[db] = keys
			}
		}
		return nil
	})
	return sizes, err
}

// field returns the value of a field of INFO; "" if it is not there.
func field(info, name string) string {
	for line := range strings.SplitSeq(info, "\n") {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimRight(value, "\r")
		}
	}
	return ""
}

// goOn counts on from what an earlier part of the comparison counted.
func (s *side) goOn(before Side) {
	s.keys.Add(before.Keys)
	s.bytes.Add(before.Bytes)
	s.restarts.Add(int64(before.Restarts))
	s.throttle.slowest.Store(max(s.throttle.slowest.Load(), int64(before.WorstPing)))
}

// report returns what the report says of the side.
func (s *side) report() Side {
	return Side{
		Server: s.server, Role: s.role, Keys: s.keys.Load(), Bytes: s.bytes.Load(),
		WorstPing: s.throttle.worst(), Restarts: int(s.restarts.Load()),
	}
}
