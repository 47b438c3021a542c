package verify

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/verify/internal/rdb"
	"github.com/cachelift/cachelift/verify/internal/wire"
)

// written keeps what is sent on a connection.
type written struct {
	net.Conn
	text bytes.Buffer
}

func (w *written) Write(b []byte) (int, error)      { return w.text.Write(b) }
func (w *written) SetWriteDeadline(time.Time) error { return nil }

// A server finds the keys of one type by itself, unless it does not know the type by
// that name: those of modules have names of their own, so that it would find none.
func TestScanByType(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why     string
		types   []string
		version int
		want    string
	}{
		{"all", nil, 700, ""},
		{"one", []string{TypeHash}, 600, "$4\r\nTYPE\r\n$4\r\nhash\r\n"},
		{"an old server", []string{TypeHash}, 508, ""},
		{"two", []string{TypeHash, TypeSet}, 700, ""},
		{"modules", []string{TypeModule}, 700, ""},
	} {
		e := &engine{o: Options{Types: row.types}, types: map[rdb.Kind]bool{}}
		for _, name := range row.types {
			e.types[rdb.KindOf(name)] = true
		}
		conn := &written{}
		l := &link{Conn: wire.New(conn, time.Minute)}
		e.scanCommand(l, &side{version: row.version}, "0")
		if err := l.Flush(); err != nil {
			t.Fatal(err)
		}
		_, got, _ := strings.Cut(conn.text.String(), "$4\r\n1000\r\n")
		if got != row.want {
			t.Errorf("%s: %q behind SCAN 0 COUNT 1000, want %q", row.why, got, row.want)
		}
	}
}
