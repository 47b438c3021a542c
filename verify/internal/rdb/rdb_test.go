package rdb_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/verify/internal/rdb"
)

// record is a sink that writes down what it gets.
type record struct{ lines []string }

func (r *record) add(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

func (r *record) Element(b []byte)                  { r.add("%q", b) }
func (r *record) Scored(m []byte, score float64)    { r.add("%q %v", m, score) }
func (r *record) Group(name []byte, last rdb.ID)    { r.add("group %s %d-%d", name, last.Ms, last.Seq) }
func (r *record) Consumer(group, name []byte)       { r.add("consumer %s %s", group, name) }
func (r *record) Field(name, value []byte, x int64) { r.add("%q=%q until %d", name, value, x) }

func (r *record) Entry(id rdb.ID, fields [][]byte) {
	r.add("%d-%d %s", id.Ms, id.Seq, slices.Concat([]byte{}, joined(fields)))
}

func joined(fields [][]byte) []byte {
	var out []byte
	for _, f := range fields {
		out = strconv.AppendQuote(out, string(f))
	}
	return out
}

func (r *record) Tail(t rdb.Tail) {
	r.add("last %d-%d deleted %d-%d added %d known %v", t.Last.Ms, t.Last.Seq, t.MaxDeleted.Ms, t.MaxDeleted.Seq, t.Added, t.Known)
}

func (r *record) Pending(group []byte, p rdb.Pending) {
	r.add("pending %s %d-%d %s %d at %d", group, p.ID.Ms, p.ID.Seq, p.Consumer, p.Deliveries, p.Delivered)
}

// decode takes a payload apart.
func decode(payload []byte) (string, error) {
	var r record
	var d rdb.Decoder
	err := d.Decode(payload, &r)
	return strings.Join(r.lines, "\n"), err
}

// payload is a value with its type and a footer.
func payload(version int, kind byte, parts ...[]byte) []byte {
	p := append([]byte{kind}, slices.Concat(parts...)...)
	return append(binary.LittleEndian.AppendUint16(p, uint16(version)), make([]byte, 8)...)
}

// str is a string with its length.
func str(b []byte) []byte {
	if len(b) < 64 {
		return append([]byte{byte(len(b))}, b...)
	}
	return append(binary.BigEndian.AppendUint32([]byte{0x80}, uint32(len(b))), b...)
}

func text(s string) []byte { return str([]byte(s)) }

func u64(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

// ziplist is a list of entries, which are encoded but for the length of the one
// before.
func ziplist(entries ...[]byte) []byte {
	out := make([]byte, 10)
	before := 0
	for _, e := range entries {
		from := len(out)
		if before < 254 {
			out = append(out, byte(before))
		} else {
			out = append(out, 254)
			out = binary.LittleEndian.AppendUint32(out, uint32(before))
		}
		out = append(out, e...)
		before = len(out) - from
	}
	out = append(out, 0xFF)
	binary.LittleEndian.PutUint32(out, uint32(len(out)))
	return out
}

// zip is a text of a ziplist.
func zip(s string) []byte {
	switch n := len(s); {
	case n < 64:
		return append([]byte{byte(n)}, s...)
	case n < 1<<14:
		return append([]byte{0x40 | byte(n>>8), byte(n)}, s...)
	default:
		return append(binary.BigEndian.AppendUint32([]byte{0x80}, uint32(n)), s...)
	}
}

// listpack is a list of texts and numbers.
func listpack(entries ...any) []byte {
	out := make([]byte, 6)
	for _, e := range entries {
		from := len(out)
		switch e := e.(type) {
		case int:
			out = append(out, 0xF4)
			out = append(out, u64(uint64(e))...)
		case string:
			out = append(out, 0xE0|byte(len(e)>>8), byte(len(e)))
			out = append(out, e...)
		case []byte: // as it is
			out = append(out, e...)
		}
		switch n := len(out) - from; {
		case n < 128:
			out = append(out, byte(n))
		default:
			out = append(out, byte(n>>7), byte(n)|0x80)
		}
	}
	out = append(out, 0xFF)
	binary.LittleEndian.PutUint32(out, uint32(len(out)))
	return out
}

// handMade are payloads of encodings that the servers at hand do not write any
// more, or not yet, after the format's documentation, with what is in them.
func handMade() []struct {
	why     string
	payload []byte
	kind    rdb.Kind
	want    string
} {
	long, longer := strings.Repeat("l", 300), strings.Repeat("m", 20_000)
	numbers := ziplist([]byte{0xF1}, []byte{0xFD}, []byte{0xFE, 0x80}, []byte{0xC0, 0x00, 0x80}, []byte{0xF0, 0, 0, 0x80},
		[]byte{0xD0, 0xFF, 0xFF, 0xFF, 0x7F}, append([]byte{0xE0}, u64(1<<63)...), zip(long), zip("a"), zip(longer), zip(""))
	inNumbers := "\"0\"\n\"12\"\n\"-128\"\n\"-32768\"\n\"-8388608\"\n\"2147483647\"\n\"-9223372036854775808\"\n" +
		strconv.Quote(long) + "\n\"a\"\n" + strconv.Quote(longer) + "\n\"\""
	zipmap := "\x02\x01a\x01\x02b\x00\x00\x03ccc\xfe\x02\x00\x00\x00\x01dd\x00\xff"
	minimum := uint64(1_700_000_000_000)
	return []struct {
		why     string
		payload []byte
		kind    rdb.Kind
		want    string
	}{
		{"string of 14 bits", payload(6, 0, []byte{0x40, 70}, []byte(strings.Repeat("x", 70))), rdb.String, strconv.Quote(strings.Repeat("x", 70))},
		{"string of 64 bits", payload(9, 0, []byte{0x81, 0, 0, 0, 0, 0, 0, 0, 1, 'x'}), rdb.String, `"x"`},
		{"string that is a number of 8 bits", payload(9, 0, []byte{0xC0, 0x80}), rdb.String, `"-128"`},
		{"string that is a number of 32 bits", payload(9, 0, []byte{0xC2, 0, 0, 0, 0x80}), rdb.String, `"-2147483648"`},
		{"string, compressed", payload(9, 0, []byte{0xC3, 4, 9, 0, 'a', 0xC0, 0}), rdb.String, `"aaaaaaaaa"`},
		{"list of old", payload(1, 1, []byte{2}, text("a"), text("b")), rdb.List, "\"a\"\n\"b\""},
		{"set", payload(1, 2, []byte{1}, text("a")), rdb.Set, `"a"`},
		{"sorted set of old", payload(1, 3, []byte{4}, text("a"), text("1.5"), text("b"), []byte{254}, text("c"), []byte{255}, text("d"), text("-0")), rdb.ZSet,
			"\"a\" 1.5\n\"b\" +Inf\n\"c\" -Inf\n\"d\" -0"},
		{"hash of old", payload(1, 4, []byte{1}, text("f"), text("v")), rdb.Hash, `"f"="v" until 0`},
		{"sorted set", payload(8, 5, []byte{1}, text("a"), u64(math.Float64bits(0.1))), rdb.ZSet, `"a" 0.1`},
		{"zipmap", payload(2, 9, text(zipmap)), rdb.Hash, "\"a\"=\"b\" until 0\n\"ccc\"=\"dd\" until 0"},
		{"list in a ziplist", payload(6, 10, str(numbers)), rdb.List, inNumbers},
		{"sorted set in a ziplist", payload(6, 12, str(ziplist(zip("a"), zip("1.25"), zip("b"), []byte{0xF3}))), rdb.ZSet, "\"a\" 1.25\n\"b\" 2"},
		{"hash in a ziplist", payload(6, 13, str(ziplist(zip("f"), zip("v"), []byte{0xF2}, []byte{0xF3}))), rdb.Hash, "\"f\"=\"v\" until 0\n\"1\"=\"2\" until 0"},
		{"list of ziplists", payload(7, 14, []byte{2}, str(ziplist(zip("a"), zip("b"))), str(ziplist(zip("c")))), rdb.List, "\"a\"\n\"b\"\n\"c\""},
		{"set in a listpack", payload(11, 20, str(listpack("a", 5, []byte{7}, []byte{0x83, 'x', 'y', 'z'}, []byte{0xDF, 0xFF}))), rdb.Set, "\"a\"\n\"5\"\n\"7\"\n\"xyz\"\n\"-1\""},
		{"numbers of a listpack", payload(11, 20, str(listpack([]byte{0xF1, 0, 0x80}, []byte{0xF2, 0, 0, 0x80}, []byte{0xF3, 0, 0, 0, 0x80}, append([]byte{0xF0, 1, 0, 0, 0}, 'q')))), rdb.Set,
			"\"-32768\"\n\"-8388608\"\n\"-2147483648\"\n\"q\""},
		{"hash with expiry, before its release", payload(12, 22, []byte{2, 0x81}, binary.BigEndian.AppendUint64(nil, minimum), text("f"), text("v"), []byte{0}, text("g"), text("w")), rdb.Hash,
			"\"f\"=\"v\" until 1700000000000\n\"g\"=\"w\" until 0"},
		{"hash with expiry in a listpack, before its release", payload(12, 23, str(listpack("f", "v", int(minimum), "g", "w", 0))), rdb.Hash,
			"\"f\"=\"v\" until 1700000000000\n\"g\"=\"w\" until 0"},
		{"hash with expiry", payload(12, 24, u64(minimum), []byte{3, 1}, text("f"), text("v"), []byte{0}, text("g"), text("w"), []byte{11}, text("h"), text("x")), rdb.Hash,
			"\"f\"=\"v\" until 1700000000000\n\"g\"=\"w\" until 0\n\"h\"=\"x\" until 1700000000010"},
		{"hash with expiry in a listpack", payload(12, 25, u64(minimum), str(listpack("f", "v", int(minimum), "g", "w", 0))), rdb.Hash,
			"\"f\"=\"v\" until 1700000000000\n\"g\"=\"w\" until 0"},
		{"hash with expiry of Valkey 9", payload(80, 22, []byte{2}, text("f"), text("v"), u64(minimum), text("g"), text("w"), u64(math.MaxUint64)), rdb.Hash,
			"\"f\"=\"v\" until 1700000000000\n\"g\"=\"w\" until 0"},
		{"stream of 5.0", payload(9, 15, []byte{1}, str(append(binary.BigEndian.AppendUint64(nil, 5), binary.BigEndian.AppendUint64(nil, 1)...)),
			str(listpack(2, 1, 1, "f", 0, 2, 0, 0, "v", 4, 3, 1, 0, "x", 4, 0, 2, 1, 1, "g", "w", 6)), []byte{2, 7, 3, 0}), rdb.Stream,
			"5-1 \"f\"\"v\"\n7-2 \"g\"\"w\"\nlast 7-3 deleted 0-0 added 0 known false"},
	}
}

func TestHandMade(t *testing.T) {
	t.Parallel()
	for _, row := range handMade() {
		got, err := decode(row.payload)
		if kind, ok := rdb.KindOfPayload(row.payload); err != nil || got != row.want || kind != row.kind || !ok {
			t.Errorf("%s: %v %v\n%.2000s\nwant %v\n%.2000s", row.why, kind, err, got, row.kind, row.want)
		}
	}
}

// A payload that is cut off, or has a byte too many, is an error and no panic.
func TestDamaged(t *testing.T) {
	t.Parallel()
	for _, row := range handMade() {
		content := row.payload[:len(row.payload)-10]
		footer := row.payload[len(row.payload)-10:]
		for n := range len(content) {
			if n > 200 {
				break
			}
			cut := slices.Concat(content[:n], footer)
			if got, err := decode(cut); err == nil {
				t.Errorf("%s, cut off after %d bytes: %s", row.why, n, got)
			}
		}
		if _, err := decode(slices.Concat(content, []byte{0}, footer)); !errors.Is(err, rdb.ErrFormat) {
			t.Errorf("%s with a byte too many: %v", row.why, err)
		}
	}
	for _, p := range [][]byte{nil, {0}, make([]byte, 10), payload(9, 99), payload(9, 7, []byte{1, 2})} {
		if _, err := decode(p); !errors.Is(err, rdb.ErrFormat) {
			t.Errorf("%q: %v", p, err)
		}
	}
	if _, err := decode(payload(9, 0, []byte{0xC3, 1, 0x80, 0x7F, 0, 0, 0, 'x'})); !errors.Is(err, rdb.ErrLarge) {
		t.Errorf("a string that unfolds to 2 GB: %v", err)
	}
}

// The words of the TYPE command.
func TestKind(t *testing.T) {
	t.Parallel()
	for k := rdb.None; k <= rdb.Module; k++ {
		if got := rdb.KindOf(k.String()); got != k {
			t.Errorf("%v is read as %v", k, got)
		}
	}
	if rdb.KindOf("ReJSON-RL") != rdb.Module {
		t.Error("a type of a module is not told")
	}
}

// Whatever the payload, it is an error or is taken apart, in bounded time.
func FuzzDecode(f *testing.F) {
	for _, row := range handMade() {
		f.Add(row.payload)
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		a, err := decode(p)
		if b, err2 := decode(p); a != b || (err == nil) != (err2 == nil) {
			t.Errorf("decoded twice: %q, %v and %q, %v", a, err, b, err2)
		}
	})
}
