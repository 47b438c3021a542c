package preflight

import (
	"fmt"
	"strings"
)

// Fence is what an examination of the source found about pausing writes on it,
// and what the host states. Nothing was changed to find out.
type Fence struct {
	// Config tells of CONFIG GET and CONFIG SET of the settings that a fence
	// needs.
	Config Permit `json:"config,omitempty"`
	// MaxLag is min-replicas-max-lag in seconds; with 0 the server does not look
	// at min-replicas-to-write. It counts only if Config is permitted.
	MaxLag int64 `json:"max_lag_seconds,omitempty"`
	// Pause tells of CLIENT PAUSE and CLIENT UNPAUSE.
	Pause Permit `json:"client_pause,omitempty"`
	// ACL tells of ACL LIST, ACL SETUSER and ACL DELUSER.
	ACL Permit `json:"acl,omitempty"`
	// Probe tells of the write by which a fence is proved: DEL of a key that
	// begins with "cachelift:fence:".
	Probe Permit `json:"probe,omitempty"`
	// Counters tells of INFO commandstats, by which it is seen whether writes
	// come past a gate.
	Counters Permit `json:"counters,omitempty"`
	// Gate tells that the host has a gate of its own.
	Gate bool `json:"gate,omitempty"`
	// NoScripts tells that the host states that no client runs scripts or
	// transactions.
	NoScripts bool `json:"no_scripts,omitempty"`
}

// Permit tells whether the library's user can run a command on the source.
type Permit string

const (
	// PermitUnknown is for what was not told; no rung rests on it.
	PermitUnknown Permit = ""
	// Permitted is for a command that the user may run.
	Permitted Permit = "yes"
	// Denied is for one that an ACL refuses.
	Denied Permit = "denied"
	// Absent is for one that the server does not have under its name.
	Absent Permit = "absent"
)

// FenceRung is a rung of the ladder of fences: a way to stop writes.
type FenceRung string

// The rungs, the best first.
const (
	// FencePause parks writes with CLIENT PAUSE WRITE and raises
	// min-replicas-to-write while they are parked.
	FencePause FenceRung = "client-pause"
	// FenceMinReplicas raises min-replicas-to-write alone.
	FenceMinReplicas FenceRung = "min-replicas"
	// FenceACL takes the right to write from all users.
	FenceACL FenceRung = "acl"
	// FenceUnscripted is FenceMinReplicas where scripts and queued transactions
	// pass it, and the host states that there are none.
	FenceUnscripted FenceRung = "min-replicas-unscripted"
	// FenceGate leaves it to the host's gate.
	FenceGate FenceRung = "gate"
	// FenceNone means that writes cannot be paused.
	FenceNone FenceRung = "none"
)

// FenceChoice is a rung, and why it is that one.
type FenceChoice struct {
	// Rung is the best rung that can be had.
	Rung FenceRung
	// Better says why each better rung cannot be had, the best first.
	Better []string
	// Weaker says what the rung lacks beside the best one; empty for that.
	Weaker string
	// Untold tells that one of Better might be had: it was not told.
	Untold bool
}

// Choose returns the best rung that is known to be there on a server of a
// version, as in [Node]. It is the one that a cut-over takes.
func (f Fence) Choose(serverVersion string) FenceChoice {
	v, known := parseVersion(serverVersion)
	var c FenceChoice
	for _, r := range f.rungs(v, known) {
		if len(r.lacks) == 0 {
			c.Rung, c.Weaker = r.rung, r.weaker
			return c
		}
		c.Better = append(c.Better, string(r.rung)+": "+strings.Join(r.lacks, ", "))
		c.Untold = c.Untold || r.untold
	}
	c.Rung = FenceNone
	return c
}

// rung is one that is being judged.
type rung struct {
	rung   FenceRung
	weaker string
	lacks  []string // why it cannot be had
	untold bool     // all that it lacks is knowledge
}

// need notes what a rung needs.
func (r *rung) need(what string, p Permit) {
	switch p {
	case Permitted:
	case Denied:
		r.miss("the user may not run " + what)
	case Absent:
		r.miss("the server does not have " + what)
	default:
		r.untold = r.untold || len(r.lacks) == 0
		r.lacks = append(r.lacks, "it was not told whether the user may run "+what)
	}
}

// miss notes a definite lack.
func (r *rung) miss(why string) {
	r.lacks, r.untold = append(r.lacks, why), false
}

// unless notes a definite lack if there is one.
func (r *rung) unless(fine bool, why string) {
	if !fine {
		r.miss(why)
	}
}

// stopsScripts reports whether min-replicas-to-write holds on this version for what a
// script writes. Upstream added that to 7.0 and, in its pull request 10249, to the
// next release of 6.2, which is 6.2.7; in 6.0.20 it was measured, and in 6.0.16 it was
// measured that a script writes. What lies between those two counts as the older.
func (v version) stopsScripts() bool {
	switch {
	case v.less(version{6, 0, 20}):
		return false
	case v.less(version{6, 1}):
		return true
	}
	return !v.less(version{6, 2, 7})
}

// rungs judges all, the best first. Which versions let what through was measured
// on 2.8 to 7.4 and Valkey 7.2 and 8.0.
func (f Fence) rungs(v version, known bool) []rung {
	rungs := []rung{
		{rung: FencePause},
		{rung: FenceMinReplicas, weaker: "writes are refused at once and never parked: an attempt that backs out costs clients errors, not only latency"},
		{rung: FenceACL, weaker: "slower and less even at high rates, every user is changed and changed back, and writes are refused and never parked"},
		{rung: FenceUnscripted, weaker: "scripts, and transactions queued before, still write, and what they write then is lost; it rests on the host's word that there are none"},
		{rung: FenceGate, weaker: "nothing on the source refuses a write: it is only seen by the source's counters whether one came"},
	}
	since := func(from version) bool { return known && !v.less(from) }
	passing := fmt.Sprintf("on %s scripts pass min-replicas-to-write", v)
	if known && v.less(version{6}) {
		passing = fmt.Sprintf("on %s scripts and queued transactions pass it", v)
	}
	for i := range rungs {
		r := &rungs[i]
		if r.rung == FenceGate {
			r.unless(f.Gate, "the host gives none")
			r.need("INFO commandstats", f.Counters)
			continue
		}
		if !known {
			r.lacks, r.untold = []string{"the version is not known"}, true
		}
		switch r.rung {
		case FencePause:
			r.unless(!known || since(version{6, 2}), fmt.Sprintf("CLIENT PAUSE WRITE came with 6.2, the server is %s", v))
			r.unless(!since(version{6, 2}) || v.stopsScripts(), passing)
			r.need("CLIENT PAUSE and UNPAUSE", f.Pause)
		case FenceMinReplicas:
			r.unless(!known || v.stopsScripts(), passing)
		case FenceACL:
			r.unless(!known || since(version{6}), fmt.Sprintf("ACL came with 6.0, the server is %s", v))
			r.unless(f.Config != Permitted || known && !v.stopsScripts(), "it is for servers where min-replicas-to-write is not to be had or lets scripts through")
			r.need("ACL LIST, SETUSER and DELUSER", f.ACL)
		case FenceUnscripted:
			r.unless(f.NoScripts, "the host does not state that no client runs scripts or transactions")
		}
		if r.rung != FenceACL {
			r.need("CONFIG GET and SET", f.Config)
			r.unless(f.Config != Permitted || f.MaxLag > 0, "min-replicas-max-lag is 0, which switches min-replicas-to-write off: set it to 10")
		}
		r.need("DEL of keys cachelift:fence:*", f.Probe)
	}
	return rungs
}
