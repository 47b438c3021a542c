package verify_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
)

// Where fields of a hash expire, a replica has them alike, and a field that
// expires at another time, or on one side alone, is found: by a millisecond, in
// hashes that are dumped and in those that are read in steps.
func TestFoundExpiryOfFields(t *testing.T) {
	t.Parallel()
	onOtherServers(t, func(t *testing.T, path string) {
		source, target := foundServer(t, simulator.RedisOptions{Server: path}), foundServer(t, simulator.RedisOptions{Server: path})
		c := foundClient(t, source, 0)
		if err := c.Do(t.Context(), fields("HPEXPIRETIME none FIELDS 1 f")...).Err(); err != nil && strings.Contains(err.Error(), "unknown") {
			t.Skipf("fields do not expire: %v", err)
		}
		soon := time.Now().Add(time.Hour).UnixMilli()
		hashes := map[string]int{"plain": 3, "small": 20, "table": 800, "large": 20_000}
		pipelined(t, c, func(p redis.Pipeliner) {
			for name, n := range hashes {
				for i := range n {
					p.HSet(t.Context(), name, fmt.Sprint("field", i), fmt.Sprint("value ", i))
				}
				for i := 0; i < n && name != "plain"; i += 3 {
					p.Do(t.Context(), "HPEXPIREAT", name, soon+int64(i), "FIELDS", 1, fmt.Sprint("field", i))
				}
			}
		})
		replicate(t, source, target)
		wantEqual(t, source, target, verify.Options{ExpiryTolerance: -1})
		spoil(t, target, 0, "REPLICAOF NO ONE")
		want := map[string][]string{}
		for name := range hashes {
			spoil(t, target, 0, // 1 and 2 do not expire, unless it is here; 0 does, unless the hash is plain
				fmt.Sprintf("HPEXPIREAT %s %d FIELDS 1 field0", name, soon+1), fmt.Sprintf("HPEXPIREAT %s %d FIELDS 1 field2", name, soon))
			want[name] = []string{"field0", "field2"}
		}
		spoil(t, target, 0, "HPERSIST large FIELDS 1 field9999")
		want["large"] = append(want["large"], "field9999")
		_, all := comparison(t, source, target, verify.Options{Values: verify.ValuesShow})
		for _, d := range all {
			if slices.Sort(d.Fields); d.Class != verify.ClassValue || !slices.Equal(d.Fields, want[string(d.Key)]) {
				t.Errorf("found %v, want %q", d, want[string(d.Key)])
			}
		}
		if len(all) != len(want) {
			t.Errorf("found %q", found(all))
		}
	})
}

// Where it may not be asked when fields expire, large hashes are not compared: a server
// that tells and one that does not would differ, and two that do not would be equal.
func TestFoundNoExpiryOfFields(t *testing.T) {
	t.Parallel()
	paths := filepath.SplitList(os.Getenv(otherServers))
	if len(paths) == 0 {
		t.Skipf("set %s to the paths of other versions' servers", otherServers)
	}
	for _, path := range paths {
		for _, way := range []struct {
			name, reason string
			args         []string
			words        string
		}{
			{"forbidden", "NOPERM", nil, readOnly},
			{"renamed", "unknown command", []string{"--rename-command", "HPEXPIRETIME", "hidden"}, "+@all"},
		} {
			t.Run(filepath.Base(path)+" "+way.name, func(t *testing.T) {
				t.Parallel()
				target := foundServer(t, simulator.RedisOptions{Server: path})
				if err := foundClient(t, target, 0).Do(t.Context(), fields("HPEXPIRETIME none FIELDS 1 f")...).Err(); err != nil && strings.Contains(err.Error(), "unknown") {
					t.Skipf("fields do not expire: %v", err)
				}
				source := foundServer(t, simulator.RedisOptions{Server: path, Args: way.args})
				for _, r := range []*simulator.Redis{source, target} {
					pipelined(t, foundClient(t, r, 0), func(p redis.Pipeliner) {
						for name, n := range map[string]int{"small": 20, "large": 20_000} {
							for i := range n {
								p.HSet(t.Context(), name, fmt.Sprint("field", i), fmt.Sprint("value ", i))
							}
							p.Do(t.Context(), "HPEXPIREAT", name, 4_000_000_000_000, "FIELDS", 1, "field7")
						}
					})
				}
				a := asUser(t, source, way.words)
				defer a.Close()
				report, err := verify.Compare(t.Context(), a, foundClient(t, target, 0), nil)
				if err != nil || report.Verdict != verify.NotProven || !slices.Equal(found(report.Differences), []string{"not_comparable hash 0 large"}) {
					t.Fatalf("%v, %s, found %v", err, report.Verdict, report.Differences)
				}
				if reason := report.Differences[0].Reason; !strings.Contains(reason, way.reason) {
					t.Errorf("the reason is %q, want %s", reason, way.reason)
				}
			})
		}
	}
}
