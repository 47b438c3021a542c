package dataset

import (
	"fmt"
	"strconv"
)

// oddKey is a key that is unusual in its name or its value.
type oddKey struct {
	db   int
	kind string // the type
	name string
	what string // "name", "empty", "hyperloglog", "bitmap", "nested"
}

// oddKeys returns the odd keys of M.
func (s Size) oddKeys() []oddKey {
	var keys []oddKey
	for n := range s.Odd {
		add := func(kind, what, name string) {
			keys = append(keys, oddKey{db: boolInt(len(keys)%5 == 4), kind: kind, what: what, name: name})
		}
		for b := range 256 { // every byte, by itself at the first round
			name := string([]byte{byte(b)})
			if n > 0 {
				name = "\xff\x00" + name + "\r\n$3\r\n" + strconv.Itoa(n)
			}
			add([]string{typeString, typeHash, typeSet, typeZSet, typeList}[b%5], "name", name)
		}
		for i := range 8 {
			id := strconv.Itoa(n) + "." + strconv.Itoa(i)
			add(typeString, "empty", "empty:string:"+id)
			add(typeHash, "empty", "empty:hash:"+id)
			add(typeList, "empty", "empty:list:"+id)
			add(typeString, "hyperloglog", "hll:"+id)
			add(typeString, "bitmap", "bitmap:"+id)
			add(typeZSet, "infinite", "infinite:"+id)
		}
	}
	if s.Odd > 0 {
		keys = append(keys, oddKey{kind: typeString, what: "name", name: ""}) // Redis has no objection
	}
	return keys
}

// odd writes the odd keys that are in the database.
func (g *generator) odd(p *pipe, db int) {
	for i, k := range g.set.oddKeys() {
		if k.db != db {
			continue
		}
		g.at('d', i)
		switch k.what {
		case "name":
			g.binary(p, k)
		case "empty":
			switch k.kind {
			case typeString:
				p.send("SET", k.name, "")
			case typeHash:
				p.send("HSET", k.name, "", g.text(5), "empty", "", "\x00", "\x00")
			case typeList:
				p.send("RPUSH", k.name, "", g.text(5), "", "-1", "-1", "007")
			}
		case "hyperloglog":
			for range 1 + 40*(i%3)*(i%3) { // sparse and dense
				p.send("PFADD", k.name, g.text(9), g.text(9), g.text(9))
			}
		case "bitmap":
			for range 20 {
				p.send("SETBIT", k.name, strconv.Itoa(g.rng.IntN(20_000)), "1")
			}
		case "infinite":
			p.send("ZADD", k.name, "-inf", "lowest", "inf", "highest", "1e300", "vast", "5e-324", "tiny", "0.1", "tenth")
		}
	}
}

// binary writes a value of any bytes.
func (g *generator) binary(p *pipe, k oddKey) {
	switch k.kind {
	case typeString:
		g.str(p, k.name, g.bytes(g.rng.IntN(300)), g.rng.IntN(3) == 0)
	case typeHash:
		p.send("HSET", k.name, g.bytes(3), g.bytes(80), g.bytes(9), g.bytes(8))
	case typeSet:
		p.send("SADD", k.name, g.bytes(4), g.bytes(70), "12", "-7")
	case typeZSet:
		p.send("ZADD", k.name, "1", g.bytes(5), "-2.5", g.bytes(6), "0", g.bytes(70))
	case typeList:
		p.send("RPUSH", k.name, g.bytes(6), "4096", g.bytes(200), "-129", "70000", "2147483648", "9223372036854775807")
	}
}

// library returns the source of function library n.
func library(n, answer int) string {
	return fmt.Sprintf("#!lua name=library%d\nredis.register_function('answer%d', function(keys, args) return %d end)", n, n, answer)
}

// functions writes the function libraries.
func (g *generator) functions(p *pipe) {
	for n := range g.set.Odd * boolInt(!g.set.Old) {
		p.send("FUNCTION", "LOAD", library(n, 42))
	}
}
