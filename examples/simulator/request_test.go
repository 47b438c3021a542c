package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

// TestDocumentedRequest sends what the AWS CLI makes of the command that the
// documentation of online migration shows, over plain HTTP and by no SDK.
func TestDocumentedRequest(t *testing.T) {
	t.Parallel()
	source, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Args: []string{"--repl-diskless-sync-delay", "0"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	})
	welcome := started(t, "--listen", "127.0.0.1:0", "--fast")
	url := find(t, welcome, `ElastiCache API +(\S+)`)[0]
	body := fmt.Sprintf("Action=StartMigration&Version=2015-02-02&ReplicationGroupId=test-cluster"+
		"&CustomerNodeEndpointList.member.1.Address=127.0.0.1&CustomerNodeEndpointList.member.1.Port=%d", source.Endpoint().Port)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(answer), "<Status>modifying</Status>") {
		t.Fatalf("%s: %s, %v; want 200 and the status modifying", resp.Status, answer, err)
	}
	follows(t, find(t, welcome, `primary endpoint +(\S+)`)[0], source.Endpoint().Port)
}

// started runs the program until the test ends and returns what it prints
// first.
func started(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	printed, stdout := io.Pipe()
	ended := make(chan int, 1)
	var stderr strings.Builder
	go func() {
		code := execute(ctx, args, stdout, &stderr)
		stdout.Close()
		ended <- code
	}()
	t.Cleanup(func() {
		cancel()
		_, _ = io.Copy(io.Discard, printed)
		if code := <-ended; code != 0 {
			t.Errorf("exit code %d, stderr %q", code, stderr.String())
		}
	})
	var welcome strings.Builder
	lines := bufio.NewScanner(printed)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Ctrl-C") {
		fmt.Fprintln(&welcome, lines.Text())
	}
	return welcome.String()
}

// follows waits until the node is a replica of the source with its link up.
func follows(t *testing.T, addr string, port int) {
	t.Helper()
	node := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})
	defer node.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		info, err := node.Info(ctx, "replication").Result()
		if err == nil && strings.Contains(info, "role:slave\r\n") && strings.Contains(info, "master_link_status:up\r\n") &&
			strings.Contains(info, fmt.Sprintf("master_port:%d\r\n", port)) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the primary does not follow the source: %v\n%s", err, info)
		case <-tick.C:
		}
	}
}
