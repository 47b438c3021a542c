package verify

import "github.com/cachelift/cachelift/verify/internal/digest"

// bucketBits is how many buckets a database is summed into: more of them, and
// fewer keys are read again for each one that differs; each costs 16 bytes a side.
const bucketBits = 17

// buckets is a sum for each part of the keys of a database.
type buckets []digest.Sum

func newBuckets() buckets { return make(buckets, 1<<bucketBits) }

// bucketOf is where a key belongs.
func bucketOf(key digest.Sum) int { return int(key.A >> (64 - bucketBits)) }

// marks are the buckets that differ, a bit each.
type marks []byte

// marksSize is how many bytes they have.
const marksSize = 1 << bucketBits / 8

// has reports whether the key's bucket differs.
func (m marks) has(key digest.Sum) bool {
	b := bucketOf(key)
	return m[b>>3]&(1<<(b&7)) != 0
}

// differing returns the buckets that differ, and how many they are.
func differing(a, b buckets) (marks, int) {
	m, n := make(marks, marksSize), 0
	for i := range a {
		if a[i] != b[i] {
			m[i>>3] |= 1 << (i & 7)
			n++
		}
	}
	return m, n
}
