package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	keptAPI  = regexp.MustCompile(`AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local aws elasticache describe-replication-groups --endpoint-url (http://\S+) --region us-east-1\n`)
	keptNode = regexp.MustCompile(`redis-cli -p (\d+) `)
)

// TestKeep: what is printed answers until the context ends, after a failure
// too.
func TestKeep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fails error // what the proof ends with
		code  int
	}{
		{"proved", nil, 0},
		{"failed", errors.New("a test ends it"), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			opts, err := parseFlags(append(slices.Clone(small), "--keep"))
			if err != nil {
				t.Fatal(err)
			}
			var told, stderr bytes.Buffer
			printed, ended := make(chan string, 1), make(chan int, 1)
			d := &demo{opts: opts, stderr: &stderr, stdout: writerFunc(func(p []byte) (int, error) {
				told.Write(p)
				if keptAPI.Match(p) {
					printed <- told.String()
				}
				return len(p), nil
			}), beforeProof: func(context.Context, *proof) error { return c.fails }}
			go func() { ended <- d.run(ctx) }()
			var text string
			select {
			case text = <-printed:
			case code := <-ended:
				t.Fatalf("ended with %d before anything was kept:\n%s\n%s", code, &told, &stderr)
			}

			api := keptAPI.FindStringSubmatch(text)[1]
			describes(t, api)
			ports := keptNode.FindAllStringSubmatch(text, -1)
			if len(ports) != 3 {
				t.Errorf("%d servers are printed, want the source, a primary and a replica", len(ports))
			}
			answers(t, ports, true)
			cancel()
			if code := <-ended; code != c.code {
				t.Errorf("exit code %d, want %d\n%s", code, c.code, &stderr)
			}
			answers(t, ports, false)
			if c.fails != nil && !strings.Contains(stderr.String(), c.fails.Error()) || strings.Contains(stderr.String(), "interrupted") {
				t.Errorf("standard error: %s", &stderr)
			}
		})
	}
}

// describes asks the API what the printed line asks.
func describes(t *testing.T, api string) {
	t.Helper()
	form := url.Values{"Action": {"DescribeReplicationGroups"}, "Version": {"2015-02-02"}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, api, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte("<ReplicationGroupId>"+groupID+"<")) {
		t.Errorf("%s: %s, %v", resp.Status, body, err)
	}
}

// answers checks whether the servers are there. One that is loading answers as well: the
// replica begins a sync of its own when its primary is promoted.
func answers(t *testing.T, ports [][]string, want bool) {
	t.Helper()
	for _, p := range ports {
		c := connect("127.0.0.1:"+p[1], 0, 1)
		err := c.Ping(t.Context()).Err()
		if there := err == nil || strings.HasPrefix(err.Error(), "LOADING "); there != want {
			t.Errorf("port %s: %v, want an answer: %t", p[1], err, want)
		}
		_ = c.Close()
	}
}
