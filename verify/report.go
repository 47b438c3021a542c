package verify

import "time"

// Verdict is what a comparison comes to.
type Verdict string

// The verdicts. They speak of what was compared: see [Report].Mode and
// [Report].Certainty.
const (
	// Equal means that no difference was found.
	Equal Verdict = "equal"
	// EqualButExpiry means that all differences are of [ClassExpiry].
	EqualButExpiry Verdict = "equal_but_expiry"
	// Different means that there is a difference that is proven.
	Different Verdict = "different"
	// NotProven means that no difference is proven, and that a part could not be
	// compared: see [Report].Weaker, and the differences.
	NotProven Verdict = "not_proven"
)

// Report is what a comparison found. Its JSON is stable.
type Report struct {
	// Verdict is the outcome.
	Verdict Verdict `json:"verdict"`
	// Mode is how much was compared.
	Mode Mode `json:"mode"`
	// Certainty says in a sentence what was compared and what that proves.
	Certainty string `json:"certainty"`
	// Weaker lists what was compared with less certainty than that, or not at
	// all, and why.
	Weaker []string `json:"weaker,omitempty"`
	// Partial tells that there may be keys that were not compared and are in no
	// count: the comparison did not come to its end, or it is not known which
	// databases there are. The verdict is then [NotProven], unless it is
	// [Different].
	Partial bool `json:"partial,omitempty"`
	// DBs are the databases that were compared, by number.
	DBs []DBReport `json:"dbs"`
	// Counts is the number of differences of each class, all databases together.
	Counts map[Class]int64 `json:"counts"`
	// Differences are the first differences that were found; see
	// [Options].ReportFirst.
	Differences []Difference `json:"differences,omitempty"`
	// SecondLooks is how many keys differed at first sight and were equal when
	// looked at again: writes in flight.
	SecondLooks int64 `json:"second_looks"`
	// Source is what is known of the source.
	Source Side `json:"source"`
	// Target is what is known of the target.
	Target Side `json:"target"`
	// ClockSkew is by how much the target's clock is ahead of the source's,
	// measured within half a round trip.
	ClockSkew time.Duration `json:"clock_skew_ns"`
	// Replicating tells whether the target replicates from the source, or did
	// until it was promoted, by their replication ids.
	Replicating bool `json:"replicating"`
	// Began is when the comparison began; for a resumed one, the first part.
	Began time.Time `json:"began"`
	// Took is how long it took, without the time between the parts of a resumed
	// one.
	Took time.Duration `json:"took_ns"`
	// Resumed is how many times the comparison was resumed from a checkpoint.
	Resumed int `json:"resumed,omitempty"`
}

// Side is what is known of one server, and what reading it took.
type Side struct {
	// Server is the engine and version, e.g. "redis 7.0.15".
	Server string `json:"server"`
	// Role is master or slave.
	Role string `json:"role"`
	// Keys is how many keys were read, by all parts of a resumed comparison; one that was
	// read twice counts twice.
	Keys int64 `json:"keys"`
	// Bytes is how many bytes the server sent.
	Bytes int64 `json:"bytes"`
	// WorstPing is the longest that a PING took meanwhile on a connection of its
	// own, if [Limits].Latency asked for measuring it.
	WorstPing time.Duration `json:"worst_ping_ns,omitempty"`
	// Restarts is how often the server had to be connected to again.
	Restarts int `json:"restarts,omitempty"`
}

// DBReport is one database.
type DBReport struct {
	// DB is the number of the database.
	DB int `json:"db"`
	// Source is what the source holds, by type; what was read is counted.
	Source map[string]int64 `json:"source"`
	// Target is what the target holds.
	Target map[string]int64 `json:"target"`
	// Differences is the number of differences by type and class.
	Differences map[string]map[Class]int64 `json:"differences,omitempty"`
}
