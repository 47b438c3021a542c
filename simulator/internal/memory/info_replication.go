package memory

import (
	"fmt"
	"strconv"
)

// What a primary says of a replica.
const (
	stateWait   = "wait_bgsave"
	stateSend   = "send_bulk"
	stateOnline = "online"
)

// state is the replica's state as its upstream shows it. With a streamed sync
// it turns "online" before the replica has loaded.
func (l *link) state() string {
	switch {
	case l.phase == phaseLoading || l.phase == phaseUp:
		return stateOnline
	case l.sync != nil && l.sync.saving > 0 && l.replica.world.at.Sub(l.sync.begun) >= l.sync.saving:
		return stateSend
	}
	return stateWait
}

func (s *Server) infoReplication(r *report) {
	if s.link == nil {
		r.add("role", "master")
	} else {
		r.add("role", "slave")
		s.infoLink(r, s.link)
	}
	r.add("connected_slaves", len(s.replicas))
	if least := s.number("min-replicas-to-write"); least > 0 && s.number("min-replicas-max-lag") > 0 {
		r.add("min_slaves_good_slaves", s.goodReplicas())
	}
	for i, l := range s.replicas {
		line := fmt.Sprintf("ip=%s,port=%d,state=%s,offset=%d,lag=%d", l.replica.spec.IP, l.replica.spec.Port, l.state(), l.ackOffset, l.lag())
		if s.version.engine == "valkey" && s.version.atLeast(8, 0) {
			line += ",type=replica"
		}
		r.add("slave"+strconv.Itoa(i), line)
	}
	if s.version.engine == "valkey" && s.version.atLeast(8, 0) {
		r.add("replicas_waiting_psync", 0)
	}
	if s.version.atLeast(6, 2) {
		r.add("master_failover_state", "no-failover")
	}
	if s.version.atLeast(4, 0) {
		r.add("master_replid", s.replID)
		r.add("master_replid2", s.replID2)
	}
	r.add("master_repl_offset", s.offset)
	if s.version.atLeast(4, 0) {
		r.add("second_repl_offset", s.secondFrom)
	}
	first, length := int64(0), int64(0)
	if s.backlog != nil {
		first = s.backlogFirst()
		length = s.offset - first + 1
	}
	r.add("repl_backlog_active", number(s.backlog != nil))
	r.add("repl_backlog_size", s.config["repl-backlog-size"])
	r.add("repl_backlog_first_byte_offset", first)
	r.add("repl_backlog_histlen", length)
}

// infoLink are the fields of a replica.
func (s *Server) infoLink(r *report, l *link) {
	up := l.phase == phaseUp
	r.add("master_host", l.host)
	r.add("master_port", l.port)
	r.add("master_link_status", map[bool]string{true: "up", false: "down"}[up])
	lastIO := int64(-1)
	if up {
		lastIO = s.seconds(l.lastIO, -1)
	}
	r.add("master_last_io_seconds_ago", lastIO)
	syncing := l.phase == phaseSync || l.phase == phaseLoading
	r.add("master_sync_in_progress", number(syncing))
	if s.version.atLeast(6, 2) {
		r.add("slave_read_repl_offset", s.offset)
	}
	r.add("slave_repl_offset", s.offset)
	if syncing {
		s.infoSync(r, l)
	}
	if !up {
		r.add("master_link_down_since_seconds", s.seconds(l.down, -1))
	}
	r.add("slave_priority", s.config["replica-priority"])
	r.add("slave_read_only", number(s.config["replica-read-only"] == "yes"))
	if s.version.atLeast(6, 2) {
		r.add("replica_announced", 1)
	}
}

// infoSync is the progress of a full sync. A streamed one has no known total:
// -1 before its first byte, 0 afterwards.
func (s *Server) infoSync(r *report, l *link) {
	read, total, perc := l.read(), int64(-1), "-0.00"
	left := total
	switch {
	case l.sync == nil:
	case read > 0 && l.sync.saving > 0:
		total = l.sync.snapshot.size
		perc = strconv.FormatFloat(100*float64(read)/float64(max(total, 1)), 'f', 2, 64)
		left = total - read
	case read > 0:
		total, left, perc = 0, -read, "0.00"
	}
	if s.version.atLeast(6, 2) {
		r.add("master_sync_total_bytes", total)
		r.add("master_sync_read_bytes", read)
		r.add("master_sync_left_bytes", left)
		r.add("master_sync_perc", perc)
	} else {
		r.add("master_sync_left_bytes", left)
	}
	quiet := int64(0)
	if l.sync != nil && l.sync.halted {
		quiet = s.seconds(l.lastIO, 0)
	}
	r.add("master_sync_last_io_seconds_ago", quiet)
}
