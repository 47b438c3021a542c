package verify

// Class is the kind of a [Difference].
type Class string

// The classes.
const (
	// ClassMissing is a key that the source has and the target does not.
	ClassMissing Class = "missing"
	// ClassExtra is a key that the target has and the source does not.
	ClassExtra Class = "extra"
	// ClassType is a key that has another type on the target.
	ClassType Class = "type"
	// ClassValue is a key with another value; [Difference].Fields says where.
	ClassValue Class = "value"
	// ClassExpiry is a key whose value is equal and that expires at another time,
	// beyond the tolerance, or on one side only.
	ClassExpiry Class = "expiry"
	// ClassExpiredMeanwhile is a key that one side has expired already and the
	// other not yet. It is no difference, and does not affect the verdict.
	ClassExpiredMeanwhile Class = "expired_meanwhile"
	// ClassInFlight is a key that was written on the source between all looks at
	// it, so that no two of them could be compared. The verdict is not proven.
	ClassInFlight Class = "in_flight"
	// ClassNotComparable is a key that could not be read, or not on both sides in
	// a form that can be compared. The verdict is not proven.
	ClassNotComparable Class = "not_comparable"
)

// Difference is one key, or one library of functions, that is not the same on
// both sides.
type Difference struct {
	// Class says what is different.
	Class Class `json:"class"`
	// DB is the number of the database.
	DB int `json:"db"`
	// Key is the name of the key, or of the library.
	Key []byte `json:"key"`
	// Type is the type of the value on the source, on the target if the source
	// has none.
	Type string `json:"type"`
	// Fields says where in the value the first differences are, at most 10: the
	// field of a hash, the member of a set or sorted set, the index of a list, of a
	// stream the id of an entry, the name of a group, "group/consumer" or
	// "group/id" of a pending entry, and "offset N" in a string, from 0. What follows
	// from another difference is left out: the counters of a stream where entries
	// differ, and what is in a group that is missing. What is data is a
	// digest unless [ValuesShow] is set. Empty if the value differs as a whole, or
	// the place is not known.
	Fields []string `json:"fields,omitempty"`
	// FieldCount is how many elements of the value differ, as far as they were
	// counted; 0 if Fields is empty.
	FieldCount int64 `json:"field_count,omitempty"`
	// Source describes what the source has; empty if it has nothing.
	Source string `json:"source,omitempty"`
	// Target describes what the target has; empty if it has nothing.
	Target string `json:"target,omitempty"`
	// Reason says, for a difference that was not proven, why.
	Reason string `json:"reason,omitempty"`
}
