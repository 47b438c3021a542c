package memory

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func TestPair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, server := newPair("10.0.0.1:1", "10.0.0.2:2")
		if client.RemoteAddr() != server.LocalAddr() || client.LocalAddr().Network() != "tcp" {
			t.Errorf("addresses %v and %v", client.RemoteAddr(), server.LocalAddr())
		}
		buf := make([]byte, 3)
		for _, text := range []string{"abcd", "ef", ""} { // nobody has to read meanwhile
			if n, err := client.Write([]byte(text)); n != len(text) || err != nil {
				t.Fatalf("writing %q: %d, %v", text, n, err)
			}
		}
		if n, err := server.Read(buf); n != 3 || string(buf) != "abc" || err != nil {
			t.Errorf("read %q, %v", buf[:n], err)
		}
		if n, err := server.Read(buf); string(buf[:n]) != "def" || err != nil {
			t.Errorf("read %q, %v", buf[:n], err)
		}
		begun := time.Now()
		if err := server.SetReadDeadline(begun.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		var network net.Error
		if _, err := server.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &network) || !network.Timeout() || time.Since(begun) != time.Hour {
			t.Errorf("after %v: %v, want the deadline", time.Since(begun), err)
		}
		if err := server.SetDeadline(time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
		if _, err := server.Write(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("writing behind the deadline: %v", err)
		}
		if err := server.SetDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { _, err := server.Read(buf); done <- err }()
		synctest.Wait()
		_, _ = client.Write([]byte("x"))
		if err := <-done; err != nil {
			t.Errorf("a read that waited: %v", err)
		}
		_, _ = server.Write([]byte("bye"))
		if err := errors.Join(server.Close(), server.Close()); err != nil {
			t.Error(err)
		}
		if _, err := client.Write([]byte("lost")); err != nil {
			t.Errorf("writing to a closed peer: %v", err)
		}
		if all, err := io.ReadAll(client); string(all) != "bye" || err != nil {
			t.Errorf("read %q, %v", all, err)
		}
		_ = client.Close()
		_, err := client.Read(buf)
		_, err2 := client.Write(buf)
		if !errors.Is(err, net.ErrClosed) || !errors.Is(err2, net.ErrClosed) || client.SetDeadline(time.Time{}) == nil {
			t.Errorf("a closed end: %v, %v", err, err2)
		}
	})
}
