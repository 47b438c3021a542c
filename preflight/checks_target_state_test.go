package preflight

import "time"

func member(i int, change func(*Member)) func(*Facts) {
	return func(f *Facts) { change(&f.Target.Members[i]) }
}

func targetStateRows() []builtinRow {
	return []builtinRow{
		{"it is there", good, "target.exists", Pass, "exists", ""},
		{"the service does not know it", absent, "target.exists", Fail, "no such group", "describe-replication-groups"},
		{"not allowed to look", noTarget, "target.exists", Unknown, "AccessDenied", "elasticache:DescribeReplicationGroups"},
		{"nothing was gathered", unasked, "target.exists", Unknown, "no reason was recorded", "region"},

		{"available", good, "target.status", Pass, `"available"`, ""},
		{"another change is going on", func(f *Facts) { f.Target.Status = "modifying" }, "target.status", Fail, "modifying", "wait replication-group-available --replication-group-id prod"},
		{"a foreign migration", func(f *Facts) { f.Target.Status = "migrating" }, "target.status", Fail, "migrating", "under way"},
		{"no status", func(f *Facts) { f.Target.Status = "" }, "target.status", Unknown, "no status", "describe-replication-groups"},
		{"no group, no status", absent, "target.status", Unknown, "group does not exist", "target.exists"},

		{"all", good, "target.members", Pass, "2 members, all available", ""},
		{"one is rebooted under an available group", member(1, func(m *Member) { m.Status = "rebooting cluster nodes" }), "target.members", Fail, `prod-002 is "rebooting cluster nodes"`, "aws elasticache wait cache-cluster-available --cache-cluster-id prod-002"},
		{"two", func(f *Facts) { f.Target.Members[0].Status, f.Target.Members[1].Status = "modifying", "snapshotting" }, "target.members", Fail, `prod-001 is "modifying", prod-002 is "snapshotting"`, "--cache-cluster-id prod-001 && aws elasticache wait cache-cluster-available --cache-cluster-id prod-002"},
		{"as busy as the group", func(f *Facts) { f.Target.Status, f.Target.Members[1].Status = "modifying", "modifying" }, "target.members", Unknown, `the group itself has status "modifying"`, "target.status"},
		{"one was not described", func(f *Facts) {
			f.Target.Members[1].Status = ""
			gap(f, "target.members", "prod-002: AccessDenied")
		}, "target.members", Unknown, "1 of 2 members available, others not seen: prod-002: AccessDenied", "elasticache:DescribeCacheClusters"},
		{"what was seen counts", func(f *Facts) {
			f.Target.Members[0].Status, f.Target.Members[1].Status = "modifying", ""
			gap(f, "target.members", "prod-002: AccessDenied")
		}, "target.members", Fail, `prod-001 is "modifying"`, "prod-001"},
		{"a gap though all that are listed are available", func(f *Facts) { gap(f, "target.members", "throttled") }, "target.members", Unknown, "throttled", "DescribeCacheClusters"},
		{"no member at all is not all members", func(f *Facts) { f.Target.Members = nil }, "target.members", Unknown, "0 of 0", "describe-cache-clusters"},
		{"no group", absent, "target.members", Unknown, "group does not exist", "target.exists"},

		{"none", good, "target.pending-changes", Pass, "none", ""},
		{"of the group", func(f *Facts) {
			f.Target.PendingChanges = []string{"AutomaticFailoverStatus", "LogDeliveryConfigurations"}
		}, "target.pending-changes", Fail, "prod: AutomaticFailoverStatus, LogDeliveryConfigurations", "--apply-immediately (Terraform: apply_immediately = true) and wait: aws elasticache wait replication-group-available --replication-group-id prod"},
		{"of a member", member(1, func(m *Member) { m.PendingChanges = []string{"EngineVersion"} }), "target.pending-changes", Fail, "prod-002: EngineVersion", "--apply-immediately"},
		{"may be what the group is busy with", func(f *Facts) { f.Target.Status, f.Target.PendingChanges = "modifying", []string{"CacheNodeType"} }, "target.pending-changes", Unknown, `prod: CacheNodeType; the group has status "modifying"`, "target.status"},
		{"a member was not described", member(1, func(m *Member) { *m = Member{ID: "prod-002"} }), "target.pending-changes", Unknown, "no reason was recorded", "DescribeCacheClusters"},
		{"with the reason", func(f *Facts) { gap(f, "target.members", "throttled") }, "target.pending-changes", Unknown, "members not seen: throttled", "DescribeCacheClusters"},
		{"the group's were not given", func(f *Facts) { gap(f, "target.pending_changes", "garbled") }, "target.pending-changes", Unknown, "garbled", "describe"},
		{"no group", absent, "target.pending-changes", Unknown, "group does not exist", "target.exists"},
	}
}

// windowRows: the good facts are of Wednesday 2026-03-04 12:00 UTC, and the
// sync takes less than two minutes.
func windowRows() []builtinRow {
	snapshot := func(window string) func(*Facts) { return func(f *Facts) { f.Target.SnapshotWindow = window } }
	maintenance := func(window string) func(*Facts) {
		return member(1, func(m *Member) { m.MaintenanceWindow = window })
	}
	long := func(seconds int64) func(*Facts) {
		return func(f *Facts) { f.Source.LastSaveSeconds, *f.Load = seconds, Load{WindowSeconds: 1} }
	}
	return []builtinRow{
		{"far away", good, "target.windows", Pass, "none opens from Wed 2026-03-04 12:00 UTC to Wed 2026-03-04 13:", ""},
		{"maintenance during the cut-over", maintenance("wed:12:30-wed:13:30"), "target.windows", Fail, "maintenance of prod-002 (wed:12:30-wed:13:30) opens Wed 2026-03-04 12:30 UTC", "--replication-group-id prod --preferred-maintenance-window mon:12:00-mon:13:00 --apply-immediately (Terraform: aws_elasticache_replication_group, maintenance_window = \"mon:12:00-mon:13:00\")"},
		{"maintenance goes on already", maintenance("wed:11:00-wed:12:01"), "target.windows", Fail, "opens Wed 2026-03-04 11:00 UTC", "mon:12:00"},
		{"maintenance is just over", maintenance("wed:11:00-wed:12:00"), "target.windows", Pass, "", ""},
		{"it wraps over the end of the week", maintenance("sat:23:00-wed:12:01"), "target.windows", Fail, "opens Sat 2026-02-28 23:00 UTC", "mon:12:00"},
		{"the same hour of another day", maintenance("thu:12:30-thu:13:30"), "target.windows", Pass, "", ""},
		{"snapshot", snapshot("12:30-13:30"), "target.windows", Fail, "snapshot (12:30-13:30) opens Wed 2026-03-04 12:30 UTC", "--snapshot-window 09:00-10:00 --apply-immediately (Terraform: aws_elasticache_replication_group, snapshot_window = \"09:00-10:00\")"},
		{"snapshot window over midnight", func(f *Facts) {
			f.GatheredAt, f.Target.SnapshotWindow = time.Date(2026, 3, 5, 0, 30, 0, 0, time.UTC), "23:30-00:45"
		}, "target.windows", Fail, "opens Wed 2026-03-04 23:30 UTC", "--snapshot-window 21:00-22:00"},
		{"the clock of the host does not matter", func(f *Facts) {
			f.GatheredAt = f.GatheredAt.In(time.FixedZone("far", 10*3600))
			f.Target.SnapshotWindow = "12:30-13:30"
		}, "target.windows", Fail, "opens Wed 2026-03-04 12:30 UTC", "09:00-10:00"},
		{"both", func(f *Facts) {
			f.Target.SnapshotWindow = "12:30-13:30"
			f.Target.Members[0].MaintenanceWindow, f.Target.Members[1].MaintenanceWindow = "wed:12:00-wed:13:00", "wed:12:00-wed:13:00"
		}, "target.windows", Fail, "maintenance of prod-002", "--preferred-maintenance-window mon:12:00-mon:13:00 --snapshot-window 09:00-10:00 --apply-immediately"},
		{"no maintenance in the same hour", func(f *Facts) {
			f.Target.SnapshotWindow = "12:30-13:30"
			f.Target.Members[0].MaintenanceWindow, f.Target.Members[1].MaintenanceWindow = "sun:09:30-sun:10:30", "tue:07:00-tue:08:00"
		}, "target.windows", Fail, "snapshot (12:30-13:30)", "--snapshot-window 08:00-09:00 "},
		{"nor one around midnight", func(f *Facts) {
			f.GatheredAt, f.Target.SnapshotWindow = time.Date(2026, 3, 4, 3, 0, 0, 0, time.UTC), "03:30-04:30"
			f.Target.Members[0].MaintenanceWindow = "sat:23:30-sun:00:30"
		}, "target.windows", Fail, "snapshot (03:30-04:30)", "--snapshot-window 22:00-23:00 "},
		{"maintenance all day", func(f *Facts) {
			f.Target.SnapshotWindow, f.Target.Members[0].MaintenanceWindow = "12:30-13:30", "sun:05:00-mon:05:00"
		}, "target.windows", Fail, "snapshot", "--snapshot-retention-limit 0 "},
		{"maintenance stays out of the snapshot window too", func(f *Facts) {
			f.GatheredAt, f.Target.SnapshotWindow = time.Date(2026, 3, 4, 12, 40, 0, 0, time.UTC), "11:30-12:30"
			f.Target.Members[1].MaintenanceWindow = "wed:13:00-wed:14:00"
		}, "target.windows", Fail, "maintenance of prod-002", "--preferred-maintenance-window mon:10:00-mon:11:00 "},
		{"no snapshots are taken", func(f *Facts) { f.Target.SnapshotWindow, f.Target.SnapshotRetentionDays = "12:30-13:30", 0 }, "target.windows", Pass, "", ""},
		{"a slow sync reaches the night's snapshot", long(30_000), "target.windows", Fail, "snapshot (03:00-04:00) opens Thu 2026-03-05 03:00 UTC", "--snapshot-window 09:00-10:00"},
		{"no daily window avoids a sync of a day", long(50_000), "target.windows", Fail, "snapshot", "--snapshot-retention-limit 0 --apply-immediately (Terraform: aws_elasticache_replication_group, snapshot_retention_limit = 0); a daily window cannot stay out of so long a migration, or of the maintenance windows: set the retention back to 1 days afterwards"},
		{"no window at all avoids one of weeks", long(1 << 40), "target.windows", Fail, "maintenance of prod-001", "a weekly window cannot stay out"},
		{"unreadable", maintenance("sunday 5 am"), "target.windows", Unknown, `maintenance of prod-002 "sunday 5 am"`, "describe-replication-groups"},
		{"not given", snapshot(""), "target.windows", Unknown, `snapshot ""`, "describe-replication-groups"},
		{"member not described", func(f *Facts) {
			f.Target.Members[1].MaintenanceWindow = ""
			gap(f, "target.members", "prod-002: AccessDenied")
		}, "target.windows", Unknown, "prod-002: AccessDenied", "DescribeCacheClusters"},
		{"what was seen counts", func(f *Facts) {
			f.Target.SnapshotWindow = "12:30-13:30"
			gap(f, "target.members", "prod-002: AccessDenied")
		}, "target.windows", Fail, "snapshot", "09:00"},
		{"a retention of 0 that was not seen", func(f *Facts) {
			f.Target.SnapshotRetentionDays = 0
			gap(f, "target.snapshot_retention_days", "garbled")
		}, "target.windows", Unknown, "garbled", "describe"},
		{"no forecast, nothing soon", noSource, "target.windows", Unknown, "no window opens in the next hour; how long the sync takes cannot be told: not seen: i/o timeout", "reachable"},
		{"no forecast, but soon", func(f *Facts) { noSource(f); f.Target.SnapshotWindow = "12:30-13:30" }, "target.windows", Fail, "12:30", "09:00"},
		{"no members", func(f *Facts) { f.Target.Members = nil }, "target.windows", Unknown, "no member is known", "describe-cache-clusters"},
		{"no time", func(f *Facts) { f.GatheredAt = time.Time{} }, "target.windows", Unknown, "not recorded", "anew"},
		{"no group", absent, "target.windows", Unknown, "group does not exist", "target.exists"},
	}
}
