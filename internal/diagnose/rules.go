package diagnose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/progress"
)

// Where the service's guide has the matter.
const (
	guide        = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/"
	docPrepare   = guide + "Migration-Prepare.html"
	docStart     = guide + "Migration-Initiate.html"
	docComplete  = guide + "Migration-Complete.html"
	docReference = "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/"
)

// invalidRDB is the service's text for a source whose data it cannot read
// (reported).
var invalidRDB = regexp.MustCompile(`(?i)\binvalid RDB\b`)

func rejectedRDB(text string) bool { return invalidRDB.MatchString(text) }

// rules returns the table: the first that matches counts, so what is certain
// comes before what is a conclusion.
func rules() []rule {
	return slices.Concat(hostRules(), serviceRules(), sourceRules(), passingRules())
}

// hostRules are about what stops a migration on our side.
func hostRules() []rule {
	return []rule{{
		id:      "preflight",
		match:   func(in Input) bool { return in.Blocked != nil },
		cause:   progress.CausePreflight,
		summary: "preflight checks block the migration; nothing was changed",
		remedy:  "see the remedy of each check in the report",
	}, {
		id:      "past-no-return",
		match:   func(in Input) bool { return in.Paused },
		cause:   progress.CauseOutcomeUnknown,
		summary: "the target is promoted or may be, the application is not on it, and writes to the source stay paused",
		remedy:  "do not open the source; look at the group's events and at the role of its primary, and run again with the same plan: it only goes forward",
		doc:     docComplete,
	}, {
		id:      "step",
		match:   func(in Input) bool { return in.Step != "" },
		cause:   progress.CauseStep,
		summary: "a step of the host's workflow failed",
		remedy:  "correct what the error names and run again: steps are called again, and the target goes on replicating if it did",
		// As for the Cutover.
		retryable: true,
	}, {
		id:      "cutover",
		match:   func(in Input) bool { return in.Cutover },
		cause:   progress.CauseCutover,
		summary: "the host's Cutover returned an error",
		remedy:  "correct what the error names and run again: the target goes on replicating, unless completion was requested before",
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
		cause:   progress.CauseRDBRejected,
		summary: "the target cannot read the source's RDB version",
		remedy:  "migrate to a target engine that reads the source's RDB version; Redis 7.4 and later write one that no ElastiCache engine reads",
		doc:     docPrepare,
	}, {
		id:      "permission",
		match:   func(in Input) bool { return in.Class == retry.Permission && in.Code != "" },
		cause:   progress.CausePermission,
		summary: "AWS refused the caller",
		remedy:  "check the credentials and their expiry, and allow the elasticache action that the error names",
		doc:     "https://docs.aws.amazon.com/service-authorization/latest/reference/list_elasticache.html",
	}, {
		id:      "not-found",
		match:   func(in Input) bool { return in.Code == "ReplicationGroupNotFoundFault" },
		cause:   progress.CauseNotFound,
		summary: "the replication group does not exist",
		remedy:  "check the replication group id, the region and the account",
		doc:     docReference + "API_DescribeReplicationGroups.html",
	}, {
		id:      "other-source",
		match:   func(in Input) bool { return in.Busy || in.Code == "ReplicationGroupAlreadyUnderMigrationFault" },
		cause:   progress.CauseTargetBusy,
		summary: "the target is under another migration",
		remedy:  "let the other migration end, or stop it, or choose another replication group",
		doc:     docStart,
	}, {
		id: "not-in-sync",
		match: func(in Input) bool {
			return in.Class == retry.NotInSync || strings.Contains(strings.ToLower(in.Failure.Message), "not in sync")
		},
		cause:     progress.CauseNotInSync,
		summary:   "AWS refused the completion because the ends were not in sync",
		remedy:    "wait until the replication link is up and the lag is small, then complete again",
		doc:       docComplete,
		retryable: true,
	}, {
		id: "invalid-parameter",
		match: func(in Input) bool {
			return slices.Contains([]string{"InvalidParameterValue", "InvalidParameterCombination", "MissingParameter", "ValidationError"}, in.Code)
		},
		cause:   progress.CauseInvalidParameter,
		summary: "AWS refused a parameter of the call",
		remedy:  "change what the message names; a target with in-transit encryption, even if only preferred, is refused at the start (reported)",
		doc:     docPrepare,
	}, {
		id:        "state",
		match:     func(in Input) bool { return in.Class == retry.Busy && in.Code != "" },
		cause:     progress.CauseTargetBusy,
		summary:   "the target stayed in a state in which AWS refuses the call",
		remedy:    "wait until the replication group and all its members are available, then run again",
		doc:       docStart,
		retryable: true,
	}, {
		id:        "throttled",
		match:     func(in Input) bool { return in.Class == retry.Throttled },
		cause:     progress.CauseThrottled,
		summary:   "AWS went on throttling until the retries were used up",
		remedy:    "run again later, poll less often, and look for other callers in the account",
		retryable: true,
	}}
}

// sourceRules conclude from a look at the source why the target could not
// replicate, or why the library itself could not get in.
func sourceRules() []rule {
	return []rule{{
		id: "source-auth",
		match: func(in Input) bool {
			return stopped(in) && in.Probe != nil && strings.HasPrefix(in.Probe.Reply, "NOAUTH")
		},
		cause:   progress.CauseSourceAuth,
		summary: "the source asks for a password, and ElastiCache cannot send one",
		remedy:  "let the source's default user in without a password, and bound access by security groups instead",
		doc:     docPrepare,
	}, {
		id: "source-protected",
		match: func(in Input) bool {
			return stopped(in) && in.Probe != nil && strings.HasPrefix(in.Probe.Reply, "DENIED")
		},
		cause:   progress.CauseSourceUnreachable,
		summary: "the source runs in protected mode and turns other machines away",
		remedy:  "set protected-mode to no on the source, and bound access by security groups instead",
		doc:     docPrepare,
	}, {
		id: "source-unreachable",
		match: func(in Input) bool {
			return stopped(in) && in.Probe != nil && in.Probe.Reply == ""
		},
		cause:     progress.CauseSourceUnreachable,
		summary:   "the source does not answer on its address and port",
		remedy:    "check that it runs, its bind address, and the security groups, network ACLs and routes between the target's subnets and the source",
		doc:       docPrepare,
		retryable: true,
	}, {
		id:      "refused-by-node",
		match:   func(in Input) bool { return in.Class == retry.Permission },
		cause:   progress.CausePermission,
		summary: "a Redis server refused the library's own connection",
		remedy:  "check the username and password given for that end, and what its ACL allows",
	}}
}

// stopped reports whether replication failed or an end was out of reach, so
// that the state of the source may be the reason.
func stopped(in Input) bool {
	return in.Failure.Message != "" || in.LinkNeverUp || in.TimedOut || in.Class == retry.Transport ||
		in.Class == retry.Permission && in.Code == "" || in.Class == retry.Unknown || in.Class == ""
}

// passingRules are what is left when nothing more particular is known.
func passingRules() []rule {
	return []rule{{
		id:      "failed-without-reason",
		match:   func(in Input) bool { return in.Failure.Message != "" },
		cause:   progress.CauseUnknown,
		summary: "AWS says that the migration failed, and gives no reason that is known here",
		remedy:  "look at the source's log at the time of the event, and at the prerequisites: network, renamed commands, RDB version, memory",
		doc:     docPrepare,
	}, {
		id:        "timeout",
		match:     func(in Input) bool { return in.TimedOut },
		cause:     progress.CauseTimeout,
		summary:   "a bounded wait ran out",
		remedy:    "look at the evidence for what was waited for; if it was only slow, raise the limit and run again",
		retryable: true,
	}, {
		id:        "server",
		match:     func(in Input) bool { return in.Class == retry.Server },
		cause:     progress.CauseTransport,
		summary:   "AWS went on answering with its own failures until the retries were used up",
		remedy:    "run again later, and look at the service's health",
		retryable: true,
	}, {
		id:        "transport",
		match:     func(in Input) bool { return in.Class == retry.Transport },
		cause:     progress.CauseTransport,
		summary:   "a connection failed until the retries were used up",
		remedy:    "check the network path to the address that the error names",
		retryable: true,
	}}
}

// unknown is the rule of last resort.
func unknown() rule {
	return rule{
		id:      "unknown",
		cause:   progress.CauseUnknown,
		summary: "no known cause matches",
		remedy:  "look at the evidence",
	}
}
