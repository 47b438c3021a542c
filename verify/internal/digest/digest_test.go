package digest_test

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/cachelift/cachelift/verify/internal/digest"
)

func of(k *digest.Key, parts ...[]byte) digest.Sum {
	st := k.Begin(1)
	for _, p := range parts {
		st.Bytes(p)
	}
	return st.Sum()
}

// Other strings, other boundaries between them, another tag or key are other
// digests, and the same are the same.
func TestDigest(t *testing.T) {
	t.Parallel()
	k := digest.NewKey()
	seen := map[digest.Sum]string{}
	add := func(what string, s digest.Sum) {
		t.Helper()
		if was, ok := seen[s]; ok {
			t.Errorf("%s is the same as %s", what, was)
		}
		seen[s] = what
	}
	zeros := make([]byte, 100)
	for n := range zeros {
		add(fmt.Sprintf("%d zeros", n), of(&k, zeros[:n]))
	}
	add("ab, c", of(&k, []byte("ab"), []byte("c")))
	add("a, bc", of(&k, []byte("a"), []byte("bc")))
	add("abc", of(&k, []byte("abc")))
	add("abc, nothing", of(&k, []byte("abc"), nil))
	other := k.Begin(2)
	other.Bytes([]byte("abc"))
	add("abc, another tag", other.Sum())
	second := digest.NewKey()
	add("abc, another key", of(&second, []byte("abc")))
	if a, b := of(&k, []byte("abc")), of(&k, []byte("abc")); a != b {
		t.Errorf("abc has two digests, %v and %v", a, b)
	}
}

// A string in pieces is the same as at once, however it is cut.
func TestPieces(t *testing.T) {
	t.Parallel()
	k := digest.NewKey()
	rng := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, 1000)
	for i := range text {
		text[i] = byte(rng.Uint32())
	}
	for n := range len(text) {
		whole := k.Begin(3)
		whole.Bytes(text[:n])
		cut := k.Begin(3)
		rest := text[:n]
		for len(rest) >= 16 && rng.IntN(8) > 0 {
			piece := 16 * (1 + rng.IntN(len(rest)/16))
			cut.Piece(rest[:piece])
			rest = rest[piece:]
		}
		cut.Last(rest)
		if whole.Sum() != cut.Sum() {
			t.Fatalf("%d bytes: another digest in pieces", n)
		}
	}
}

// Sums do not depend on the order, and Sub takes back what Add added.
func TestSum(t *testing.T) {
	t.Parallel()
	k := digest.NewKey()
	a, b := of(&k, []byte("a")), of(&k, []byte("b"))
	x, y := a, b
	x.Add(b)
	y.Add(a)
	if x != y || x == a {
		t.Errorf("%v and %v", x, y)
	}
	if x.Sub(b); x != a {
		t.Errorf("%v, want %v", x, a)
	}
}

// One bit of the input changes half of the bits of the digest, whichever it is and
// wherever it is.
func TestAvalanche(t *testing.T) {
	t.Parallel()
	k := digest.NewKey()
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 100} {
		text := make([]byte, n)
		var changed [128]int
		const rounds = 200
		for range rounds {
			for i := range text {
				text[i] = byte(rng.Uint32())
			}
			bit := rng.IntN(8 * n)
			was := of(&k, text)
			text[bit/8] ^= 1 << (bit % 8)
			is := of(&k, text)
			if flipped := bits.OnesCount64(was.A^is.A) + bits.OnesCount64(was.B^is.B); flipped < 25 || flipped > 103 {
				t.Errorf("%d bytes, bit %d: %d of 128 bits change", n, bit, flipped)
			}
			for i := range 64 {
				changed[i] += int((was.A ^ is.A) >> i & 1)
				changed[64+i] += int((was.B ^ is.B) >> i & 1)
			}
		}
		for i, c := range changed {
			if c < rounds/4 || c > rounds*3/4 { // seven standard deviations
				t.Errorf("%d bytes: bit %d of the digest changes in %d of %d", n, i, c, rounds)
			}
		}
	}
}

// Keys that are alike, as those of real data are, fall evenly into buckets, and
// no half of their digests is twice the same.
func TestAlike(t *testing.T) {
	t.Parallel()
	k := digest.NewKey()
	const n, buckets = 1 << 18, 1 << 8
	var high, low [buckets]int
	a, b := map[uint64]bool{}, map[uint64]bool{}
	for i := range n {
		s := of(&k, []byte(fmt.Sprintf("user:%d:name", i)))
		high[s.A>>56]++
		low[s.B&0xff]++
		a[s.A], b[s.B] = true, true
	}
	if len(a) != n || len(b) != n {
		t.Errorf("%d and %d different halves of %d digests", len(a), len(b), n)
	}
	for i := range buckets {
		for _, c := range []int{high[i], low[i]} {
			if c < 800 || c > 1250 { // 1024 within seven standard deviations
				t.Errorf("bucket %d has %d keys, want about %d", i, c, n/buckets)
			}
		}
	}
}

// Numbers that Add writes are told apart.
func TestNumbers(t *testing.T) {
	t.Parallel()
	k := digest.NewKey()
	seen := map[digest.Sum]bool{}
	for x := range uint64(100) {
		for y := range uint64(100) {
			st := k.Begin(5)
			st.Add(x, y)
			seen[st.Sum()] = true
		}
	}
	if len(seen) != 10_000 {
		t.Errorf("%d digests of 10,000 pairs", len(seen))
	}
}

func BenchmarkBytes(b *testing.B) {
	k := digest.NewKey()
	for _, n := range []int{8, 20, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			text := make([]byte, n)
			b.SetBytes(int64(n))
			for i := 0; b.Loop(); i++ {
				binary.LittleEndian.PutUint32(text, uint32(i))
				of(&k, text)
			}
		})
	}
}
