package node_test

import (
	"bufio"
	"context"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/simulator"
)

// startRedis starts a server that is stopped when the test ends.
func startRedis(t testing.TB, args ...string) *simulator.Redis {
	t.Helper()
	r, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{
		Args: append([]string{"--repl-diskless-sync-delay", "0"}, args...),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// open opens a node that is closed when the test ends.
func open(t testing.TB, cfg node.Config) *node.Node {
	t.Helper()
	n := node.Open(cfg)
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// application is a client as an application would use it, without retries.
func application(t testing.TB, addr string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{
		Addr: addr, Protocol: 2, MaxRetries: -1, ContextTimeoutEnabled: true, ReadTimeout: 30 * time.Second,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

// serve accepts connections until the test ends and hands each to handle.
func serve(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	t.Cleanup(func() { stop(); _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(ctx, func() { _ = conn.Close() })
			go handle(conn)
		}
	}()
	return l.Addr().String()
}

// respond plays a server that answers each command with one line.
func respond(answer func(args []string) string) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close()
		r := bufio.NewReader(conn)
		for {
			args, err := readCommand(r)
			if err != nil {
				return
			}
			if _, err := conn.Write([]byte(answer(args) + "\r\n")); err != nil {
				return
			}
		}
	}
}

// readCommand reads an inline command or an array of bulk strings whose values
// have no line breaks.
func readCommand(r *bufio.Reader) ([]string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "*") {
		return strings.Fields(line), nil
	}
	count, err := strconv.Atoi(line[1:])
	if err != nil {
		return nil, err
	}
	var args []string
	for range count {
		if _, err := r.ReadString('\n'); err != nil {
			return nil, err
		}
		value, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		args = append(args, strings.TrimSpace(value))
	}
	return args, nil
}

// addUser makes an ACL user "lift" with the password "sesame".
func addUser(t testing.TB, addr string, rules ...string) {
	t.Helper()
	args := []any{"ACL", "SETUSER", "lift", "on", ">sesame", "~*", "&*"}
	for _, r := range rules {
		args = append(args, r)
	}
	if err := application(t, addr).Do(t.Context(), args...).Err(); err != nil {
		t.Fatal(err)
	}
}

// bulk is a text of several lines as the server sends it, without the last line
// break.
func bulk(text string) string { return "$" + strconv.Itoa(len(text)) + "\r\n" + text }
