package cachelift_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
)

// same fails unless both ends hold the same data.
func same(ctx context.Context, source, target *redis.Client) error {
	report, err := verify.Compare(ctx, source, target, nil)
	if err != nil {
		return err
	}
	if report.Verdict != verify.Equal {
		return fmt.Errorf("the two ends differ:\n%v", report)
	}
	return nil
}

// unhurried leaves the source room to breathe, and goes on where it was stopped.
func unhurried() *verify.Options {
	return &verify.Options{
		Source:     verify.Limits{KeysPerSecond: 50_000, Latency: 2 * time.Millisecond},
		Checkpoint: verify.FileCheckpoint("compare.json"),
	}
}

// The programs of docs/verify.md do what it says of them.
func TestComparingAsInTheGuide(t *testing.T) {
	t.Chdir(t.TempDir())
	var ends [2]*redis.Client
	for i := range ends {
		server, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close() }()
		ends[i] = redis.NewClient(&redis.Options{Addr: server.Addr(), Protocol: 2})
		defer ends[i].Close()
	}
	if err := same(t.Context(), ends[0], ends[1]); err != nil {
		t.Error(err)
	}
	ends[0].Set(t.Context(), "k", "v", 0)
	if err := same(t.Context(), ends[0], ends[1]); err == nil {
		t.Error("a missing key is no difference")
	}
	report, err := verify.Compare(t.Context(), ends[0], ends[1], unhurried())
	if err != nil || report.Verdict != verify.Different || report.Source.WorstPing == 0 {
		t.Errorf("%v, %s, the longest PING took %v", err, report.Verdict, report.Source.WorstPing)
	}
}
