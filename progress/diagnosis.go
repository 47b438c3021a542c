package progress

import (
	"strings"
)

// Cause is the stable code of why a migration failed.
type Cause string

const (
	// CauseUnknown: no rule matches; the evidence is given verbatim.
	CauseUnknown Cause = "unknown"
	// CauseRDBRejected: the target cannot read the source's RDB version.
	CauseRDBRejected Cause = "rdb_rejected"
	// CauseOutcomeUnknown: the target is promoted or may be, the application
	// is not on it, and writes to the source stay paused.
	CauseOutcomeUnknown Cause = "outcome_unknown"
	// CauseSourceOpen: the target is promoted, and the source took writes after
	// that, which the target lacks.
	CauseSourceOpen Cause = "source_open"
	// CausePreflight: preflight checks block; the report says which and why.
	CausePreflight Cause = "preflight"
	// CauseSourceUnreachable: the target could not become a replica because
	// it could not connect to the source.
	CauseSourceUnreachable Cause = "source_unreachable"
	// CauseNetworkDrop: connections of the target to the source are not answered
	// and not refused: something on the way drops them in silence.
	CauseNetworkDrop Cause = "network_drop"
	// CauseSourceProtected: the source runs in protected mode.
	CauseSourceProtected Cause = "source_protected"
	// CauseSourceTLS: the source's port wants TLS, which ElastiCache does not
	// speak when it replicates.
	CauseSourceTLS Cause = "source_tls"
	// CauseSourceAuth: the source asks for a password; ElastiCache cannot send
	// one.
	CauseSourceAuth Cause = "source_auth"
	// CausePermission: AWS refused the caller.
	CausePermission Cause = "permission"
	// CauseNotFound: the replication group does not exist.
	CauseNotFound Cause = "target_not_found"
	// CauseTargetBusy: the group is in a state in which the call is refused,
	// or migrates from another source.
	CauseTargetBusy Cause = "target_busy"
	// CauseEnded: a migration to the target has ended since the plan was made.
	CauseEnded Cause = "ended"
	// CauseSchedule: the time for the cut-over passed before the target was ready.
	CauseSchedule Cause = "schedule"
	// CauseInvalidParameter: AWS refused a parameter of the call.
	CauseInvalidParameter Cause = "invalid_parameter"
	// CauseThrottled: AWS went on throttling until the retries were used up.
	CauseThrottled Cause = "throttled"
	// CauseNotInSync: AWS refused the completion because the ends were not in
	// sync.
	CauseNotInSync Cause = "not_in_sync"
	// CauseTransport: a connection to AWS or to one of the ends failed until
	// the retries were used up.
	CauseTransport Cause = "transport"
	// CauseTimeout: a bounded wait ran out.
	CauseTimeout Cause = "timeout"
	// CauseCutover: the host's Cutover returned an error.
	CauseCutover Cause = "cutover"
	// CauseStep: a step of the host's workflow failed; the evidence names it.
	CauseStep Cause = "step"
	// CauseTestUnanswered: TestMigration published no verdict, which is not a
	// pass.
	CauseTestUnanswered Cause = "test_unanswered"
)

// Causes of what goes wrong between the two servers. Those that say so lose data
// in silence; a run that sees one ends with it, and does not go on to the cut-over.
const (
	// CauseSyncRenamed: the source has neither PSYNC nor SYNC under their own
	// names, so that a full sync cannot begin.
	CauseSyncRenamed Cause = "sync_renamed"
	// CausePsyncRenamed: the source has no PSYNC under its own name: the link is
	// up without offsets, which then prove nothing. The run ends.
	CausePsyncRenamed Cause = "psync_renamed"
	// CauseReplconfRenamed: the source has no REPLCONF under its own name, and
	// drops the target over and over.
	CauseReplconfRenamed Cause = "replconf_renamed"
	// CauseWriteRenamed: the source has write commands under names that the
	// target does not know, and what they write is lost. The run ends.
	CauseWriteRenamed Cause = "write_renamed"
	// CauseStreamErrors: the target answers commands of the stream with errors, so
	// that what they write is lost; it is not known which. The run ends.
	CauseStreamErrors Cause = "stream_errors"
	// CauseDatabases: the source has data in databases that the target does not
	// have: it cannot load them, or writes land in another one. The run ends in
	// the latter case.
	CauseDatabases Cause = "databases"
	// CauseTargetMemory: the data do not fit into the target's maxmemory: keys are
	// refused, evicted, or will be once it is promoted. The run ends.
	CauseTargetMemory Cause = "target_memory"
	// CauseSaveFailed: the source cannot make the snapshot of a full sync.
	CauseSaveFailed Cause = "save_failed"
	// CauseOutputBuffer: the source drops the target, or is about to, because its
	// output buffer is full.
	CauseOutputBuffer Cause = "output_buffer"
	// CauseReplTimeout: repl-timeout is shorter than a part of the full sync.
	CauseReplTimeout Cause = "repl_timeout"
	// CauseBacklog: a broken link cost a full sync, because the source's backlog
	// did not reach back far enough.
	CauseBacklog Cause = "backlog"
	// CauseSyncLoop: the full sync begins over and over for a reason that is not
	// known.
	CauseSyncLoop Cause = "sync_loop"
	// CauseLinkUnstable: the link breaks again and again.
	CauseLinkUnstable Cause = "link_unstable"
	// CauseLinkSilent: the link is open and nothing comes through.
	CauseLinkSilent Cause = "link_silent"
	// CauseSourceStopped: the source does not answer, and the target has lost it.
	CauseSourceStopped Cause = "source_stopped"
	// CauseSourceRestarted: the source is another process than before.
	CauseSourceRestarted Cause = "source_restarted"
	// CauseSourceFailover: the source has another replication history than
	// before, or has become a replica.
	CauseSourceFailover Cause = "source_failover"
	// CauseUpstreamDown: the source is a replica that has lost its primary.
	CauseUpstreamDown Cause = "upstream_down"
	// CauseTargetReplaced: the target's primary is another process than before.
	CauseTargetReplaced Cause = "target_replaced"
	// CauseNotConverging: the source is written to faster than the target applies.
	CauseNotConverging Cause = "not_converging"
	// CauseStuck: nothing has moved for longer than repl-timeout.
	CauseStuck Cause = "stuck"
)

// Diagnosis is why a migration failed, or what stands against it while it goes
// on, and what to do about it.
type Diagnosis struct {
	// Cause is the stable code.
	Cause Cause `json:"cause"`
	// Summary is one sentence for a person.
	Summary string `json:"summary"`
	// Evidence is what the diagnosis rests on: event texts and error texts,
	// verbatim, and values seen.
	Evidence []string `json:"evidence,omitempty"`
	// Remedy is what to do.
	Remedy string `json:"remedy,omitempty"`
	// DocURL is where the matter is documented; may be empty.
	DocURL string `json:"doc,omitempty"`
	// Detail is a longer text that belongs to the evidence, such as the stack of
	// a panic; String leaves it out. Usually empty.
	Detail string `json:"detail,omitempty"`
	// Retryable tells whether trying again without a change can help.
	Retryable bool `json:"retryable"`
	// NeedsOperator tells that somebody has to change something, or to decide,
	// before the migration can succeed. It is not the opposite of Retryable: what may
	// pass by itself can need somebody too.
	NeedsOperator bool `json:"needs_operator"`
}

// String is the summary, the evidence and the remedy in one line, without the
// detail.
func (d Diagnosis) String() string {
	var b strings.Builder
	b.WriteString(string(d.Cause))
	b.WriteString(": ")
	b.WriteString(d.Summary)
	for i, e := range d.Evidence {
		if i == 0 {
			b.WriteString(" (")
		} else {
			b.WriteString("; ")
		}
		b.WriteString(e)
	}
	if len(d.Evidence) > 0 {
		b.WriteString(")")
	}
	if d.Remedy != "" {
		b.WriteString(": ")
		b.WriteString(d.Remedy)
	}
	return b.String()
}
