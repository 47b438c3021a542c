package preflight

func targetModeRows() []builtinRow {
	return []builtinRow{
		{"disabled", good, "target.cluster-mode", Pass, "disabled", ""},
		{"older answers have only the flag", func(f *Facts) { f.Target.ClusterMode = "" }, "target.cluster-mode", Pass, "not given", ""},
		{"flag", func(f *Facts) { f.Target.ClusterEnabled = true }, "target.cluster-mode", Fail, "ClusterEnabled true", "new one"},
		{"mode", func(f *Facts) { f.Target.ClusterMode = "enabled" }, "target.cluster-mode", Fail, "cluster mode enabled", "new one"},
		{"undocumented", func(f *Facts) { f.Target.ClusterMode = "compatible" }, "target.cluster-mode", Unknown, "compatible", "new one"},
		{"no group, no mode", absent, "target.cluster-mode", Unknown, "group does not exist", "target.exists"},

		{"off", good, "target.in-transit-encryption", Pass, "disabled", ""},
		{"required takes two steps", func(f *Facts) { f.Target.TransitEncryption, f.Target.TransitEncryptionMode = true, "required" }, "target.in-transit-encryption", Fail, "mode required", "--transit-encryption-mode preferred --apply-immediately && aws elasticache wait"},
		{"preferred is refused as well", func(f *Facts) { f.Target.TransitEncryption, f.Target.TransitEncryptionMode = true, "preferred" }, "target.in-transit-encryption", Fail, "mode preferred", "--replication-group-id prod --no-transit-encryption-enabled --apply-immediately"},
		{"the flag alone", func(f *Facts) { f.Target.TransitEncryption = true }, "target.in-transit-encryption", Fail, "not given", "--no-transit-encryption-enabled"},
		{"a gap is not a false", func(f *Facts) { gap(f, "target.transit_encryption", "garbled") }, "target.in-transit-encryption", Unknown, "garbled", "region"},
		{"no group", absent, "target.in-transit-encryption", Unknown, "group does not exist", "target.exists"},

		{"none", good, "target.auth", Pass, "no AUTH token", ""},
		{"token", func(f *Facts) { f.Target.AuthToken = true }, "target.auth", Fail, "AUTH token is set", "new group"},
		{"user groups", func(f *Facts) { f.Target.UserGroups = []string{"ops", "apps"} }, "target.auth", Fail, "ops, apps", "--remove-user-groups"},
		{"not read", noTarget, "target.auth", Unknown, "AccessDenied", "region"},

		{"both on", good, "target.multi-az", Pass, "Multi-AZ enabled, automatic failover enabled", ""},
		{"off with a replica", func(f *Facts) { f.Target.MultiAZ = "disabled" }, "target.multi-az", Fail, "Multi-AZ disabled", "aws elasticache modify-replication-group --replication-group-id prod --automatic-failover-enabled --multi-az-enabled --apply-immediately"},
		{"off without a replica", func(f *Facts) {
			f.Target.MultiAZ, f.Target.AutomaticFailover, f.Target.Members = "disabled", "disabled", []Member{{ID: "prod-001"}}
		}, "target.multi-az", Fail, "automatic failover disabled", "increase-replica-count --replication-group-id prod --new-replica-count 1 "},
		{"not yet", func(f *Facts) { f.Target.AutomaticFailover = "enabling" }, "target.multi-az", Fail, "enabling", "wait until"},
		{"not told", func(f *Facts) { f.Target.MultiAZ = "" }, "target.multi-az", Unknown, `Multi-AZ ""`, "describe-replication-groups"},
		{"no group", absent, "target.multi-az", Unknown, "group does not exist", "target.exists"},

		{"none", good, "target.global-datastore", Pass, "none", ""},
		{"a member of one", func(f *Facts) { f.Target.GlobalDatastore = "ldgnf-orders" }, "target.global-datastore", Fail, "member of ldgnf-orders", "--global-replication-group-id ldgnf-orders --replication-group-id prod"},
		{"a gap is not a no", func(f *Facts) { gap(f, "target.global_datastore", "garbled") }, "target.global-datastore", Unknown, "garbled", "region"},
		{"no group", absent, "target.global-datastore", Unknown, "group does not exist", "target.exists"},
	}
}
