package verify

import "github.com/cachelift/cachelift/verify/internal/rdb"

// predictor guesses from a key's name whether it is a string, and a small one. A
// command that reads a string refuses other types with an error, which the server
// counts, and one that asks for the size of anything costs as much as reading a
// short string; and names such as "user:17:followers" tell the type nearly always.
type predictor struct {
	runs   [lanes]uint8  // strings in a row, plus one; 0 for never seen
	unseen int           // strings in a row among those never seen before
	share  [lanes]uint8  // of strings among those seen last, of 256
	shorts [lanes]uint16 // small strings so far; more than short if there was a larger one
	fews   [lanes]uint16 // the same of small collections of one type in a row
	kinds  [lanes]rdb.Kind
}

const (
	lanes = 1 << 12
	// sure is how many strings in a row make the next one a string.
	sure = 16
	// unseenSure is the same for names that are like none before.
	unseenSure = 256
	// short is how many small values make the next one small.
	short = 1024
	// worthwhile is which share of strings makes it worth to ask first for a
	// string, where one that is none costs no error.
	worthwhile = 256 / 8
)

// lane returns the lane of a name: what it is without the words that have a digit
// in them.
func lane(name []byte) int32 {
	const prime = 16777619
	h, word := uint32(2166136261), uint32(2166136261)
	skip := false
	for _, c := range name {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			word = (word ^ uint32(c)) * prime
		case c >= '0' && c <= '9':
			skip = true
		default:
			if !skip {
				h = (h ^ word) * prime
			}
			h = (h ^ uint32(c)) * prime
			word, skip = 2166136261, false
		}
	}
	if !skip {
		h = (h ^ word) * prime
	}
	return int32((h ^ h>>15) % lanes)
}

// text reports whether the key is most likely a string.
func (p *predictor) text(lane int32) bool {
	if run := p.runs[lane]; run > 0 {
		return run > sure
	}
	return p.unseen >= unseenSure
}

// learn tells what it was.
func (p *predictor) learn(lane int32, text bool) {
	run := p.runs[lane]
	if run == 0 {
		run = 1
		p.unseen++
		if !text {
			p.unseen = 0
		}
	}
	switch {
	case !text:
		run = 1
	case run < 255:
		run++
	}
	p.runs[lane] = run
	if text {
		p.share[lane] += (255 - p.share[lane]) / 16
	} else {
		p.share[lane] -= p.share[lane] / 16
	}
}

// small reports whether the key may well be a string, and a small one if it is.
func (p *predictor) small(lane int32) bool {
	return p.shorts[lane] == short && p.share[lane] >= worthwhile
}

// sized tells how long a string was. One that is not small is the last of its
// lane to be taken for small.
func (p *predictor) sized(lane int32, n int64) {
	switch {
	case n > smallMost:
		p.shorts[lane] = short + 1
	case p.shorts[lane] < short:
		p.shorts[lane]++
	}
}

// collection tells of which type the key is, if it may well be a small collection.
func (p *predictor) collection(lane int32) rdb.Kind {
	if p.fews[lane] == short {
		return p.kinds[lane]
	}
	return rdb.None
}

// counted tells how many elements a collection had, and how long it was. One that is
// not small is the last of its lane to be taken for small.
func (p *predictor) counted(lane int32, kind rdb.Kind, n, size int64) {
	switch {
	case n > fewMost || size > smallMost:
		p.fews[lane] = short + 1
	case p.fews[lane] > short:
	case p.kinds[lane] != kind:
		p.kinds[lane], p.fews[lane] = kind, 1
	case p.fews[lane] < short:
		p.fews[lane]++
	}
}

// mistaken tells that it was of another type than was foretold.
func (p *predictor) mistaken(lane int32) {
	p.learn(lane, false)
	p.kinds[lane] = rdb.None
}
