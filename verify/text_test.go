package verify

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// Names are shown so that no byte reaches a terminal unquoted, and none is lost.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "plain:1", "a b", `"`, `\`, "\x00\xff\n", "grüße", "\x1b[2J", `"x"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, name []byte) {
		q := Quote(name)
		for _, c := range []byte(q) {
			if c < ' ' || c > '~' {
				t.Fatalf("%q is shown as %q", name, q)
			}
		}
		back := q
		if strings.HasPrefix(q, `"`) {
			var err error
			if back, err = strconv.Unquote(q); err != nil {
				t.Fatalf("%q is shown as %s: %v", name, q, err)
			}
		}
		if back != string(name) {
			t.Fatalf("%q is shown as %s, which is %q", name, q, back)
		}
	})
}

func TestReportText(t *testing.T) {
	t.Parallel()
	r := Report{
		Verdict: Different, Mode: ModeFull, Certainty: "all was compared", Weaker: []string{"one thing was not"}, Replicating: true,
		DBs: []DBReport{
			{DB: 0, Source: map[string]int64{"hash": 2, "string": 5}, Target: map[string]int64{"hash": 2, "string": 4}},
			{DB: 3, Source: map[string]int64{}, Target: map[string]int64{}},
		},
		Counts: map[Class]int64{ClassMissing: 1, ClassValue: 30, ClassExpiredMeanwhile: 2},
		Differences: []Difference{
			{Class: ClassMissing, Key: []byte("a\nb"), Type: "string", Source: "string of 3 bytes"},
			{Class: ClassValue, DB: 0, Key: []byte("h"), Type: "hash", Fields: []string{"sha256:0123", "x y"}, FieldCount: 5, Source: "s", Target: "t", Reason: "why"},
		},
		Source:    Side{Server: "redis 7.0.15", Role: "master", Keys: 7, Bytes: 1200},
		Target:    Side{Server: "valkey 8.0.1", Role: "slave", Keys: 6, Bytes: 34_000_000},
		ClockSkew: -1500 * time.Microsecond, Took: 2345 * time.Millisecond,
	}
	const want = `DIFFERENT: all was compared.
Weaker: one thing was not.

redis 7.0.15 (a primary) and valkey 8.0.1 (a replica), which replicates from it, clocks 1.5ms apart
7 and 6 keys, 1200 bytes and 34.0 MB, in 2.345s
db 0: 2 hash, 5 string (4 on the target)
db 3: no keys

1 missing
30 value
2 expired_meanwhile

missing string db 0 "a\x0ab"; source: string of 3 bytes
value hash db 0 h at sha256:0123, "x y" and 3 more; source: s; target: t; why
... and 31 more: the JSON of the report has the first 2, Options.OnDifference gets all
`
	if got := r.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	r = Report{Verdict: EqualButExpiry}
	if got := r.String(); !strings.HasPrefix(got, "EQUAL BUT EXPIRY: ") {
		t.Errorf("got %s", got)
	}
}
