package wire_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/verify/internal/wire"
)

// server is a connection on which text comes in pieces of random length, and
// which keeps what is sent.
type server struct {
	net.Conn
	rest []byte
	rng  *rand.Rand
	sent bytes.Buffer
}

func (s *server) Read(b []byte) (int, error) {
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := min(1+s.rng.IntN(40000), len(s.rest), len(b))
	if s.rng.IntN(2) == 0 {
		n = min(n, 1+s.rng.IntN(20))
	}
	n = copy(b, s.rest[:n])
	s.rest = s.rest[n:]
	return n, nil
}

func (s *server) Write(b []byte) (int, error)      { return s.sent.Write(b) }
func (s *server) SetReadDeadline(time.Time) error  { return nil }
func (s *server) SetWriteDeadline(time.Time) error { return nil }
func answering(text string, seed uint64) (*wire.Conn, *server) {
	s := &server{rest: []byte(text), rng: rand.New(rand.NewPCG(seed, 0))}
	return wire.New(s, time.Minute), s
}

// Replies are read whole whatever the pieces in which they come.
func TestReplies(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789abcdef", 40_000) + "end"
	text := "+OK\r\n-ERR no\r\n:-12\r\n$5\r\na\r\nbc\r\n$-1\r\n:-1\r\n*2\r\n$1\r\nx\r\n:7\r\n*-1\r\n*0\r\n$0\r\n\r\n" +
		"$" + itoa(len(long)) + "\r\n" + long + "\r\n" + "$" + itoa(len(long)) + "\r\n" + long + "\r\n+END\r\n"
	for seed := range uint64(30) {
		c, _ := answering(text, seed)
		wantValue(t, c, wire.Value{Kind: '+', Text: "OK"})
		v, err := c.Value()
		if err != nil || v.Err() == nil || v.Err().Error() != "ERR no" {
			t.Fatalf("%+v, %v", v, err)
		}
		wantValue(t, c, wire.Value{Kind: ':', Int: -12})
		wantValue(t, c, wire.Value{Kind: '$', Int: 5, Text: "a\r\nbc"})
		wantValue(t, c, wire.Value{Kind: '$', Int: -1, Nil: true})
		wantValue(t, c, wire.Value{Kind: ':', Int: -1})
		if v, err := c.Value(); err != nil || len(v.Array) != 2 || v.Array[0].Text != "x" || v.Array[1].Int != 7 {
			t.Fatalf("%+v, %v", v, err)
		}
		wantValue(t, c, wire.Value{Kind: '*', Int: -1, Nil: true})
		wantValue(t, c, wire.Value{Kind: '*'})
		wantValue(t, c, wire.Value{Kind: '$'})
		wantValue(t, c, wire.Value{Kind: '$', Int: int64(len(long)), Text: long})
		r, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		last := false
		if err := c.Stream(r.N, func(p []byte) {
			if last {
				t.Error("a piece after one that was no multiple of 16")
			}
			last = len(p)%16 != 0
			got = append(got, p...)
		}); err != nil || string(got) != long {
			t.Fatalf("streamed %d bytes, %v", len(got), err)
		}
		wantValue(t, c, wire.Value{Kind: '+', Text: "END"})
		if c.Received() != int64(len(text)) {
			t.Errorf("received %d bytes, want %d", c.Received(), len(text))
		}
		if _, err := c.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("after the end: %v", err)
		}
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func wantValue(t *testing.T, c *wire.Conn, want wire.Value) {
	t.Helper()
	got, err := c.Value()
	if err != nil || got.Kind != want.Kind || got.Int != want.Int || got.Text != want.Text || got.Nil != want.Nil || len(got.Array) != 0 {
		t.Fatalf("%.80v, %v, want %.80v", got, err, want)
	}
}

// What is not RESP2 is an error.
func TestNoReplies(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"\r\n", "OK\r\n", "$x\r\n", "$-2\r\n", "*99999999999999999999\r\n", ":\r\n", ":1x\r\n", "$3\r\nabcd\r\n", "+OK\n",
		"_\r\n", "%1\r\n", ":9223372036854775808\r\n", strings.Repeat("*1\r\n", 40), "+" + strings.Repeat("x", 100_000), "$4000000000\r\n",
	} {
		c, _ := answering(text, 1)
		if v, err := c.Value(); !errors.Is(err, wire.ErrProtocol) {
			t.Errorf("%.40q: %v, %v", text, v, err)
		}
	}
}

// Commands are sent when an answer is read.
func TestCommands(t *testing.T) {
	t.Parallel()
	c, s := answering("+OK\r\n-ERR x\r\n", 1)
	c.Do("SET", "k\r\n", "")
	if s.sent.Len() != 0 {
		t.Error("sent at once")
	}
	c.Command(3)
	c.Raw("$3\r\nGET\r\n")
	c.Arg([]byte{0, 255})
	c.Int(-5)
	for _, n := range []int{0, 9, 10, 99, 100, 12345} {
		word := strings.Repeat("w", n)
		c.Command(2)
		c.Arg([]byte(word))
		c.Raw("$1\r\nx\r\n")
		c.Again(len("$1\r\nx\r\n"))
	}
	wantValue(t, c, wire.Value{Kind: '+', Text: "OK"})
	again := ""
	for _, n := range []int{0, 9, 10, 99, 100, 12345} {
		word := "$" + itoa(n) + "\r\n" + strings.Repeat("w", n) + "\r\n"
		again += "*2\r\n" + word + "$1\r\nx\r\n" + word
	}
	if want := "*3\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$0\r\n\r\n*3\r\n$3\r\nGET\r\n$2\r\n\x00\xff\r\n$2\r\n-5\r\n" + again; s.sent.String() != want {
		t.Errorf("sent %q, want %q", s.sent.String(), want)
	}
	if _, err := c.Ask("X"); err == nil || err.Error() != "ERR x" {
		t.Errorf("an error reply: %v", err)
	}
}

// SkipReply leaves the connection at the next reply.
func TestSkipReply(t *testing.T) {
	t.Parallel()
	c, _ := answering("*3\r\n:1\r\n*2\r\n$3\r\nabc\r\n$-1\r\n+x\r\n+END\r\n", 3)
	r, err := c.Next()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SkipReply(r); err != nil {
		t.Fatal(err)
	}
	wantValue(t, c, wire.Value{Kind: '+', Text: "END"})
}

// A server that sends whatever it likes ends in an error or an end, never in a
// panic.
func FuzzValue(f *testing.F) {
	for _, text := range []string{"+OK\r\n", "*2\r\n$1\r\nx\r\n:7\r\n", "$-1\r\n", "*1000000000\r\n", "$2000000000\r\nx"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, _ := answering(string(text), 7)
		for {
			r, err := c.Next()
			if err != nil {
				return
			}
			if r.Kind == wire.Bulk && r.N > 1<<20 {
				err = c.Skip(r.N)
			} else {
				err = c.SkipReply(r)
			}
			if err != nil {
				return
			}
		}
	})
}

// A short string is read at once or not at all, whatever the pieces in which it comes.
func TestSmall(t *testing.T) {
	t.Parallel()
	var want []string
	text := ""
	for _, n := range []int{0, 1, 9, 10, 11, 99, 100, 998, 999, 1000, 5000, 3, 100_000, 7, 0} {
		s := strings.Repeat("\r\n$3", n)[:n]
		want = append(want, s)
		text += "$" + itoa(n) + "\r\n" + s + "\r\n"
	}
	atOnce := 0
	for seed := range uint64(50) {
		c, _ := answering(text+":1\r\n", seed)
		for i, s := range want {
			b, ok := c.Small()
			if ok {
				atOnce++
			} else {
				r, err := c.Next()
				if err != nil || r.Kind != wire.Bulk {
					t.Fatalf("string %d: %+v, %v", i, r, err)
				}
				if b, err = c.Body(r.N); err != nil {
					t.Fatal(err)
				}
			}
			if string(b) != s || ok && len(s) >= 1000 {
				t.Fatalf("string %d is %.20q of %d bytes (at once: %t), want %d", i, b, len(b), ok, len(s))
			}
		}
		if b, ok := c.Small(); ok {
			t.Fatalf("a number was taken for the string %q", b)
		}
		wantValue(t, c, wire.Value{Kind: ':', Int: 1})
	}
	if atOnce == 0 {
		t.Error("none was read at once")
	}
	for _, text := range []string{"$-1\r\n......", "$3\r\nabcd\r\n..", "$3\nabc\r\n...", "$\r\nabc\r\n....", "$3x\r\nabc\r\n..", "*1\r\n$1\r\na\r\n", "-ERR no\r\n....", "$3\r\nabc\n\r..", "$3\r\nabc\r"} {
		c := wire.New(&atOnceServer{server{rest: []byte(":0\r\n" + text)}}, time.Minute)
		wantValue(t, c, wire.Value{Kind: ':'})
		if b, ok := c.Small(); ok {
			t.Errorf("%q was taken for the string %q", text, b)
		}
	}
}

// atOnceServer sends all at once.
type atOnceServer struct{ server }

func (s *atOnceServer) Read(b []byte) (int, error) {
	n := copy(b, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}
