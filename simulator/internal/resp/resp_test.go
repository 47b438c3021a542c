package resp

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in, text string
		items    int
		refused  string
		broken   bool
	}{
		{in: "+PONG\r\n", text: "PONG"},
		{in: ":42\r\n", text: "42"},
		{in: "$3\r\nabc\r\n", text: "abc"},
		{in: "$-1\r\n"},
		{in: "*2\r\n+a\r\n$1\r\nb\r\n", items: 2},
		{in: "*-1\r\n"},
		{in: "-NOAUTH Authentication required.\r\n", refused: "NOAUTH"},
		{in: "*2\r\n+OK\r\n-ERR no\r\n", refused: "ERR no"},
		{in: "?what\r\n", broken: true},
		{in: "\r\n", broken: true},
		{in: "$99999999999\r\n", broken: true},
		{in: "$5\r\nab", broken: true},
		{in: strings.Repeat("*1\r\n", 20) + "+x\r\n", broken: true},
	} {
		got, err := read(bufio.NewReader(strings.NewReader(tc.in)), 0)
		var refused Error
		isRefused := errors.As(err, &refused)
		switch {
		case tc.broken:
			if err == nil || isRefused {
				t.Errorf("%q: error %v, want a protocol error", tc.in, err)
			}
		case tc.refused != "":
			if !isRefused || !strings.Contains(refused.Error(), tc.refused) {
				t.Errorf("%q: error %v, want the reply %q", tc.in, err, tc.refused)
			}
		case err != nil || got.Text != tc.text || len(got.Items) != tc.items:
			t.Errorf("%q: %+v, %v", tc.in, got, err)
		}
	}
}

func TestDoEndsWithContext(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := Dial(t.Context(), l.Addr().String(), (&net.Dialer{}).DialContext) // accepted by the kernel, never answered
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Do(ctx, "PING"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Do on a silent server: %v, want the context's error", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("*2\r\n$1\r\na\r\n:1\r\n")
	f.Add("-ERR\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		reply, err := read(bufio.NewReader(strings.NewReader(in)), 0)
		if err == nil && len(reply.Text) > len(in) {
			t.Errorf("%d bytes out of %d", len(reply.Text), len(in))
		}
	})
}
