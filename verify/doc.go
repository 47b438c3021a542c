// Package verify proves that two Redis or Valkey servers hold the same data, or
// says exactly what differs. It writes to neither, needs no command that
// ElastiCache forbids, and its memory grows neither with the data nor with what
// differs.
//
//	report, err := verify.Compare(ctx, source, target, nil)
//	if err != nil {
//		return err
//	}
//	fmt.Print(report)
//
// # What is compared
//
// Both directions: keys that the target lacks and keys that it has beyond. Of each
// key the type, the value down to its fields, members, elements and entries, and
// the time at which it expires; of a stream its groups, their consumers and their
// pending entries, and of a hash the expiry of its fields where the servers have
// that; and the libraries of functions. How a server keeps a value does not
// matter: a replica has other encodings than its source in one case of twenty.
// HyperLogLogs and bitmaps are strings. Names and values are bytes.
//
// # How
//
// Both sides are scanned on their own, 1,000 keys at a time, on connections that
// are made as the clients would make them. Strings are read by GETRANGE, the
// beginning alone, so that a long one is noticed before it is read, and by MGET
// where all strings with names like it have been small so far; collections whose
// names have been small ones by a command that returns a bounded part of a large one;
// other values by DUMP when MEMORY USAGE says that they are small, taken apart here
// into elements; what is large is read in pieces, so that no command takes a server
// longer than [Options].MaxBlock on common hardware. Each key becomes a digest
// of 128 bits under a key that is drawn for the comparison, and adds to one of
// 131,072 sums. Where the sums of both sides are equal, so are the keys. The keys
// of the others are read once more and compared one by one.
//
// # Under load
//
// A difference may be a write in flight. A key that differs is looked at again:
// it is watched and read on the source, then on the target when that has passed
// the replication offset that the source had, and then the source is asked
// whether the key was written meanwhile. If not, and the two still differ, that is
// proven. A key that is written during every look is told of as [ClassInFlight];
// it makes the verdict not proven, never different.
//
// # What a verdict is worth
//
// [Equal] is said of all keys that exist throughout the comparison. That two
// values differ and have one digest has a probability of 2^-128 as long as nobody
// knows the key. Not compared are: for how long consumers were idle, how many
// entries a group says it has read (a replica does not learn all of it), access
// times and frequencies, encodings, and users, settings and scripts. [Report].Weaker
// lists what this comparison knows less well, and why: values of modules, which are
// compared as the servers write them, and what an ACL forbids.
//
// Reading changes nothing but what any reading changes: a primary removes keys that
// have expired, and servers before 7.2 note that a key was used.
//
// # More gently
//
// [ModeCounts] reads names and types alone. [ModeSample] compares all names, and the
// rest of a random sample of keys. [Limits] bound the rate, and the latency that
// others see. A [CheckpointStore] lets a comparison that was stopped go on.
package verify
