package verify_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
)

// Values of modules are compared as the server writes them, told of as weaker, and found
// by their type alone.
func TestFoundModules(t *testing.T) {
	t.Parallel()
	paths := filepath.SplitList(os.Getenv(otherServers))
	if len(paths) == 0 {
		t.Skipf("set %s to the paths of other versions' servers", otherServers)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
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
		})
	}
}
