package preflight

import (
	"cmp"
	"fmt"
	"strings"
)

// targetModeChecks are about the modes that a group was made in.
func targetModeChecks() []Check {
	return []Check{
		{
			ID: "target.cluster-mode", Title: "Cluster mode is off on the target",
			Detail: "Looks at ClusterEnabled and ClusterMode of the group. Documented: a migration goes from disabled to disabled or from enabled to enabled; only the first is what this library does by itself. What happens in the mode compatible is not documented.",
			DocURL: pageOverview,
			Judge:  onTarget("cluster mode disabled", judgeTargetCluster, "cluster_enabled", "cluster_mode"),
		},
		{
			ID: "target.multi-az", Title: "Multi-AZ is on",
			Detail: "Looks at Multi-AZ and automatic failover of the group. Documented as a requirement, in older editions of the guide under the name of automatic failover.",
			DocURL: pagePrepare,
			Judge:  onTarget("Multi-AZ enabled and automatic failover enabled", judgeMultiAZ, "multi_az", "automatic_failover"),
		},
		{
			ID: "target.in-transit-encryption", Title: "In-transit encryption is off on the target",
			Detail: "Looks at TransitEncryptionEnabled and TransitEncryptionMode of the group. Documented: it has to be off, because the nodes replicate in clear from the source. Reported: the mode preferred is refused as well, and turning it off has to be applied immediately.",
			DocURL: pagePrepare, Waivable: NeverWaived,
			Judge: onTarget("in-transit encryption disabled, not even preferred", judgeTransit, "transit_encryption", "transit_encryption_mode"),
		},
		{
			ID: "target.auth", Title: "AUTH and user groups are off on the target",
			Detail: "Looks at the AUTH token and the user groups of the group. Assumed from the rule on encryption: both exist only with in-transit encryption, which has to be off.",
			DocURL: pagePrepare, Waivable: NeverWaived,
			Judge: onTarget("no AUTH token and no user group", judgeTargetAuth, "auth_token", "user_groups"),
		},
		{
			ID: "target.global-datastore", Title: "The group is not part of a global datastore",
			Detail: "Looks for the id of a global datastore at the group. Documented: a migration into one is not possible.",
			DocURL: pagePrepare,
			Judge:  onTarget("no global datastore", judgeGlobalDatastore, "global_datastore"),
		},
	}
}

func judgeTargetCluster(t Target) verdict {
	observed := fmt.Sprintf("cluster mode %s, ClusterEnabled %t", cmp.Or(t.ClusterMode, "not given"), t.ClusterEnabled)
	remedy := "cluster mode cannot be turned off on a group: create a new one with it disabled and migrate to that" +
		terraform(`cluster_mode = "disabled"`)
	switch {
	case clusterOn(t):
		return failed(observed, remedy)
	case t.ClusterMode == "compatible":
		return unknown(observed+": how a migration behaves in this mode is not documented", remedy)
	default:
		return passed(observed)
	}
}

func clusterOn(t Target) bool { return t.ClusterEnabled || t.ClusterMode == "enabled" }

func judgeMultiAZ(t Target) verdict {
	if t.MultiAZ == "" || t.AutomaticFailover == "" {
		return unknown(fmt.Sprintf("Multi-AZ %q, automatic failover %q", t.MultiAZ, t.AutomaticFailover), lookAt(t))
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
	return failed(observed, remedy+terraform("automatic_failover_enabled = true, multi_az_enabled = true"))
}

func judgeTransit(t Target) verdict {
	if !t.TransitEncryption && t.TransitEncryptionMode == "" {
		return passed("disabled")
	}
	observed := "enabled, mode " + cmp.Or(t.TransitEncryptionMode, "not given")
	off := modify(t, "--no-transit-encryption-enabled")
	if t.TransitEncryptionMode != "preferred" {
		off = modify(t, "--transit-encryption-mode preferred") + " && " + await(t) + " && " + off
	}
	return failed(observed, off+terraform(`transit_encryption_mode = "preferred", then transit_encryption_enabled = false, with apply_immediately = true`)+
		"; an engine too old to change it needs a new group without in-transit encryption; turn it on again after the migration")
}

func judgeTargetAuth(t Target) verdict {
	switch {
	case len(t.UserGroups) > 0:
		return failed("user groups "+strings.Join(t.UserGroups, ", "),
			modify(t, "--remove-user-groups")+terraform("user_group_ids")+", before in-transit encryption is turned off")
	case t.AuthToken:
		return failed("an AUTH token is set",
			"create a new group without AUTH token and in-transit encryption"+terraform("no auth_token, transit_encryption_enabled = false")+
				": a token can only be deleted on the way to user groups; set authentication up after the migration")
	default:
		return passed("no AUTH token, no user group")
	}
}

func judgeGlobalDatastore(t Target) verdict {
	if t.GlobalDatastore == "" {
		return passed("none")
	}
	return failed("member of "+t.GlobalDatastore, fmt.Sprintf(
		"take a secondary group out of it with: aws elasticache disassociate-global-replication-group --global-replication-group-id %s --replication-group-id %s --replication-group-region <region>"+
			"; a primary one stays when the datastore is deleted with: aws elasticache delete-global-replication-group --global-replication-group-id %s --retain-primary-replication-group"+
			" (Terraform: aws_elasticache_global_replication_group and global_replication_group_id); or migrate to a new group and make that global afterwards",
		t.GlobalDatastore, t.ID, t.GlobalDatastore))
}
