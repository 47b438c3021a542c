package dataset

import "strconv"

// bigKey is one of the big keys of M.
type bigKey struct {
	db   int
	kind string
	name string
}

// bigKeys returns the 20 big keys of M: 6 hashes, 5 sorted sets, 5 lists, 3
// sets and a string, every fourth of them in database 1.
func bigKeys() []bigKey {
	var keys []bigKey
	for _, k := range []struct {
		kind string
		n    int
	}{{typeHash, 6}, {typeZSet, 5}, {typeList, 5}, {typeSet, 3}, {typeString, 1}} {
		for i := range k.n {
			keys = append(keys, bigKey{db: boolInt(len(keys)%4 == 3), kind: k.kind, name: "big:" + k.kind + ":" + strconv.Itoa(i)})
		}
	}
	return keys
}

// big writes the big keys that are in the database. Elements are named by
// their number, so that a corruptor knows them.
func (g *generator) big(p *pipe, db int) {
	for i, k := range bigKeys() {
		if k.db != db {
			continue
		}
		g.at('b', i)
		if k.kind == typeString {
			if g.set.Blob > 0 {
				g.blob(p, k.name)
			}
			continue
		}
		const step = 1000
		for from := 0; from < g.set.Elements; from += step {
			g.slice(p, k, from, min(from+step, g.set.Elements))
		}
	}
}

// slice adds the elements from one number to another to a big collection.
func (g *generator) slice(p *pipe, k bigKey, from, to int) {
	n := to - from
	switch k.kind {
	case typeHash:
		p.command(2 + 2*n)
		p.word("HSET")
	case typeZSet:
		p.command(2 + 2*n)
		p.word("ZADD")
	case typeList:
		p.command(2 + n)
		p.word("RPUSH")
	case typeSet:
		p.command(2 + n)
		p.word("SADD")
	}
	p.word(k.name)
	for e := from; e < to; e++ {
		switch k.kind {
		case typeHash:
			p.word(element(e))
			p.word(g.text(16 + g.rng.IntN(16)))
		case typeZSet:
			p.word(g.score())
			p.word(element(e))
		case typeList:
			p.word(g.text(16 + g.rng.IntN(16)))
		case typeSet:
			p.word(element(e))
		}
	}
}

// element returns the name of element e of a big collection.
func element(e int) string { return "element:" + strconv.Itoa(e) }

// blob writes the big string in pieces: one command of that size would hold
// it three times.
func (g *generator) blob(p *pipe, key string) {
	const piece = 1 << 20
	text := g.text(piece)
	for left := g.set.Blob; left > 0; left -= piece {
		p.send("APPEND", key, text[:min(left, piece)])
		text = text[1:] + text[:1] // pieces differ
	}
}

// aged writes values that were big, or of another kind, and became small: the
// server that saw that keeps the encoding of the big value, its replica that
// got the small value does not.
func (g *generator) aged(p *pipe, db int) {
	for i := range g.set.Aged {
		if agedDB(i) != db {
			continue
		}
		g.at('a', i)
		key := agedKey(i)
		switch agedType(i) {
		case typeString:
			g.agedString(p, key, i)
		case typeHash:
			g.elements(p, typeHash, key, 6)
			p.send("HSET", key, "big", g.text(100))
			p.send("HDEL", key, "big")
		case typeZSet:
			g.elements(p, typeZSet, key, 6)
			big := g.text(100)
			p.send("ZADD", key, "1", big)
			p.send("ZREM", key, big)
		case typeList:
			g.elements(p, typeList, key, 12)
			p.send("RPUSH", key, "gone")
			p.send("LREM", key, "0", "gone")
		case typeSet:
			g.members(p, key, true, 6)
			p.send("SADD", key, "gone")
			p.send("SREM", key, "gone")
		}
	}
}

// agedString writes a string that was longer, or a number that was a text.
func (g *generator) agedString(p *pipe, key string, i int) {
	switch i / 6 % 3 {
	case 0: // a number that is kept as text
		p.send("SET", key, "1")
		p.send("APPEND", key, strconv.Itoa(i))
	case 1: // a short text that is kept like a long one
		p.send("SET", key, g.text(60))
		p.send("SETRANGE", key, "0", "short")
	case 2: // a number from INCR
		p.send("SET", key, strconv.Itoa(i))
		p.send("INCRBY", key, "1000")
	}
}

// agedType returns the type of the aged key i.
func agedType(i int) string {
	return []string{typeString, typeHash, typeZSet, typeList, typeSet, typeString}[i%6]
}

// agedKey returns the name of the aged key i.
func agedKey(i int) string { return "aged:" + agedType(i) + ":" + strconv.Itoa(i) }

// agedDB returns where the aged key i is.
func agedDB(i int) int { return boolInt(i%5 == 4) }
