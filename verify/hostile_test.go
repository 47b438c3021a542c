package verify_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
	"github.com/cachelift/cachelift/verify/internal/dataset"
)

// A server in cluster mode is refused, on either side.
func TestCluster(t *testing.T) {
	t.Parallel()
	plain := foundServer(t, simulator.RedisOptions{})
	cluster := foundServer(t, simulator.RedisOptions{Args: []string{"--cluster-enabled", "yes"}})
	for _, sides := range [][2]*simulator.Redis{{plain, cluster}, {cluster, plain}} {
		report, err := verify.Compare(t.Context(), foundClient(t, sides[0], 0), foundClient(t, sides[1], 0), nil)
		if !errors.Is(err, verify.ErrCluster) || report.Verdict != verify.NotProven {
			t.Errorf("%v, %s", err, report.Verdict)
		}
	}
}

// readOnly is an ACL that allows what a full comparison needs, as the
// documentation gives it.
const readOnly = "+ping +info +time +scan +type +memory|usage +getrange +mget +dump +pexpiretime +pttl +strlen " +
	"+lrange +llen +sscan +scard +srandmember +zscan +zcard +hscan +hlen +hrandfield +xrange +xinfo +xpending +function|list +select +watch +multi +exec"

// readOnlyOld is the same for servers before 7.0, which refuse a whole rule if they do
// not know a command in it.
const readOnlyOld = "+ping +info +time +scan +type +memory|usage +getrange +mget +dump +pttl +strlen " +
	"+lrange +llen +sscan +scard +srandmember +zscan +zcard +hscan +hlen +xrange +xinfo +xpending +select +watch +multi +exec"

// The rules that are tested are those that are documented.
func TestDocumentedRules(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/verify.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, rules := range []string{readOnly, readOnlyOld} {
		if line := "\nACL SETUSER verify on >password ~* " + rules + "\n"; !strings.Contains(string(text), line) {
			t.Errorf("docs/verify.md is without%s", line)
		}
	}
}

// asUser is a client of a user who may do no more than the words allow.
func asUser(t *testing.T, r *simulator.Redis, words string) *redis.Client {
	t.Helper()
	spoil(t, r, 0, "ACL SETUSER reader reset on >hush ~* "+words)
	return redis.NewClient(&redis.Options{
		Addr: r.Addr(), Username: "reader", Password: "hush", Protocol: 2, MaxRetries: -1, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

// The documented ACL is enough for all there is, and nothing is written with it.
func TestReadOnlyUser(t *testing.T) {
	t.Parallel()
	set := dataset.M(dataset.Small(2000), time.Now())
	source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
	fill(t, set, source)
	fill(t, set, target)
	a, b := asUser(t, source, readOnly), asUser(t, target, readOnly)
	defer a.Close()
	defer b.Close()
	before := []int64{infoNumber(t, foundClient(t, source, 0), "rdb_changes_since_last_save"), infoNumber(t, foundClient(t, target, 0), "rdb_changes_since_last_save")}
	report, err := verify.Compare(t.Context(), a, b, nil)
	if err != nil || report.Verdict != verify.Equal || len(report.Weaker) > 0 {
		t.Errorf("%v, %s, weaker %q", err, report.Verdict, report.Weaker)
	}
	for i, r := range []*simulator.Redis{source, target} {
		if got := infoNumber(t, foundClient(t, r, 0), "rdb_changes_since_last_save"); got != before[i] {
			t.Errorf("server %d: %d changes, %d before", i, got, before[i])
		}
	}
}

// The rules for servers before 7.0 are accepted by one, and enough for all it holds.
func TestReadOnlyUserBefore7(t *testing.T) {
	t.Parallel()
	onOtherServers(t, func(t *testing.T, path string) {
		source, target := foundServer(t, simulator.RedisOptions{Server: path}), foundServer(t, simulator.RedisOptions{Server: path})
		if v := version(t, source); v >= "7" {
			t.Skipf("it is %s", v)
		}
		set := dataset.M(dataset.Small(2000), time.Now())
		set.Old = true
		fill(t, set, source)
		fill(t, set, target)
		a, b := asUser(t, source, readOnlyOld), asUser(t, target, readOnlyOld)
		defer a.Close()
		defer b.Close()
		report, err := verify.Compare(t.Context(), a, b, nil)
		if err != nil || report.Verdict != verify.Equal || len(report.Differences) > 0 {
			t.Errorf("%v, %s, %v", err, report.Verdict, report.Differences)
		}
		if len(report.Weaker) != 1 || !strings.Contains(report.Weaker[0], "added to streams") { // which it does not count
			t.Errorf("weaker %q", report.Weaker)
		}
	})
}

// What an ACL forbids is told, and read in another way or not at all.
func TestForbidden(t *testing.T) {
	t.Parallel()
	set := dataset.M(dataset.Size{Keys: 600, Elements: 6000, Blob: 3_000_000, Streams: 3, Entries: 40, Odd: 1}, time.Now())
	for _, row := range []struct {
		less    string
		weaker  string
		verdict verify.Verdict
		err     error
	}{
		{"scan", "", verify.NotProven, verify.ErrForbidden},
		{"dump", "DUMP", verify.Equal, nil},
		{"memory|usage", "MEMORY USAGE", verify.Equal, nil},
		{"getrange", "GETRANGE", verify.NotProven, nil}, // the long string
		{"pexpiretime", "PEXPIRETIME", verify.Equal, nil},
		{"pexpiretime +pttl -pttl", "expiry is not compared", verify.Equal, nil},
		{"mget", "", verify.Equal, nil},
		{"srandmember", "", verify.Equal, nil},
		{"hrandfield", "", verify.Equal, nil},
		{"hscan", "HSCAN", verify.NotProven, nil}, // the big hashes
		{"info", "INFO", verify.NotProven, nil},   // which databases there are
		{"time", "TIME", verify.Equal, nil},
		{"function|list", "FUNCTION LIST", verify.Equal, nil},
	} {
		t.Run(row.less, func(t *testing.T) {
			t.Parallel()
			source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
			fill(t, set, source)
			fill(t, set, target)
			a := asUser(t, source, readOnly+" -"+row.less)
			defer a.Close()
			report, err := verify.Compare(t.Context(), a, foundClient(t, target, 0), nil)
			if !errors.Is(err, row.err) || report.Verdict != row.verdict {
				t.Errorf("%v, %s, want %s: %v, weaker %q", err, report.Verdict, row.verdict, report.Differences, report.Weaker)
			}
			if text := strings.Join(report.Weaker, "\n"); !strings.Contains(text, row.weaker) {
				t.Errorf("weaker %q, want %q", text, row.weaker)
			} else if row.weaker == "" && row.err == nil && text != "" {
				t.Errorf("weaker %q, want nothing", text)
			}
			for _, d := range report.Differences {
				if d.Class != verify.ClassNotComparable || !strings.Contains(d.Reason, "NOPERM") {
					t.Errorf("found %v", d)
				}
			}
		})
	}
}

// Who may not ask which databases there are has to name them: else a whole one may be
// lost unseen.
func TestUnknownDatabases(t *testing.T) {
	t.Parallel()
	source, target := two(t)
	spoil(t, source, 5, "SET only here")
	a, b := asUser(t, source, readOnly+" -info"), asUser(t, target, readOnly+" -info")
	defer a.Close()
	defer b.Close()
	for _, row := range []struct {
		dbs     []int
		verdict verify.Verdict
		weaker  bool
	}{
		{nil, verify.NotProven, true},
		{[]int{0, 1}, verify.Equal, false},
		{[]int{0, 1, 5}, verify.Different, false},
	} {
		report, err := verify.Compare(t.Context(), a, b, &verify.Options{DBs: row.dbs})
		if err != nil || report.Verdict != row.verdict || report.Partial != row.weaker {
			t.Errorf("databases %v: %v, %s, want %s (partial %t)", row.dbs, err, report.Verdict, row.verdict, report.Partial)
		}
		if text := strings.Join(report.Weaker, "\n"); strings.Contains(text, "Options.DBs") != row.weaker {
			t.Errorf("databases %v: weaker %q", row.dbs, text)
		}
	}
}

// That the counters of streams are left out is told where there are streams: small ones
// or large.
func TestUnknownCounters(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why, words string
		entries    int
		weaker     bool
	}{
		{"no stream", readOnly + " -info", 0, false},
		{"a small one", readOnly + " -info", 3, true},
		{"a large one", readOnly + " -info", 30_000, true},
		{"counters are compared", readOnly, 3, false},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Parallel()
			source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
			for _, r := range []*simulator.Redis{source, target} {
				pipelined(t, foundClient(t, r, 0), func(p redis.Pipeliner) {
					p.Set(t.Context(), "text", "x", 0)
					for i := range row.entries {
						p.Do(t.Context(), "XADD", "stream", fmt.Sprint(i+1, "-1"), "field", i)
					}
				})
			}
			a := asUser(t, source, row.words)
			defer a.Close()
			report, err := verify.Compare(t.Context(), a, foundClient(t, target, 0), &verify.Options{DBs: []int{0}})
			if err != nil || report.Verdict != verify.Equal {
				t.Errorf("%v, %s: %v", err, report.Verdict, report.Differences)
			}
			if text := strings.Join(report.Weaker, "\n"); strings.Contains(text, "entries were ever added to streams") != row.weaker {
				t.Errorf("weaker %q, want streams in it: %t", text, row.weaker)
			}
		})
	}
}

// A key that the user may not read is told of, although it is so on both sides.
func TestForbiddenKeys(t *testing.T) {
	t.Parallel()
	source, target := two(t)
	a, b := asUser(t, source, "resetkeys ~text:* ~list:* "+readOnly), asUser(t, target, "resetkeys ~text:* ~list:* "+readOnly)
	defer a.Close()
	defer b.Close()
	report, err := verify.Compare(t.Context(), a, b, &verify.Options{DBs: []int{0}})
	if err != nil || report.Verdict != verify.NotProven || report.Counts[verify.ClassNotComparable] != 250 || sum(report.Counts) != 250 {
		t.Errorf("%v, %s, %v", err, report.Verdict, report.Counts)
	}
}

// A key that may not be read does not keep others from being read with which it
// was asked for.
func TestForbiddenAmongOthers(t *testing.T) {
	t.Parallel()
	source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{Args: []string{"--rename-command", "MGET", ""}})
	const keys, forbidden = 9000, 1111 // those that begin with a 7
	for _, r := range []*simulator.Redis{source, target} {
		pipelined(t, foundClient(t, r, 0), func(p redis.Pipeliner) {
			for i := range keys {
				p.Set(t.Context(), fmt.Sprint("key:", i), fmt.Sprint("value ", i), 0)
			}
		})
	}
	spoil(t, target, 0, "SET key:800 other", "DEL key:3777")
	patterns := "resetkeys ~cachelift:verify:probe "
	for _, first := range "012345689" {
		patterns += fmt.Sprintf("~key:%c* ", first)
	}
	a := asUser(t, source, patterns+readOnly)
	defer a.Close()
	var all []verify.Difference
	report, err := verify.Compare(t.Context(), a, foundClient(t, target, 0), &verify.Options{
		OnDifference: func(d verify.Difference) error { all = append(all, d); return nil },
	})
	all = slices.DeleteFunc(all, func(d verify.Difference) bool {
		return d.Class == verify.ClassNotComparable && strings.HasPrefix(string(d.Key), "key:7")
	})
	want := []string{"missing string 0 key:3777", "value string 0 key:800"}
	if err != nil || report.Counts[verify.ClassNotComparable] != forbidden || !slices.Equal(found(all), want) || strings.Contains(fmt.Sprint(report.Weaker), "MGET") {
		t.Errorf("%v, %v, found %q, weaker %q", err, report.Counts, found(all), report.Weaker)
	}
	if calls, failed := mgets(t, source); calls < 1 || failed < 1 {
		t.Errorf("%d MGETs were carried out and %d refused, want some of each", calls, failed)
	}
}

// mgets is how many MGETs a server carried out and refused.
func mgets(t *testing.T, r *simulator.Redis) (calls, refused int) {
	t.Helper()
	text, err := foundClient(t, r, 0).Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	_, stats, _ := strings.Cut(text, "cmdstat_mget:")
	_, _ = fmt.Sscanf(stats, "calls=%d", &calls)
	_, stats, _ = strings.Cut(stats, "rejected_calls=")
	_, _ = fmt.Sscanf(stats, "%d", &refused)
	return calls, refused
}

// A server that loads its data is waited for.
func TestLoading(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source := foundServer(t, simulator.RedisOptions{Dir: dir})
	fill(t, dataset.S(3000, time.Now()), source)
	spoil(t, source, 0, "SAVE")
	target := foundServer(t, simulator.RedisOptions{})
	fill(t, dataset.S(3000, time.Now().Truncate(time.Hour)), target)
	spoil(t, target, 0, "FLUSHALL")
	replicate(t, source, target)
	spoil(t, target, 0, "REPLICAOF NO ONE")
	port := source.Endpoint().Port
	source.Stop()
	// 200 microseconds a key: it loads for a while.
	again := make(chan *simulator.Redis, 1)
	go func() {
		r, err := simulator.StartRedis(context.WithoutCancel(t.Context()), simulator.RedisOptions{Dir: dir, Port: port, Args: []string{"--key-load-delay", "300", "--loading-process-events-interval-bytes", "1024"}})
		if err != nil {
			t.Error(err)
		}
		again <- r
	}()
	report, err := verify.Compare(t.Context(), foundClient(t, source, 0), foundClient(t, target, 0), nil)
	if err != nil || report.Verdict != verify.Equal || report.Source.Keys != 3000 {
		t.Errorf("%v, %s, %d keys", err, report.Verdict, report.Source.Keys)
	}
	if r := <-again; r != nil {
		_ = r.Close()
	}
}

// flaky dials a server and lets a host cut all connections.
type flaky struct {
	net.Dialer
	conns  chan net.Conn
	refuse atomic.Bool
}

func (f *flaky) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if f.refuse.Load() {
		return nil, errors.New("refused for now")
	}
	c, err := f.DialContext(ctx, network, addr)
	if err == nil {
		select {
		case f.conns <- c:
		default:
		}
	}
	return c, err
}

// cut cuts the connections made so far.
func (f *flaky) cut() (n int) {
	for {
		select {
		case c := <-f.conns:
			_ = c.Close()
			n++
		default:
			return n
		}
	}
}

// Connections that break again and again cost time and nothing else.
func TestConnectionsBreak(t *testing.T) {
	t.Parallel()
	set := dataset.M(dataset.Small(10_000), time.Now())
	source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
	fill(t, set, source)
	replicate(t, source, target)
	spoil(t, target, 0, "REPLICAOF NO ONE", "DEL string:1", "HSET hash:5 extra 1", "SET more 1")
	for _, parallel := range []int{1, 3} {
		t.Run(fmt.Sprint(parallel), func(t *testing.T) {
			f := &flaky{conns: make(chan net.Conn, 1000)}
			c := redis.NewClient(&redis.Options{Addr: source.Addr(), Protocol: 2, Dialer: f.dial, MaxRetries: -1})
			defer c.Close()
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan int)
			go func() {
				n := 0
				tick := time.NewTicker(150 * time.Millisecond)
				defer tick.Stop()
				for ctx.Err() == nil {
					select {
					case <-tick.C:
						n += f.cut()
					case <-ctx.Done():
					}
				}
				done <- n
			}()
			var all []verify.Difference
			report, err := verify.Compare(t.Context(), c, foundClient(t, target, 0), &verify.Options{
				Parallel: parallel, Source: verify.Limits{KeysPerSecond: 20_000},
				OnDifference: func(d verify.Difference) error { all = append(all, d); return nil },
			})
			stop()
			cuts := <-done
			want := []string{"extra string 0 more", "missing string 0 string:1", "value hash 0 hash:5"}
			if err != nil || !slices.Equal(found(all), want) || cuts == 0 {
				t.Errorf("%v, found %q, %d cuts", err, found(all), cuts)
			}
			if report.Source.Restarts == 0 {
				t.Error("no connection was made again")
			}
		})
	}
}

// Names that do not fit into the memory are refused: one is enough.
func TestLongNames(t *testing.T) {
	t.Parallel()
	source, target := two(t)
	c := foundClient(t, source, 0)
	ok, tooLong := strings.Repeat("n", 2<<20), strings.Repeat("n", 17<<20)
	if err := c.Set(t.Context(), ok, "x", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if report, all := comparison(t, source, target, verify.Options{}); report.Verdict != verify.Different || len(all) != 1 || len(all[0].Key) != len(ok) {
		t.Errorf("%s, %d differences", report.Verdict, len(all))
	}
	if err := c.Set(t.Context(), tooLong, "x", 0).Err(); err != nil {
		t.Fatal(err)
	}
	for _, parallel := range []int{1, 2} {
		report, err := verify.Compare(t.Context(), c, foundClient(t, target, 0), &verify.Options{Parallel: parallel})
		if err == nil || !strings.Contains(err.Error(), "reading the source: the names") || report.Verdict != verify.NotProven || !report.Partial {
			t.Errorf("%d connections: %.200v, %s", parallel, err, report.Verdict)
		}
	}
}

// A server that does not come back ends the comparison after WaitFor.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	source, target := two(t)
	a, b := foundClient(t, source, 0), foundClient(t, target, 0)
	target.Kill()
	report, err := verify.Compare(t.Context(), a, b, &verify.Options{WaitFor: 300 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "the target was not to be reached for 300ms") || report.Verdict != verify.NotProven {
		t.Errorf("%v, %s", err, report.Verdict)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, errors.New("my cause"))
	defer cancel()
	if _, err := verify.Compare(ctx, a, b, nil); err == nil || !strings.Contains(err.Error(), "my cause") {
		t.Errorf("a context that ends: %v", err)
	}
}
