package verify_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
)

// A lock that is taken and given back many times a second is the same before
// and after a look, and was another in between: that the source did not change
// must not be taken from what it holds.
func TestFoundNothingAboutLocks(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
	replicate(t, source, target)
	c := foundClient(t, source, 0)
	load, stop := context.WithCancel(ctx)
	done := make(chan int)
	go func() { done <- toggle(load, c) }()
	defer func() { stop(); t.Logf("%d times", <-done) }()
	const missing = "is missing"
	if err := c.Set(ctx, missing, 1, 0).Err(); err != nil {
		t.Fatal(err)
	}
	to := foundClient(t, target, 0)
	foundEventually(t, "the key is on the replica", func() bool { return to.Exists(ctx, missing).Val() == 1 })
	if err := to.ConfigSet(ctx, "replica-read-only", "no").Err(); err != nil {
		t.Fatal(err)
	}
	if err := to.Del(ctx, missing).Err(); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 3*time.Second; {
		_, found := comparison(t, source, target, verify.Options{Rounds: 12})
		proven := false
		for _, d := range found {
			switch {
			case string(d.Key) == missing && d.Class == verify.ClassMissing:
				proven = true
			case d.Class != verify.ClassInFlight:
				t.Errorf("found %s %s %q: %q against %q", d.Class, d.Type, d.Key, d.Source, d.Target)
			}
		}
		if !proven {
			t.Errorf("the missing key was not found among the locks: %+v", found)
		}
		if t.Failed() {
			break
		}
	}
}

// Without WATCH a difference takes more looks and is found all the same.
func TestFoundWithoutWatch(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
	for _, command := range []string{"WATCH", "MULTI"} {
		c := foundClient(t, source, 0)
		for _, line := range []string{"ACL SETUSER default reset on nopass ~* &* +@all", "ACL SETUSER default -" + command, "SET is-missing 1"} {
			if err := c.Do(ctx, fields(line)...).Err(); err != nil {
				t.Fatal(err)
			}
		}
		report, found := comparison(t, source, target, verify.Options{})
		if len(found) != 1 || found[0].Class != verify.ClassMissing || report.Verdict != verify.Different {
			t.Errorf("without %s: %s, %+v, want the missing key", command, report.Verdict, found)
		}
		if !strings.Contains(strings.Join(report.Weaker, "\n"), "WATCH") {
			t.Errorf("without %s: weaker %q, want that it is said", command, report.Weaker)
		}
	}
}

// toggle sets and deletes locks until the context ends, and returns how often.
func toggle(ctx context.Context, c *redis.Client) int {
	for n := 0; ; n++ {
		_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range 20 {
				if key := fmt.Sprint("lock:", i); (n+i)%2 == 0 {
					p.Set(ctx, key, "taken", 0)
				} else {
					p.Del(ctx, key)
				}
			}
			return nil
		})
		if err != nil {
			return n
		}
	}
}
