package verify

import (
	"time"
)

// Mode is how much of the data is compared.
type Mode string

// The modes.
const (
	// ModeCounts compares which keys there are, and of which type: the names of
	// all keys and how many of each type a database holds. No value is read.
	ModeCounts Mode = "counts"
	// ModeSample compares the names of all keys, and type, value and expiry of a
	// random sample of them; see [Sample].
	ModeSample Mode = "sample"
	// ModeFull compares every key's type, value and expiry. The default.
	ModeFull Mode = "full"
)

// Values says what a [Difference] tells of the data.
type Values string

// What differences show.
const (
	// ValuesDigest describes values, and the fields and members inside of them,
	// by length and digest, so that a report can be passed on. The default.
	ValuesDigest Values = "digest"
	// ValuesShow adds the beginning of the values themselves.
	ValuesShow Values = "show"
)

// The types of values, as [Options].Types and [Difference].Type name them.
const (
	TypeString   = "string"   // also bitmaps and HyperLogLogs
	TypeList     = "list"     // compared in order
	TypeSet      = "set"      // compared without order
	TypeZSet     = "zset"     // members with their scores
	TypeHash     = "hash"     // fields with their values and expiry
	TypeStream   = "stream"   // entries, groups, consumers, pending entries
	TypeModule   = "module"   // whatever a module keeps
	TypeFunction = "function" // a library of functions
)

// Options tune [Compare]. Nil and the zero value are valid; every field says
// what its zero means. Compare copies them and changes nothing in them.
type Options struct {
	// Checkpoint keeps how far a comparison has come, so that a later call with
	// the same options and servers goes on there. Nil means that nothing is kept.
	Checkpoint CheckpointStore
	// CheckpointEvery is how often the checkpoint is written. Zero means 5
	// seconds.
	CheckpointEvery time.Duration
	// DBs are the numbers of the databases to compare. Empty means all that hold
	// a key on either side.
	DBs []int
	// ExpiryTolerance is by how much the absolute times at which a key expires may
	// differ. Zero means 1 second, which tools that copy relative times stay
	// within; -1 means not at all, which a replica of Redis 7.0 or newer meets. A
	// server before 7.0 can tell the time only by a difference, so that there 5
	// milliseconds are allowed at least.
	ExpiryTolerance time.Duration
	// Functions says whether libraries of functions are compared. Empty means
	// that they are in [ModeFull] unless Match, Types or DBs choose a part of the
	// data.
	Functions Functions
	// Match chooses keys by a pattern as SCAN MATCH has it, e.g. "user:*". Empty
	// means all.
	Match string
	// MaxBlock is for how long a single command may occupy a server. It bounds
	// how much of a value is asked for at once. Below 5 milliseconds no command that
	// reads a string of unknown size is sent, which takes longer. A module's value
	// that takes more than 50 KiB of memory for each millisecond is not read: there
	// is no command for a part of it. Zero means 5 milliseconds; more than 100 is
	// taken for 100.
	MaxBlock time.Duration
	// Mode is how much is compared. Empty means [ModeFull].
	Mode Mode
	// OnDifference is called for each difference as it is found, from one
	// goroutine at a time, and holds the comparison up until it returns. An error
	// ends the comparison, and Compare returns it. Nil means that differences are
	// only counted, and the first of them kept in the report.
	OnDifference func(Difference) error
	// OnProgress is called about once in ProgressEvery and at the end, from one
	// goroutine at a time. Nil means that nobody is told.
	OnProgress func(Progress)
	// Parallel is how many connections read each side. Zero means 1, which is
	// enough to occupy the one thread on which a server executes commands; more
	// pay off where the network is far or uses TLS.
	Parallel int
	// ProgressEvery is the time between two calls of OnProgress. Zero means 1
	// second.
	ProgressEvery time.Duration
	// ReportFirst is how many differences the report keeps; all are counted. Zero
	// means 100, -1 none.
	ReportFirst int
	// Rounds is how often a key that differs is looked at again before it is
	// called in flight: its value changed on the source between all looks. Zero
	// means 8.
	Rounds int
	// Sample is how large the sample of [ModeSample] is. In other modes it must
	// be left out.
	Sample Sample
	// SettleFor bounds how long each second look waits for the target to reach
	// the source's replication offset. Zero means 10 seconds.
	SettleFor time.Duration
	// Source limits the load on the source. The zero value means no limit.
	Source Limits
	// Target limits the load on the target. The zero value means no limit.
	Target Limits
	// Types chooses keys by type, e.g. "hash". Empty means all.
	Types []string
	// Values says what differences tell of the data. Empty means [ValuesDigest].
	Values Values
	// WaitFor bounds how long a server may be unreachable, loading its data or
	// failing over before Compare gives up. Zero means 2 minutes.
	WaitFor time.Duration
}

// Functions says whether libraries of functions are compared.
type Functions string

// What is done about functions.
const (
	// FunctionsCompare compares the libraries of both sides.
	FunctionsCompare Functions = "compare"
	// FunctionsSkip leaves them out.
	FunctionsSkip Functions = "skip"
)

// Sample says how large a random sample is: either a number of keys, or what it
// is to find with which probability, both of all keys of the databases that are
// compared. How many of them Match and Types choose is not known beforehand: of
// those the same share is taken, and [Report].Certainty says how many would have to
// differ. See [ModeSample].
type Sample struct {
	// Size is about how many keys are compared: each key is taken with the same
	// probability, so that the number varies by its square root. Zero means that
	// LossRate and Confidence decide.
	Size int64
	// LossRate is the share of keys that differ, lost ones included, from which on
	// the sample is to find one: 0.00001 is one key in 100,000. Zero means 0.0001.
	LossRate float64
	// Confidence is the probability with which it is to. Zero means 0.99.
	Confidence float64
}

// Limits bound the load on one server. Zero means no bound in each field.
type Limits struct {
	// KeysPerSecond bounds how many keys are read.
	KeysPerSecond int64
	// BytesPerSecond bounds how many bytes are read from the server.
	BytesPerSecond int64
	// Latency is a ceiling on what other clients of the server see: while the
	// comparison runs, a connection of its own measures how long a PING takes, and
	// reading slows down when that takes longer, to a standstill if need be, and
	// recovers with it.
	Latency time.Duration
}
