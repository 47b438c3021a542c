// Package digest is the hash under which two servers' data are compared: 128
// bits, keyed with a secret that each comparison draws, so that nobody can
// prepare data that collides. It detects errors and deliberate changes by
// somebody who does not see the digests; it is no cryptographic hash.
package digest

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"
)

// Key is the secret of a comparison.
type Key [4]uint64

// NewKey draws a key.
func NewKey() Key {
	var b [32]byte
	rand.Read(b[:]) // never fails
	var k Key
	for i := range k {
		k[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return k
}

// Sum is a digest, or a sum of digests.
type Sum struct{ A, B uint64 }

// Add adds another sum; the order does not matter.
func (s *Sum) Add(o Sum) { s.A, s.B = s.A+o.A, s.B+o.B }

// Sub takes away what Add added.
func (s *Sum) Sub(o Sum) { s.A, s.B = s.A-o.A, s.B-o.B }

// State is a digest in the making. What is written to it is delimited: "ab" and
// "c" is another digest than "a" and "bc".
type State struct {
	k    *Key
	a, b uint64
	n    uint64 // bytes of an unfinished string
}

// Begin starts a digest; tag keeps digests of different things apart.
func (k *Key) Begin(tag uint64) State { return State{k: k, a: k[2] ^ tag, b: k[3] + tag} }

// Add writes two numbers.
func (s *State) Add(x, y uint64) {
	k := s.k
	s.a, s.b = fold(x^k[0], y^s.a), fold(y^k[1], x^s.b)
}

// fold multiplies to 128 bits and folds them.
func fold(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo
}

// Bytes writes a string.
func (s *State) Bytes(p []byte) {
	n := uint64(len(p))
	k0, k1, a, b := s.k[0], s.k[1], s.a, s.b
	for len(p) >= 16 {
		x, y := binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:])
		a, b = fold(x^k0, y^a), fold(y^k1, x^b)
		p = p[16:]
	}
	s.a, s.b = a, b
	s.end(p, n)
}

// Piece writes a part of a string whose length is a multiple of 16; End ends it.
func (s *State) Piece(p []byte) {
	for ; len(p) >= 16; p = p[16:] {
		s.Add(binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:]))
		s.n += 16
	}
	if len(p) > 0 {
		panic("digest: a piece that is no multiple of 16 bytes")
	}
}

// Last writes the last part of a string, of any length. The digest is that of
// all parts written at once with Bytes.
func (s *State) Last(p []byte) {
	whole := len(p) &^ 15
	s.Piece(p[:whole])
	p = p[whole:]
	s.end(p, s.n+uint64(len(p)))
	s.n = 0
}

// end writes fewer than 16 bytes and the length of the string.
func (s *State) end(p []byte, n uint64) {
	var x, y uint64
	switch {
	case len(p) >= 8:
		x = binary.LittleEndian.Uint64(p)
		y = tail(p[8:])
	default:
		x = tail(p)
	}
	s.Add(x, y)
	s.a ^= bits.RotateLeft64(n, 32) ^ n
	s.b += n
}

// tail reads fewer than 8 bytes.
func tail(p []byte) uint64 {
	n := len(p)
	switch {
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(p)) | uint64(binary.LittleEndian.Uint32(p[n-4:]))<<(8*(n-4))
	case n > 0:
		return uint64(p[0]) | uint64(p[n/2])<<(8*(n/2)) | uint64(p[n-1])<<(8*(n-1))
	}
	return 0
}

// Sum returns the digest.
func (s *State) Sum() Sum {
	k := s.k
	a, b := fold(s.a^k[1], s.b^k[2]), fold(s.b^k[3], s.a^k[0])
	return Sum{fold(a^k[2], k[0]^b), fold(b^k[0], k[3]^a)}
}
