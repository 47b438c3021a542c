package simulator

import (
	"maps"
	"slices"
	"strings"
)

// Member sets one member of a group apart from the others.
type Member struct {
	// Status is what the API shows as the cache cluster's status: a value of
	// the service's model, such as "modifying". It stays what it is. While one
	// is not "available", which is the default, a migration is refused with
	// InvalidCacheClusterState (the code is documented; that a member causes it
	// is assumed).
	Status string
	// Pending are changes that wait to be applied to this member. They wait
	// for ever, and no migration is refused for them (assumed). Default: none.
	Pending MemberChanges
}

// groupStatuses are the statuses of a group in the service's model.
func groupStatuses() []string {
	return []string{statusAvailable, "creating", statusModifying, "deleting", "create-failed", "snapshotting"}
}

// memberStatuses are the statuses of a cache cluster in the service's model.
func memberStatuses() []string {
	return []string{
		statusAvailable, "creating", "deleted", "deleting", "incompatible-network", statusModifying,
		"rebooting cluster nodes", "restore-failed", "snapshotting",
	}
}

// completeMembers copies the members, by ids in lower case.
func completeMembers(members map[string]Member) map[string]Member {
	out := make(map[string]Member, len(members))
	for id, m := range members {
		if m.Status == "" {
			m.Status = statusAvailable
		}
		out[strings.ToLower(id)] = m
	}
	return out
}

func (r ReplicationGroup) validateMembers(check checker) {
	var ids []string
	for i := range r.Replicas + 1 {
		ids = append(ids, nodeName(r.ID, i))
	}
	for _, id := range slices.Sorted(maps.Keys(r.Members)) {
		m := r.Members[id]
		check(slices.Contains(ids, id), "Members has %q, want ids among %q", id, ids)
		check(slices.Contains(memberStatuses(), m.Status), "Members[%q].Status is %q, want one of %q", id, m.Status, memberStatuses())
		m.Pending.validate(func(ok bool, format string, args ...any) {
			check(ok, "Members[%q].Pending."+format, append([]any{id}, args...)...)
		})
	}
}

// memberStatus is the status of the cache cluster with that id.
func (g *Group) memberStatus(id string) string {
	if m, ok := g.spec.Members[id]; ok {
		return m.Status
	}
	return statusAvailable
}

// unavailable returns a member that is not available, and its status; "" if all
// are.
func (g *Group) unavailable() (id, status string) {
	for _, n := range g.nodes {
		if s := g.memberStatus(n.id); s != statusAvailable {
			return n.id, s
		}
	}
	return "", ""
}
