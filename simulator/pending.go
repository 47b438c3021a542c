package simulator

import (
	"slices"

	"github.com/cachelift/cachelift/simulator/internal/wire"
)

// PendingChanges are what the API shows as the PendingModifiedValues of a
// group. The zero value is none. The names are those of the service's model.
type PendingChanges struct {
	// PrimaryClusterID is the member that becomes the primary.
	PrimaryClusterID string
	// AutomaticFailoverStatus is what automatic failover will be.
	AutomaticFailoverStatus Setting
	// ReshardingPercent is how far, in percent, a move of slots has come: more
	// than 0, at most 100.
	ReshardingPercent float64
	// AuthTokenStatus is "SETTING" or "ROTATING".
	AuthTokenStatus string
	// UserGroupIDsToAdd and UserGroupIDsToRemove are RBAC user groups.
	UserGroupIDsToAdd, UserGroupIDsToRemove []string
	// TransitEncryptionMode is the mode that in-transit encryption will have;
	// the API shows that it will be on as well.
	TransitEncryptionMode TransitEncryption
	// ClusterMode is what cluster mode will be.
	ClusterMode Setting
}

// MemberChanges are what the API shows as the PendingModifiedValues of one
// cache cluster. The zero value is none. The names are those of the service's
// model.
type MemberChanges struct {
	// EngineVersion is the version that the cluster will have.
	EngineVersion string
	// CacheNodeType is the type that its node will have.
	CacheNodeType string
	// NumCacheNodes is how many nodes it will have.
	NumCacheNodes int
	// AuthTokenStatus is "SETTING" or "ROTATING".
	AuthTokenStatus string
	// TransitEncryptionMode is the mode that in-transit encryption will have;
	// the API shows that it will be on as well.
	TransitEncryptionMode TransitEncryption
}

// checker notes a problem unless ok.
type checker = func(ok bool, format string, args ...any)

func (p PendingChanges) validate(check checker) {
	const setting = "%s is %q, want empty, %q or %q"
	check(p.AutomaticFailoverStatus.valid(), setting, "AutomaticFailoverStatus", p.AutomaticFailoverStatus, Enabled, Disabled)
	check(p.ClusterMode.valid(), setting, "ClusterMode", p.ClusterMode, Enabled, Disabled)
	check(p.ReshardingPercent >= 0 && p.ReshardingPercent <= 100, "ReshardingPercent is %v, want 0 to 100", p.ReshardingPercent)
	checkAccess(check, p.AuthTokenStatus, p.TransitEncryptionMode)
}

func (c MemberChanges) validate(check checker) {
	check(c.NumCacheNodes >= 0, "NumCacheNodes is %d, want 0 or more", c.NumCacheNodes)
	checkAccess(check, c.AuthTokenStatus, c.TransitEncryptionMode)
}

func checkAccess(check checker, token string, mode TransitEncryption) {
	check(slices.Contains([]string{"", "SETTING", "ROTATING"}, token), "AuthTokenStatus is %q, want empty, SETTING or ROTATING", token)
	check(mode.valid(), "TransitEncryptionMode is %q, want empty, %q or %q", mode, TransitEncryptionPreferred, TransitEncryptionRequired)
}

// valid reports whether the setting is empty or one of its values.
func (s Setting) valid() bool { return s == "" || s == Enabled || s == Disabled }

func (t TransitEncryption) valid() bool {
	return t == TransitEncryptionOff || t == TransitEncryptionPreferred || t == TransitEncryptionRequired
}

func (p PendingChanges) clone() PendingChanges {
	p.UserGroupIDsToAdd = slices.Clone(p.UserGroupIDsToAdd)
	p.UserGroupIDsToRemove = slices.Clone(p.UserGroupIDsToRemove)
	return p
}

func (p PendingChanges) shape() wire.PendingGroupValues {
	out := wire.PendingGroupValues{
		PrimaryClusterID:         p.PrimaryClusterID,
		AutomaticFailoverStatus:  string(p.AutomaticFailoverStatus),
		AuthTokenStatus:          p.AuthTokenStatus,
		TransitEncryptionEnabled: turnedOn(p.TransitEncryptionMode),
		TransitEncryptionMode:    string(p.TransitEncryptionMode),
		ClusterMode:              string(p.ClusterMode),
	}
	if p.ReshardingPercent > 0 {
		out.Resharding = &wire.Resharding{ProgressPercentage: p.ReshardingPercent}
	}
	if len(p.UserGroupIDsToAdd)+len(p.UserGroupIDsToRemove) > 0 {
		out.UserGroups = &wire.UserGroupsUpdate{Add: p.UserGroupIDsToAdd, Remove: p.UserGroupIDsToRemove}
	}
	return out
}

func (c MemberChanges) shape() wire.PendingClusterValues {
	return wire.PendingClusterValues{
		NumCacheNodes:            c.NumCacheNodes,
		EngineVersion:            c.EngineVersion,
		CacheNodeType:            c.CacheNodeType,
		AuthTokenStatus:          c.AuthTokenStatus,
		TransitEncryptionEnabled: turnedOn(c.TransitEncryptionMode),
		TransitEncryptionMode:    string(c.TransitEncryptionMode),
	}
}

// turnedOn is true, or absent when no mode is pending.
func turnedOn(mode TransitEncryption) *bool {
	if mode == TransitEncryptionOff {
		return nil
	}
	on := true
	return &on
}
