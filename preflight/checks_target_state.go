package preflight

import (
	"cmp"
	"fmt"
	"strings"
)

// targetStateChecks tell whether the group is there and at rest, and stays so.
func targetStateChecks() []Check {
	return []Check{
		{
			ID: "target.exists", Title: "The replication group exists",
			Detail: "The service is asked for the group by its id, in the region and account of the credentials. Documented: a migration goes into a group that exists; it creates none.",
			DocURL: pagePrepare, Judge: judgeExists,
		},
		{
			ID: "target.status", Title: "The replication group is available",
			Detail: "Looks at the status of the group as a whole. Documented: the service refuses to start a migration in any other status than available.",
			DocURL: pagePrepare,
			Judge:  onTarget(`status "available"`, judgeStatus, "status"),
		},
		{
			ID: "target.members", Title: "Every member of the group is available",
			Detail: "Looks at the status of each cache cluster of the group: the group can be available while one of them is being replaced or rebooted. Documented: a migration cannot be completed while a node is replaced; that a start fails as well is assumed.",
			DocURL: pagePrepare,
			Judge:  withTarget(`status "available" of each member`, judgeMembers),
		},
		{
			ID: "target.pending-changes", Title: "No change waits to be applied",
			Detail: "Looks at the pending values of the group and of its members. Assumed: one that is applied while the migration runs, for instance in the maintenance window, replaces or restarts a node and breaks it off.",
			DocURL: guide + "Clusters.Modify.html", Severity: Warning,
			Judge: withTarget("no pending changes of the group and its members", judgePending),
		},
		{
			ID: "target.windows", Title: "No maintenance or snapshot falls into the migration",
			Detail: "Compares the maintenance windows of the members, and the snapshot window if snapshots are taken, with the forecast of the full sync plus one hour for the cut-over (assumed), counted from the moment at which the facts were gathered. " +
				"Documented: a node that is replaced makes the completion fail; that a snapshot disturbs the sync is assumed. Without a forecast only that hour is judged, and the rest is unknown.",
			DocURL: guide + "maintenance-window.html", Severity: Warning,
			Judge: withTarget("no maintenance window and no snapshot window between now and the end of the cut-over", judgeWindows),
		},
	}
}

func judgeExists(f Facts) Finding {
	const required = "a replication group with this id in this region and account"
	if f.Target == nil || f.absent("target.exists") != "" {
		return unknown(f.why("target.exists", "target"), showTarget).finding("replication group", required)
	}
	t := *f.Target
	v := passed("exists")
	if !t.Exists {
		v = failed("the service knows no such group",
			"check id, region and account with: aws elasticache describe-replication-groups"+
				"; create the group if it is not there yet (cluster mode disabled, no in-transit encryption, no AUTH, Multi-AZ)")
	}
	return v.finding(cmp.Or(t.ID, "replication group"), required)
}

// A group that migrates already does not come here: a run attaches to it.
func judgeStatus(t Target) verdict {
	observed := fmt.Sprintf("status %q", t.Status)
	switch t.Status {
	case "":
		return unknown("the service gave no status", lookAt(t))
	case "available":
		return passed(observed)
	case "migrating":
		return failed(observed, "a migration is under way: let it end, or stop it, before another one starts")
	default:
		return failed(observed, "wait until the present change is over: "+await(t))
	}
}

// showMembers is what to do when a member was not seen. What was seen of the
// others counts first: one that is not as it should be fails the check.
const showMembers = "allow the action elasticache:DescribeCacheClusters, and look with: aws elasticache describe-cache-clusters --show-cache-node-info"

// judgeMembers leaves members that are busy because the whole group is to
// target.status: it cannot be told how they are when that is over.
func judgeMembers(f Facts, t Target) verdict {
	var busy, silent, waits []string
	for _, m := range t.Members {
		switch m.Status {
		case "available":
		case "":
			silent = append(silent, m.ID)
		default:
			busy = append(busy, fmt.Sprintf("%s is %q", m.ID, m.Status))
			waits = append(waits, "aws elasticache wait cache-cluster-available --cache-cluster-id "+m.ID)
		}
	}
	switch {
	case len(busy) > 0 && t.Status != "available":
		return unknown(strings.Join(busy, ", ")+fmt.Sprintf("; the group itself has status %q", t.Status), "see target.status")
	case len(busy) > 0:
		return failed(strings.Join(busy, ", "), "wait for it: "+strings.Join(waits, " && "))
	case len(t.Members) == 0 || len(silent) > 0 || f.absent("target.members") != "":
		return unknown(fmt.Sprintf("%d of %d members available, others %s", len(t.Members)-len(silent), len(t.Members), f.why("target.members")), showMembers)
	default:
		return passed(fmt.Sprintf("%d members, all available", len(t.Members)))
	}
}

// judgePending leaves what a group that is being changed has pending to
// target.status: it may be just that change.
func judgePending(f Facts, t Target) verdict {
	var pending []string
	seen := len(t.Members) > 0
	if len(t.PendingChanges) > 0 {
		pending = append(pending, cmp.Or(t.ID, "group")+": "+strings.Join(t.PendingChanges, ", "))
	}
	for _, m := range t.Members {
		if len(m.PendingChanges) > 0 {
			pending = append(pending, m.ID+": "+strings.Join(m.PendingChanges, ", "))
		}
		seen = seen && m.Status != ""
	}
	reason, missing := f.gap("target", []string{"pending_changes", "members"})
	observed := strings.Join(pending, "; ")
	switch {
	case len(pending) > 0 && t.Status != "available":
		return unknown(observed+fmt.Sprintf("; the group has status %q, which may be this change", t.Status), "see target.status")
	case len(pending) > 0:
		return failed(observed, "have it applied before the migration: repeat the change with --apply-immediately (Terraform: apply_immediately = true) and wait: "+
			await(t)+"; or take it back by a change to the present value")
	case missing:
		return unknown(reason, showMembers)
	case !seen:
		return unknown("the group has none; members "+f.why("target.members"), showMembers)
	default:
		return passed("none")
	}
}
