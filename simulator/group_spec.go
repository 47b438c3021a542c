package simulator

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// complete fills the defaults that do not depend on other groups.
func (r ReplicationGroup) complete(created time.Time) ReplicationGroup {
	set := func(field *string, def string) {
		if *field == "" {
			*field = def
		}
	}
	on := func(field *Setting, def Setting) {
		if *field == "" {
			*field = def
		}
	}
	r.ID = strings.ToLower(r.ID)
	set(&r.Description, "simulated replication group")
	set(&r.Engine, "redis")
	set(&r.EngineVersion, map[string]string{"valkey": "8.0"}[r.Engine])
	set(&r.EngineVersion, "7.0.7")
	set(&r.NodeType, "cache.m6g.large")
	on(&r.MultiAZ, Enabled)
	on(&r.AutomaticFailover, r.MultiAZ)
	on(&r.AtRestEncryption, Disabled)
	on(&r.ClusterMode, Disabled)
	on(&r.DataTiering, Disabled)
	if r.Replicas == 0 && r.MultiAZ == Enabled {
		r.Replicas = 1
	}
	set(&r.NetworkType, "ipv4")
	set(&r.Status, statusAvailable)
	set(&r.MaintenanceWindow, defaultMaintenanceWindow(created))
	set(&r.SnapshotWindow, defaultSnapshotWindow(created))
	r.MaintenanceWindow = strings.ToLower(r.MaintenanceWindow)
	set(&r.SubnetGroup, defaultSubnetGroup)
	r.SubnetGroup = strings.ToLower(r.SubnetGroup)
	r.ParameterGroup = strings.ToLower(r.ParameterGroup)
	r.UserGroupIDs = slices.Clone(r.UserGroupIDs)
	r.Members = completeMembers(r.Members)
	r.Pending = r.Pending.clone()
	r.SecurityGroupIDs = slices.Clone(r.SecurityGroupIDs)
	if len(r.SecurityGroupIDs) == 0 {
		r.SecurityGroupIDs = []string{"sg-0c0ffee0000000001"}
	}
	return r
}

// validate reports every problem of a completed description.
func (r ReplicationGroup) validate() error {
	var problems []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf("simulator: ReplicationGroup."+format, args...))
		}
	}
	setting := func(name string, s Setting) {
		check(s == Enabled || s == Disabled, "%s is %q, want %q or %q", name, s, Enabled, Disabled)
	}
	check(validID(r.ID), "ID is %q, want 1 to 40 letters, digits and single hyphens, a letter first", r.ID)
	check(r.Engine == "redis" || r.Engine == "valkey", "Engine is %q, want redis or valkey", r.Engine)
	check(r.Replicas >= 0 && r.Replicas <= 5, "Replicas is %d, want 0 to 5", r.Replicas)
	check(r.Databases >= 0 && r.Databases <= 1200000, "Databases is %d, want 0 to 1200000", r.Databases)
	check(r.MaxMemory >= 0, "MaxMemory is %d, want 0 or more bytes", r.MaxMemory)
	check(r.MaxMemory > 0 || nodeMemory(r.NodeType) > 0, "NodeType %q is not in the table; set MaxMemory", r.NodeType)
	setting("MultiAZ", r.MultiAZ)
	if r.AutomaticFailover != r.MultiAZ { // else it has been said
		setting("AutomaticFailover", r.AutomaticFailover)
	}
	setting("AtRestEncryption", r.AtRestEncryption)
	setting("ClusterMode", r.ClusterMode)
	setting("DataTiering", r.DataTiering)
	check(r.TransitEncryption.valid(),
		"TransitEncryption is %q, want empty, %q or %q", r.TransitEncryption, TransitEncryptionPreferred, TransitEncryptionRequired)
	if r.AuthToken != "" {
		check(r.TransitEncryption != TransitEncryptionOff, "AuthToken needs TransitEncryption")
		check(validToken(r.AuthToken), "AuthToken must have 16 to 128 printable characters without spaces, quotes and backslashes")
	}
	check(len(r.UserGroupIDs) == 0 || r.TransitEncryption != TransitEncryptionOff, "UserGroupIDs needs TransitEncryption")
	check(slices.Contains(networkTypes(), r.NetworkType), "NetworkType is %q, want one of %q", r.NetworkType, networkTypes())
	check(slices.Contains(groupStatuses(), r.Status), "Status is %q, want one of %q", r.Status, groupStatuses())
	check(validMaintenanceWindow(r.MaintenanceWindow), "MaintenanceWindow is %q, want at least an hour as \"sun:05:00-sun:06:00\"", r.MaintenanceWindow)
	check(validSnapshotWindow(r.SnapshotWindow), "SnapshotWindow is %q, want at least an hour as \"05:00-06:00\"", r.SnapshotWindow)
	check(r.SnapshotRetentionDays >= 0 && r.SnapshotRetentionDays <= 35, "SnapshotRetentionDays is %d, want 0 to 35", r.SnapshotRetentionDays)
	r.Pending.validate(func(ok bool, format string, args ...any) { check(ok, "Pending."+format, args...) })
	r.validateMembers(check)
	return errors.Join(problems...)
}

func networkTypes() []string { return []string{"ipv4", "ipv6", "dual_stack"} }

func validID(id string) bool {
	ok, err := regexp.MatchString(`^[a-z](-?[a-z0-9])*$`, id)
	return err == nil && ok && len(id) <= 40
}

func validToken(token string) bool {
	bad := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"'\`, r) }
	return len(token) >= 16 && len(token) <= 128 && strings.IndexFunc(token, bad) < 0
}
