package migration

import (
	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

// observed is all that decides where a migration stands. AWS and the servers
// are the truth; no file is. Each part is one of a few words, so that a test can
// go through all combinations.
type observed struct {
	exists  bool    // the group does
	status  string  // of the group; "" if it was not seen since what was asked
	members members // of the group
	link    link    // of its primary node
	linkUp  bool
	offsets offsets        // of both ends
	history lineage        // of a primary node that follows nobody
	pause   pause          // the host's WritesPaused
	verdict target.Verdict // of the newest migration event: since the plan, or since what was asked
	ended   bool           // an event since the plan, which is recent enough, says that a promotion was completed
	named   named          // the source, by the event of a start
	asked   asked          // by this run, with an outcome that it does not know
	texts   observedTexts
}

// observedTexts are for what people read; nothing is decided by them.
type observedTexts struct {
	source   string // the plan's
	upstream string // whom the primary follows
	started  string // the source that the event of a start names
	left     int64  // the offset at which a promoted node left the source's history
	drained  int64  // the offset that it had to reach
}

// members says whether the group has its primary.
type members string

const (
	membersSteady members = "steady" // one primary, or the service tells no roles
	membersMoving members = "moving" // none or several: a failover is going on
)

// link says whom the target's primary node follows.
type link string

const (
	linkNone    link = "none"    // it is a master
	linkOurs    link = "ours"    // a replica of the plan's source
	linkOther   link = "other"   // a replica of something else
	linkUnknown link = "unknown" // it did not answer
)

// offsets says how far a replica is behind.
type offsets string

const (
	offsetsLevel   offsets = "level" // within what counts as in sync
	offsetsBehind  offsets = "behind"
	offsetsUnknown offsets = "unknown"
)

// lineage is what a primary node tells of the source's history.
type lineage string

const (
	lineageAll    lineage = "all"    // the node of the drain had applied all that counts, and was promoted then
	lineagePart   lineage = "part"   // it was promoted before it had
	lineageHeir   lineage = "heir"   // a node that need not be the one of the drain has all: perhaps after a failover
	lineageBehind lineage = "behind" // such a node lacks some
	lineageOther  lineage = "other"  // it names another history, or none
)

// pause is what the host says about writes to the source.
type pause string

const (
	pauseNo      pause = "no"
	pauseYes     pause = "yes"
	pauseUnknown pause = "unknown" // WritesPaused returned an error
)

// named is whether the event of a start names the plan's source.
type named string

const (
	namedOurs    named = "ours"
	namedOther   named = "other"
	namedUnknown named = "unknown" // no such event, or it cannot be told
)

// asked is what a run has requested without knowing what came of it.
type asked string

const (
	askedNothing  asked = "nothing"
	askedStart    asked = "start"
	askedComplete asked = "complete"
)

// Statuses of a replication group that the library looks for. "migrating" is
// missing from the service's model but documented in its guide; any other
// value is opaque.
const (
	statusAvailable = "available"
	statusModifying = "modifying"
	statusMigrating = "migrating"
)

// decision is the state to be in, and why.
type decision struct {
	state  progress.State
	reason string
	err    error // the plan cannot go on; state is meaningless
}
