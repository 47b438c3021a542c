package verify

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
	"github.com/cachelift/cachelift/verify/internal/wire"
)

// scripted is a server that gives prepared answers, one for each command.
type scripted struct {
	written
	answers []string
	now     strings.Reader
}

func (s *scripted) Read(b []byte) (int, error) {
	if s.now.Len() == 0 && len(s.answers) > 0 {
		s.now.Reset(s.answers[0])
		s.answers = s.answers[1:]
	}
	return s.now.Read(b)
}

func (s *scripted) SetReadDeadline(time.Time) error { return nil }
func (s *scripted) Close() error                    { return nil }

// A module's value is dumped only if the server has said that it is not large.
func TestModuleSize(t *testing.T) {
	t.Parallel()
	const size, dump = "MEMORY\r\n$5\r\nUSAGE", "DUMP"
	value := "\x07 what the module writes \x0b\x00checksum"
	for _, row := range []struct {
		why         string
		answers     []string
		dumped      bool
		state       state
		reason, err string
	}{
		{"small", []string{":256000\r\n", "$" + itoa(int64(len(value))) + "\r\n" + value + "\r\n"}, true, present, "", ""},
		{"large", []string{":256001\r\n"}, false, unread, "MEMORY USAGE 256001 for the value of a module, of which up to 256000 are", ""},
		{"gone", []string{"$-1\r\n"}, false, absent, "", ""},
		{"gone meanwhile", []string{":100\r\n", "$-1\r\n"}, true, absent, "", ""},
		{"of a size that may not be known", []string{"-NOPERM no MEMORY\r\n"}, false, untouched, "", "NOPERM no MEMORY"},
		{"small, says its module", []string{":64\r\n", "$16777217\r\n" + strings.Repeat("x", 16<<20+1) + "\r\n"}, true, unread, "DUMP 16777217 for the value of a module, of which up to 16777216 are", ""},
	} {
		key := digest.NewKey()
		conn := &scripted{answers: append([]string{"+a-module\r\n"}, row.answers...)}
		r := &reader{key: &key, limits: sizesFor(5), weak: func(string) {}}
		rec := record{name: []byte("key")}
		err := r.walk(&link{Conn: wire.New(conn, time.Minute)}, &rec, func() error { return nil })
		if (err == nil) != (row.err == "") || err != nil && err.Error() != row.err {
			t.Errorf("%s: %v, want %q", row.why, err, row.err)
		}
		sent := conn.text.Bytes()
		if !bytes.Contains(sent, []byte(size)) || bytes.Contains(sent, []byte(dump)) != row.dumped {
			t.Errorf("%s: it is dumped: %t, %q was sent", row.why, !row.dumped, sent)
		}
		if rec.state != row.state || !strings.Contains(rec.reason, row.reason) || row.state == unread && rec.kind != rdb.Module {
			t.Errorf("%s: it is %+v", row.why, rec)
		}
		if len(conn.answers) > 0 || conn.now.Len() > 0 {
			t.Errorf("%s: %d answers were not asked for, %d bytes not read", row.why, len(conn.answers), conn.now.Len())
		}
	}
}

// A module's value that could not be read is no matter where modules are not compared.
func TestUnreadOfOtherType(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why  string
		kind rdb.Kind
		want bool
	}{
		{"a module", rdb.Module, true},
		{"of a type that is compared", rdb.Set, false},
		{"of a type that is not known", rdb.None, false},
	} {
		e := &engine{types: map[rdb.Kind]bool{rdb.Set: true}}
		a := record{state: unread, kind: row.kind, expiry: -1}
		b := a
		if got := e.equal(&a, &b); got != row.want {
			t.Errorf("%s: equal is %t", row.why, got)
		}
	}
}

// What a key was before is not what it is when it is read again.
func TestModuleReadAgain(t *testing.T) {
	t.Parallel()
	key := digest.NewKey()
	r := &reader{key: &key, weak: func(string) {}}
	var rec record
	if err := r.gotModule(&rec, []byte("\x07 what the module writes \x0b\x00checksum")); err != nil || !rec.weak {
		t.Fatalf("%v, %+v", err, rec)
	}
	if rec.found(rdb.String, digest.Sum{A: 1}, 3); rec.weak {
		t.Errorf("a string counts as a module's value: %+v", rec)
	}
}
