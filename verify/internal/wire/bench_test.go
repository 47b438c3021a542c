package wire_test

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/cachelift/cachelift/verify/internal/wire"
)

// endless is a connection on which the same replies come for ever.
type endless struct {
	net.Conn
	replies []byte
	at      int
}

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.replies[e.at:])
	e.at = (e.at + n) % len(e.replies)
	return n, nil
}

func (*endless) SetReadDeadline(time.Time) error { return nil }

// BenchmarkReplies reads a string of 100 bytes and a number, as a comparison
// does for each key.
func BenchmarkReplies(b *testing.B) {
	one := append(append([]byte("$100\r\n"), bytes.Repeat([]byte("x"), 100)...), "\r\n:-1\r\n"...)
	c := wire.New(&endless{replies: bytes.Repeat(one, 10_000)}, time.Minute)
	b.ReportAllocs()
	for b.Loop() {
		r, err := c.Next()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Body(r.N); err != nil {
			b.Fatal(err)
		}
		if r, err = c.Next(); err != nil || r.N != -1 {
			b.Fatal(r, err)
		}
	}
}
