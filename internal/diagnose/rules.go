package diagnose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// Where the matter is documented.
const (
	guide          = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/"
	docPrepare     = guide + "Migration-Prepare.html"
	docTest        = guide + "Migration-Test.html"
	docStart       = guide + "Migration-Initiate.html"
	docComplete    = guide + "Migration-Complete.html"
	docMemory      = guide + "redis-memory-management.html"
	docReference   = "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/"
	docPersistence = "https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/"
)

// invalidRDB is the service's text for a source whose data it cannot read
// (reported).
var invalidRDB = regexp.MustCompile(`(?i)\binvalid RDB\b`)

// replaced is assumed: the guide describes the event and does not give its text.
var replaced = regexp.MustCompile(`(?i)\breplac(ed|ement|ing)\b`)

const rdbRemedy = "migrate to a target engine that reads the source's RDB version; Redis 7.4 and later write one that no ElastiCache engine reads"

func rejectedRDB(text string) bool { return invalidRDB.MatchString(text) }

// rules returns the table: the first that matches counts, so what is certain
// comes before what is a conclusion.
func rules() []rule {
	return slices.Concat(hostRules(), serviceRules(), answerRules(), lossRules(), endRules(), sourceRules(), connectRules(),
		linkRules(), syncRules(), []rule{unansweredRule()}, passingRules())
}

// hostRules are about what stops a migration on our side.
func hostRules() []rule {
	return []rule{{
		id:       "preflight",
		match:    func(in Input) bool { return in.Blocked != nil },
		cause:    progress.CausePreflight,
		sees:     "the report has findings that block",
		operator: true,
		summary:  "preflight checks block the migration; nothing was changed",
		remedy:   "see the remedy of each check in the report",
	}, {
		id:       "source-open",
		match:    func(in Input) bool { return in.SourceOpen },
		cause:    progress.CauseSourceOpen,
		sees:     "a write of the library's own was executed by the source, or the source had become a replica, after the target was promoted",
		operator: true,
		summary:  "the target is promoted, and the source took writes after that, which the target lacks",
		remedy:   "stop whoever writes to the source, and compare both ends, as with cachelift verify; what only the source has is to be brought over by hand: ElastiCache does not replicate back",
		doc:      docComplete,
	}, {
		id:       "past-no-return",
		match:    func(in Input) bool { return in.Paused },
		cause:    progress.CauseOutcomeUnknown,
		sees:     "the run ended after CompleteMigration was requested and before the application was switched",
		operator: true,
		summary:  "the target is promoted or may be, the application is not on it, and writes to the source stay paused",
		remedy:   "do not open the source; look at the group's events and at the role of its primary, and run again with the same plan: it only goes forward",
		doc:      docComplete,
	}, {
		id:       "step",
		match:    func(in Input) bool { return in.Step != "" },
		cause:    progress.CauseStep,
		sees:     "the run ends with the error of the step",
		operator: true,
		summary:  "a step of the host's workflow failed",
		remedy:   "correct what the error names and run again: steps are called again, and the target goes on replicating if it did",
		// As for the Cutover.
		retryable: true,
	}, {
		id:       "cutover",
		match:    func(in Input) bool { return in.Cutover },
		cause:    progress.CauseCutover,
		sees:     "the run ends with the error of PauseWrites, Switch, ResumeWrites or WritesPaused",
		operator: true,
		summary:  "the host's Cutover returned an error",
		remedy:   "correct what the error names and run again: the target goes on replicating, unless completion was requested before",
		// Whether it helps to try again is the host's to know; nothing at AWS
		// stands against it.
		retryable: true,
	}}
}

// serviceRules go by what ElastiCache answered or published.
func serviceRules() []rule {
	return []rule{{
		id: "rdb-rejected",
		match: func(in Input) bool {
			return rejectedRDB(in.Failure.Message) || in.Err != nil && rejectedRDB(in.Err.Error())
		},
		cause:    progress.CauseRDBRejected,
		sees:     "the event \"Migration operation failed for replication group X because of invalid RDB received\", and the status is available again (reported)",
		operator: true,
		summary:  "the target cannot read the source's RDB version",
		remedy:   rdbRemedy,
		doc:      docPrepare,
	}, {
		id:       "permission",
		match:    func(in Input) bool { return in.Class == retry.Permission && in.Code != "" },
		cause:    progress.CausePermission,
		sees:     "AccessDenied, ExpiredToken and the like",
		operator: true,
		summary:  "AWS refused the caller",
		remedy:   "check the credentials and their expiry, and allow the elasticache action that the error names",
		doc:      "https://docs.aws.amazon.com/service-authorization/latest/reference/list_elasticache.html",
	}, {
		id:       "not-found",
		match:    func(in Input) bool { return in.Code == "ReplicationGroupNotFoundFault" },
		cause:    progress.CauseNotFound,
		sees:     "ReplicationGroupNotFoundFault",
		operator: true,
		summary:  "the replication group does not exist",
		remedy:   "check the replication group id, the region and the account",
		doc:      docReference + "API_DescribeReplicationGroups.html",
	}, {
		id:       "other-source",
		match:    func(in Input) bool { return in.Busy || in.Code == "ReplicationGroupAlreadyUnderMigrationFault" },
		cause:    progress.CauseTargetBusy,
		sees:     "ReplicationGroupAlreadyUnderMigrationFault, or the target follows another server",
		operator: true,
		summary:  "the target is under another migration",
		remedy:   "let the other migration end, or stop it, or choose another replication group",
		doc:      docStart,
	}, {
		id:       "ended",
		match:    func(in Input) bool { return in.Ended },
		cause:    progress.CauseEnded,
		sees:     "the target is a primary, an event says that a migration was completed, and writes to the source are open",
		operator: true,
		summary:  "a migration to the target has ended since the plan was made: it was aborted, or it finished and the source was opened again",
		remedy:   "to migrate once more make a new plan; if the application is on the target already, there is nothing to do",
		doc:      docComplete,
	}, {
		id:       "schedule",
		match:    func(in Input) bool { return in.Missed },
		cause:    progress.CauseSchedule,
		sees:     "the target is in sync, and the schedule's last time is over",
		operator: true,
		summary:  "the time for the cut-over passed before the target was ready; writes were not paused, and it goes on following",
		remedy:   "run again with another schedule",
	}}
}

// answerRules go by what it answered to a call, or published about a completion.
func answerRules() []rule {
	return []rule{{
		id: "not-in-sync",
		match: func(in Input) bool {
			return in.Class == retry.NotInSync || strings.Contains(strings.ToLower(in.Failure.Message), "not in sync")
		},
		cause:     progress.CauseNotInSync,
		sees:      "an event after CompleteMigration (its text is not documented), and the status stays migrating",
		summary:   "AWS refused the completion because the ends were not in sync",
		remedy:    "wait until the replication link is up and the lag is small, then complete again",
		doc:       docComplete,
		retryable: true,
	}, {
		id:        "node-replacement",
		match:     func(in Input) bool { return replaced.MatchString(in.Failure.Message) },
		cause:     progress.CauseTargetReplaced,
		sees:      "an event after CompleteMigration says that a node is being replaced (its text is not documented), and the status stays migrating",
		summary:   "AWS refused the completion because a node of the target is being replaced",
		remedy:    "wait until the group and its members are available, then complete again",
		doc:       docComplete,
		retryable: true,
	}, {
		id: "invalid-parameter",
		match: func(in Input) bool {
			return slices.Contains([]string{"InvalidParameterValue", "InvalidParameterCombination", "MissingParameter", "ValidationError"}, in.Code)
		},
		cause:    progress.CauseInvalidParameter,
		sees:     "InvalidParameterValue, InvalidParameterCombination",
		operator: true,
		summary:  "AWS refused a parameter of the call",
		remedy:   "change what the message names; a target with in-transit encryption, even if only preferred, is refused at the start (reported)",
		doc:      docPrepare,
	}, {
		id:        "state",
		match:     func(in Input) bool { return in.Class == retry.Busy && in.Code != "" },
		cause:     progress.CauseTargetBusy,
		sees:      "InvalidReplicationGroupState, InvalidCacheClusterState for as long as was tried",
		summary:   "the target stayed in a state in which AWS refuses the call",
		remedy:    "wait until the replication group and all its members are available, then run again",
		doc:       docStart,
		retryable: true,
	}, {
		id:        "throttled",
		match:     func(in Input) bool { return in.Class == retry.Throttled },
		cause:     progress.CauseThrottled,
		sees:      "Throttling for as long as was tried",
		summary:   "AWS went on throttling until the retries were used up",
		remedy:    "run again later, poll less often, and look for other callers in the account",
		retryable: true,
	}}
}

// sourceRules conclude from a look at the source why the target could not
// replicate, or why the library itself could not get in.
func sourceRules() []rule {
	return []rule{{
		id: "source-auth", at: always,
		match: func(in Input) bool {
			return lost(in) && in.Probe != nil && strings.HasPrefix(in.Probe.Reply, "NOAUTH")
		},
		cause:    progress.CauseSourceAuth,
		sees:     "the target's link is down and was never up; the source answers a PING without credentials with NOAUTH",
		operator: true,
		summary:  "the source asks for a password, and ElastiCache cannot send one",
		remedy:   "let the source's default user in without a password, and bound access by security groups instead",
		doc:      docPrepare,
	}, {
		id: "source-acl", at: always,
		match: func(in Input) bool { return lost(in) && (noPermission(in.Probe) || len(in.denied()) > 0) },
		rests: func(in Input) []string {
			if len(in.denied()) == 0 {
				return nil
			}
			return []string{"the default user of the source may not run " + strings.Join(in.denied(), ", ")}
		},
		cause:    progress.CauseSourceAuth,
		sees:     "the target's link is down and was never up; the source answers PING, REPLCONF or PSYNC without credentials with NOPERM",
		operator: true,
		summary:  "the source's default user may not replicate, and ElastiCache comes as that user",
		remedy:   "on the source, run ACL SETUSER default +ping +replconf +psync +sync, store that (ACL SAVE or CONFIG REWRITE), and bound access by security groups",
		doc:      docPrepare,
	}, {
		id: "source-protected", at: always,
		match: func(in Input) bool {
			return lost(in) && in.Probe != nil && strings.HasPrefix(in.Probe.Reply, "DENIED")
		},
		cause:    progress.CauseSourceProtected,
		sees:     "the target's link is down and was never up; the source answers a PING with DENIED",
		operator: true,
		summary:  "the source runs in protected mode and turns other machines away",
		remedy:   "set protected-mode to no on the source, and bound access by security groups instead",
		doc:      docPrepare,
	}, {
		id: "source-tls", at: always,
		match:    func(in Input) bool { return lost(in) && in.Probe != nil && in.Probe.TLS },
		cause:    progress.CauseSourceTLS,
		sees:     "ROLE of the target says connect; a plain PING to the source's port is answered by a TLS record or not at all",
		operator: true,
		summary:  "the source's port wants TLS, which ElastiCache does not speak when it replicates",
		remedy:   "open a plain port on the source (port in redis.conf, beside tls-port), and start again with that",
		doc:      docPrepare,
	}, {
		id: "source-not-redis", at: always,
		match:    func(in Input) bool { return lost(in) && in.Probe != nil && in.Probe.Reached && in.Probe.Reply == "" },
		cause:    progress.CauseSourceUnreachable,
		sees:     "ROLE of the target says connect; something takes the connection at the source's address and does not answer as a Redis does",
		operator: true,
		summary:  "what listens on the source's address and port does not answer as a Redis",
		remedy:   "check the port, and whether a proxy or load balancer takes the connection",
		doc:      docPrepare,
	}, {
		id: "source-unreachable", at: always,
		match: func(in Input) bool {
			return lost(in) && in.Probe != nil && in.Probe.Reply == ""
		},
		cause:     progress.CauseSourceUnreachable,
		sees:      "ROLE of the target says connect; nothing answers at the source's address, or it refuses",
		operator:  true,
		summary:   "the source does not answer on its address and port",
		remedy:    "check that it runs, its bind address, and the security groups, network ACLs and routes between the target's subnets and the source",
		doc:       docPrepare,
		retryable: true,
	}, {
		id:       "refused-by-node",
		match:    func(in Input) bool { return in.Class == retry.Permission },
		cause:    progress.CausePermission,
		sees:     "NOPERM, WRONGPASS and the like",
		operator: true,
		summary:  "a Redis server refused the library's own connection",
		remedy:   "check the username and password given for that end, and what its ACL allows",
	}}
}

// noPermission reports whether the source let in the probe and not what it asked.
func noPermission(p *preflight.Probe) bool {
	return p != nil && (strings.HasPrefix(p.Reply, "NOPERM") || strings.HasPrefix(p.Replconf, "NOPERM"))
}

// denied are the commands of replication that the source's default user may not run.
func (in Input) denied() []string {
	if in.Facts == nil || in.Facts.Source == nil {
		return nil
	}
	return in.Facts.Source.DefaultUserDenied
}

// lost reports whether the target has no connection, or a run ended because
// replication failed or an end was out of reach, so that what the source answers may
// be the reason.
func lost(in Input) bool {
	if in.live {
		return notConnected(in)
	}
	return stopped(in)
}

// stopped reports whether replication failed or an end was out of reach, so
// that the state of the source may be the reason.
func stopped(in Input) bool {
	return in.Failure.Message != "" || in.LinkNeverUp || in.TimedOut || in.Class == retry.Transport ||
		in.Class == retry.Permission && in.Code == "" || in.Class == retry.Unknown || in.Class == ""
}

// unansweredRule is about a test that ended without a word.
func unansweredRule() rule {
	return rule{
		id: "test-unanswered", at: onTheWay,
		match:     func(in Input) bool { return in.Unanswered },
		cause:     progress.CauseTestUnanswered,
		sees:      "after TestMigration the status is available again and no event says what came of it, or the status does not come back",
		summary:   "TestMigration published no verdict; that is not a pass",
		remedy:    "wait: StartMigration does not depend on it, and tells; Workflow.Without(progress.StateTesting) leaves the test out",
		doc:       docTest,
		retryable: true,
	}
}

// passingRules are what is left when nothing more particular is known.
func passingRules() []rule {
	return []rule{{
		id:       "failed-without-reason",
		match:    func(in Input) bool { return in.Failure.Message != "" },
		cause:    progress.CauseUnknown,
		sees:     "the event \"Migration operation failed for replication group X.\" and nothing that explains it",
		operator: true,
		summary:  "AWS says that the migration failed, and gives no reason that is known here",
		remedy:   "look at the source's log at the time of the event, and at the prerequisites: network, renamed commands, RDB version, memory",
		doc:      docPrepare,
	}, {
		id:        "timeout",
		match:     func(in Input) bool { return in.TimedOut },
		cause:     progress.CauseTimeout,
		sees:      "the run ends after Options.SyncTimeout, MaxWritePause or one of Options.Assume",
		operator:  true,
		summary:   "a bounded wait ran out",
		remedy:    "look at the evidence for what was waited for; if it was only slow, raise the limit and run again",
		retryable: true,
	}, {
		id:        "server",
		match:     func(in Input) bool { return in.Class == retry.Server },
		cause:     progress.CauseTransport,
		sees:      "HTTP status 5xx for as long as was tried",
		summary:   "AWS went on answering with its own failures until the retries were used up",
		remedy:    "run again later, and look at the service's health",
		retryable: true,
	}, {
		id:        "transport",
		match:     func(in Input) bool { return in.Class == retry.Transport },
		cause:     progress.CauseTransport,
		sees:      "connection errors for as long as was tried",
		summary:   "a connection failed until the retries were used up",
		remedy:    "check the network path to the address that the error names",
		retryable: true,
	}}
}

// unknown is the rule of last resort.
func unknown() rule {
	return rule{
		id:       "unknown",
		operator: true,
		cause:    progress.CauseUnknown,
		sees:     "none of the above",
		summary:  "no known cause matches",
		remedy:   "look at the evidence",
	}
}
