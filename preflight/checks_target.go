package preflight

import (
	"cmp"
	"fmt"
	"strings"
)

// targetChecks are about the replication group as the service describes it.
func targetChecks() []Check {
	const prepare = guide + "Migration-Prepare.html"
	return []Check{
		{
			ID: "target.exists", Title: "The replication group exists",
			DocURL: prepare, Judge: judgeExists,
		},
		{
			ID: "target.status", Title: "The replication group is available",
			DocURL: prepare,
			Judge:  onTarget(`status "available"`, judgeStatus, "status"),
		},
		{
			ID: "target.cluster-mode", Title: "Cluster mode is off on the target",
			DocURL: guide + "OnlineMigration.html",
			Judge:  onTarget("cluster mode disabled", judgeTargetCluster, "cluster_enabled", "cluster_mode"),
		},
		{
			ID: "target.in-transit-encryption", Title: "In-transit encryption is off on the target",
			DocURL: prepare, Waivable: NeverWaived,
			Judge: onTarget("in-transit encryption disabled, not even preferred", judgeTransit, "transit_encryption", "transit_encryption_mode"),
		},
		{
			ID: "target.auth", Title: "AUTH and user groups are off on the target",
			DocURL: prepare, Waivable: NeverWaived,
			Judge: onTarget("no AUTH token and no user group", judgeTargetAuth, "auth_token", "user_groups"),
		},
		{
			ID: "target.multi-az", Title: "Multi-AZ is on",
			DocURL: prepare,
			Judge:  onTarget("Multi-AZ enabled and automatic failover enabled", judgeMultiAZ, "multi_az", "automatic_failover"),
		},
	}
}

// modify begins the command line that changes the group. The flags were
// compared with the help of the AWS CLI 1.45.
func modify(t Target, flags string) string {
	return fmt.Sprintf("aws elasticache modify-replication-group --replication-group-id %s %s --apply-immediately", t.ID, flags)
}

// await is the command line that waits for a change to be over.
func await(t Target) string {
	return "aws elasticache wait replication-group-available --replication-group-id " + t.ID
}

func judgeExists(f Facts) Finding {
	const required = "a replication group with this id in this region and account"
	if f.Target == nil {
		return unknown(f.why("target"), showTarget).finding("replication group", required)
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

// Documented: StartMigration is refused unless the group is available. A
// group that migrates already does not come here: a run attaches to it.
func judgeStatus(t Target) verdict {
	observed := fmt.Sprintf("status %q", t.Status)
	switch t.Status {
	case "":
		return unknown("the service gave no status", "look at it with: aws elasticache describe-replication-groups --replication-group-id "+t.ID)
	case "available":
		return passed(observed)
	case "migrating":
		return failed(observed, "a migration is under way: let it end, or stop it, before another one starts")
	default:
		return failed(observed, "wait until the present change is over: "+await(t))
	}
}

// The guide offers cluster mode disabled to disabled and enabled to enabled;
// only the first is built here. It does not say what happens in the mode
// "compatible".
func judgeTargetCluster(t Target) verdict {
	observed := fmt.Sprintf("cluster mode %s, ClusterEnabled %t", cmp.Or(t.ClusterMode, "not given"), t.ClusterEnabled)
	remedy := "cluster mode cannot be turned off on a group: create a new one with it disabled and migrate to that"
	switch {
	case t.ClusterEnabled || t.ClusterMode == "enabled":
		return failed(observed, remedy)
	case t.ClusterMode == "compatible":
		return unknown(observed+": how a migration behaves in this mode is not documented", remedy)
	default:
		return passed(observed)
	}
}

// Documented: in-transit encryption has to be off. Reported: StartMigration
// is refused in the mode "preferred" too, and turning it off needs
// ApplyImmediately.
func judgeTransit(t Target) verdict {
	if !t.TransitEncryption && t.TransitEncryptionMode == "" {
		return passed("disabled")
	}
	observed := "enabled, mode " + cmp.Or(t.TransitEncryptionMode, "not given")
	off := modify(t, "--no-transit-encryption-enabled")
	if t.TransitEncryptionMode != "preferred" {
		off = modify(t, "--transit-encryption-mode preferred") + " && " + await(t) + " && " + off
	}
	return failed(observed, off+" (an engine too old to change it needs a new group without in-transit encryption; turn it on again after the migration)")
}

// Assumed from the rule on encryption: AUTH tokens and user groups exist only
// with in-transit encryption.
func judgeTargetAuth(t Target) verdict {
	switch {
	case len(t.UserGroups) > 0:
		return failed("user groups "+strings.Join(t.UserGroups, ", "),
			modify(t, "--remove-user-groups")+" (before in-transit encryption is turned off)")
	case t.AuthToken:
		return failed("an AUTH token is set",
			"create a new group without AUTH token and in-transit encryption: a token can only be deleted on the way to user groups; set authentication up after the migration")
	default:
		return passed("no AUTH token, no user group")
	}
}

// Documented as a requirement, once under the name of automatic failover.
func judgeMultiAZ(t Target) verdict {
	if t.MultiAZ == "" || t.AutomaticFailover == "" {
		return unknown(fmt.Sprintf("Multi-AZ %q, automatic failover %q", t.MultiAZ, t.AutomaticFailover),
			"look at it with: aws elasticache describe-replication-groups --replication-group-id "+t.ID)
	}
	observed := fmt.Sprintf("Multi-AZ %s, automatic failover %s", t.MultiAZ, t.AutomaticFailover)
	if t.MultiAZ == "enabled" && t.AutomaticFailover == "enabled" {
		return passed(observed)
	}
	if t.MultiAZ == "enabled" && t.AutomaticFailover == "enabling" {
		return failed(observed, "wait until it is enabled: "+await(t))
	}
	remedy := modify(t, "--automatic-failover-enabled --multi-az-enabled")
	if len(t.Members) < 2 {
		remedy = fmt.Sprintf("add a replica first: aws elasticache increase-replica-count --replication-group-id %s"+
			" --new-replica-count 1 --apply-immediately && %s && %s", t.ID, await(t), remedy)
	}
	return failed(observed, remedy)
}
