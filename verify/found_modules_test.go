package verify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
)

// Values of modules are compared as the server writes them, told of as weaker, and found
// by their type alone.
func TestFoundModules(t *testing.T) {
	t.Parallel()
	onOtherServers(t, func(t *testing.T, path string) {
		source, target := foundServer(t, simulator.RedisOptions{Server: path}), foundServer(t, simulator.RedisOptions{Server: path})
		c := foundClient(t, source, 0)
		if err := c.Do(t.Context(), fields("VADD vectors VALUES 3 0.1 0.2 0.3 a")...).Err(); err != nil && strings.Contains(err.Error(), "unknown") {
			t.Skipf("no module: %v", err)
		}
		pipelined(t, c, func(p redis.Pipeliner) {
			p.Do(t.Context(), fields("VADD gone VALUES 3 0.1 0.2 0.3 a")...)
			p.Set(t.Context(), "text", "x", 0)
		})
		replicate(t, source, target)
		only := verify.Options{Types: []string{verify.TypeModule}}
		for _, opts := range []verify.Options{{}, only} {
			report, all := comparison(t, source, target, opts)
			if report.Verdict != verify.Equal || len(report.Weaker) != 1 || report.DBs[0].Source[verify.TypeModule] != 2 {
				t.Errorf("%s, found %v, weaker %q, %v", report.Verdict, all, report.Weaker, report.DBs)
			}
		}
		spoil(t, target, 0, "REPLICAOF NO ONE", "VADD vectors VALUES 3 0.3 0.2 0.1 b", "DEL gone", "SET text y")
		want := []string{"missing module 0 gone", "not_comparable module 0 vectors"}
		if report, all := comparison(t, source, target, only); report.Verdict != verify.Different || !slices.Equal(found(all), want) {
			t.Errorf("%s, found %q, want %q", report.Verdict, found(all), want)
		}

		large(t, source, target)
	})
}

// large makes a module's value on both servers that takes longer to dump than a command
// may, and compares it.
func large(t *testing.T, source, target *simulator.Redis) {
	t.Helper()
	for _, r := range []*simulator.Redis{source, target} {
		spoil(t, r, 0, "FLUSHALL")
		pipelined(t, foundClient(t, r, 0), func(p redis.Pipeliner) {
			for i := range 2000 {
				p.Do(t.Context(), "VADD", "large", "VALUES", 3, 0.1, 0.2, i, i)
			}
		})
	}
	dumps := func() (n int) {
		text, err := foundClient(t, source, 0).Info(t.Context(), "commandstats").Result()
		if err != nil {
			t.Fatal(err)
		}
		_, stats, _ := strings.Cut(text, "cmdstat_dump:calls=")
		_, _ = fmt.Sscanf(stats, "%d", &n)
		return n
	}
	before := dumps()
	report, all := comparison(t, source, target, verify.Options{})
	if want := []string{"not_comparable module 0 large"}; report.Verdict != verify.NotProven || !slices.Equal(found(all), want) ||
		!strings.Contains(all[0].Reason, "MEMORY USAGE") || !strings.Contains(all[0].Reason, "256000") {
		t.Errorf("%s, found %v, want %q", report.Verdict, all, want)
	}
	if n := dumps() - before; n > 1 { // whether DUMP is allowed is asked, too
		t.Errorf("%d DUMPs", n)
	}
	report, all = comparison(t, source, target, verify.Options{MaxBlock: 100 * time.Millisecond})
	if len(all) > 1 || len(all) == 1 && !strings.Contains(all[0].Reason, "other bytes") || report.DBs[0].Source[verify.TypeModule] != 1 {
		t.Errorf("with more time %s, found %v", report.Verdict, all)
	}
}
