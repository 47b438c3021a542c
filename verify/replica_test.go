package verify_test

import (
	"strings"
	"testing"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
)

// What a source does not tell its replicas is no difference between them: that a
// consumer read its pending entries again, and a consumer that has none. Without a
// replication it is one, and the other way round it is always.
func TestUnreplicated(t *testing.T) {
	t.Parallel()
	source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
	replicate(t, source, target)
	spoil(t, source, 0, "XADD s 1-1 a b", "XADD s 2-1 a b", "XGROUP CREATE s g 0", "XREADGROUP GROUP g ann COUNT 1 STREAMS s >")
	sent := foundClient(t, source, 0)
	foundEventually(t, "the replica has the group", func() bool {
		return sent.XInfoGroups(t.Context(), "s").Val()[0].Pending == 1 && len(foundClient(t, target, 0).XInfoGroups(t.Context(), "s").Val()) == 1 &&
			foundClient(t, target, 0).XInfoGroups(t.Context(), "s").Val()[0].Pending == 1
	})
	spoil(t, source, 0, "XREADGROUP GROUP g ann COUNT 1 STREAMS s 0", "XREADGROUP GROUP g newcomer COUNT 1 STREAMS s 0")
	for _, promoted := range []string{"", "REPLICAOF NO ONE"} {
		if promoted != "" {
			spoil(t, target, 0, promoted)
		}
		report, all := comparison(t, source, target, verify.Options{})
		if report.Verdict != verify.Equal || len(all) > 0 || !strings.Contains(strings.Join(report.Weaker, "\n"), "read their pending entries again") {
			t.Errorf("%q: %s, %v, weaker %q", promoted, report.Verdict, all, report.Weaker)
		}
	}
	if _, all := comparison(t, target, source, verify.Options{}); len(all) != 1 || all[0].FieldCount != 2 {
		t.Errorf("the other way round: %v", all)
	}
	spoil(t, target, 0, "XACK s g 1-1")
	if _, all := comparison(t, source, target, verify.Options{}); len(all) != 1 || all[0].Fields[0] != "g/1-1" || all[0].FieldCount != 1 {
		t.Errorf("acknowledged on the target: %v", all)
	}
}
