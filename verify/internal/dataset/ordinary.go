package dataset

import "strconv"

// The types of values, in the words of the TYPE command.
const (
	typeString = "string"
	typeHash   = "hash"
	typeList   = "list"
	typeSet    = "set"
	typeZSet   = "zset"
	typeStream = "stream"

	typeFunction = "function" // a library, which is no value
)

// ordinaryType returns the type of the ordinary key i of M.
func ordinaryType(i int) string {
	switch i % 10 {
	case 0, 1, 2, 3, 4:
		return typeString
	case 5, 6:
		return typeHash
	case 7:
		return typeList
	case 8:
		return typeSet
	default:
		return typeZSet
	}
}

// ordinaryDB returns where the ordinary key i of M is: one in five in 1.
func ordinaryDB(i int) int {
	if i/10%5 == 4 {
		return 1
	}
	return 0
}

// ordinaryKey returns the name of the ordinary key i of M.
func (s Set) ordinaryKey(i int) string {
	if s.Opaque {
		return "key:" + strconv.Itoa(i)
	}
	return ordinaryType(i) + ":" + strconv.Itoa(i)
}

// integer reports whether the ordinary key i is a string that Redis keeps as a
// number, and a set of numbers that Redis keeps as such.
func integer(i int) bool {
	if ordinaryType(i) == typeSet {
		return i/10%2 == 0
	}
	return i%50 == 0
}

// ordinary writes the ordinary key i of M.
func (g *generator) ordinary(p *pipe, i int) {
	g.at('o', i)
	key := g.set.ordinaryKey(i)
	expires := g.rng.IntN(6) == 0
	switch kind := ordinaryType(i); kind {
	case typeString:
		value := ""
		switch {
		case integer(i):
			value = strconv.FormatInt(g.rng.Int64N(2e12)-1e12, 10)
		case i%2 == 0:
			value = g.text(20 + g.rng.IntN(181))
		default:
			value = g.json(90 + g.rng.IntN(111))
		}
		g.str(p, key, value, expires)
		return
	case typeSet:
		g.members(p, key, integer(i), 20)
	default:
		g.elements(p, kind, key, 10+10*boolInt(kind != typeHash))
	}
	if expires {
		g.expire(p, key)
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// expire gives a key a TTL.
func (g *generator) expire(p *pipe, key string) {
	p.command(3)
	p.word("PEXPIREAT")
	p.word(key)
	p.number(g.expiry())
}

// elements writes n elements of a hash, list or sorted set with one command.
func (g *generator) elements(p *pipe, kind, key string, n int) {
	switch kind {
	case typeHash:
		p.command(2 + 2*n)
		p.word("HSET")
		p.word(key)
		for f := range n {
			p.word("field" + strconv.Itoa(f))
			p.word(g.text(10 + g.rng.IntN(20)))
		}
	case typeList:
		p.command(2 + n)
		p.word("RPUSH")
		p.word(key)
		for range n {
			p.word(g.text(10 + g.rng.IntN(20)))
		}
	case typeZSet:
		p.command(2 + 2*n)
		p.word("ZADD")
		p.word(key)
		for m := range n {
			p.word(g.score())
			p.word("member" + strconv.Itoa(m))
		}
	}
}

// members writes the n members of a set with one command: numbers, or texts.
func (g *generator) members(p *pipe, key string, numbers bool, n int) {
	p.command(2 + n)
	p.word("SADD")
	p.word(key)
	for m := range n {
		if numbers {
			p.number(int64(m)*1000 + g.rng.Int64N(1000))
		} else {
			p.word(g.text(8+g.rng.IntN(10)) + strconv.Itoa(m))
		}
	}
}

// score returns a score: whole, with a fraction, or with all 17 digits.
func (g *generator) score() string {
	switch g.rng.IntN(3) {
	case 0:
		return strconv.Itoa(g.rng.IntN(100_000))
	case 1:
		return strconv.FormatFloat(float64(g.rng.IntN(1e6))/4, 'g', -1, 64)
	default:
		return strconv.FormatFloat(g.rng.NormFloat64(), 'g', -1, 64)
	}
}
