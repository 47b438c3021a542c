package verify_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
)

// two starts two servers that hold the same 3,000 small keys, in two databases.
func two(t *testing.T) (source, target *simulator.Redis) {
	t.Helper()
	source, target = foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
	for _, r := range []*simulator.Redis{source, target} {
		for db := range 2 {
			pipelined(t, foundClient(t, r, db), func(p redis.Pipeliner) {
				for i := range 1000 {
					p.Set(t.Context(), fmt.Sprintf("text:%d", i), fmt.Sprint("value ", i), 0)
				}
				for i := range 250 {
					p.HSet(t.Context(), fmt.Sprintf("hash:%d", i), "f", i, "g", "x")
					p.RPush(t.Context(), fmt.Sprintf("list:%d", i), i, "x")
				}
			})
		}
	}
	return source, target
}

// spoil sends commands to a database of a server; words are separated by blanks.
func spoil(t *testing.T, r *simulator.Redis, db int, commands ...string) {
	t.Helper()
	c := foundClient(t, r, db)
	for _, command := range commands {
		if err := c.Do(t.Context(), fields(command)...).Err(); err != nil {
			t.Fatalf("%s: %v", command, err)
		}
	}
}

// found is what was found, in short.
func found(all []verify.Difference) []string {
	var out []string
	for _, d := range all {
		out = append(out, fmt.Sprintf("%s %s %d %s", d.Class, d.Type, d.DB, d.Key))
	}
	slices.Sort(out)
	return out
}

// Each mode, each filter and several connections find what they are to find.
func TestModes(t *testing.T) {
	t.Parallel()
	source, target := two(t)
	spoil(t, target, 0, "DEL text:7", "SET text:new 1", "SET text:8 other", "HSET hash:3 f other", "EXPIRE list:5 1000", "DEL hash:9", "SET hash:9 1", "DEL text:10", "HSET text:10 f 1")
	spoil(t, target, 1, "RPUSH list:6 more", "DEL text:9")
	everything := []string{
		"expiry list 0 list:5", "extra string 0 text:new", "missing string 0 text:7", "missing string 1 text:9",
		"type hash 0 hash:9", "type string 0 text:10", "value hash 0 hash:3", "value list 1 list:6", "value string 0 text:8",
	}
	for _, row := range []struct {
		why  string
		opts verify.Options
		want []string
	}{
		{"all", verify.Options{}, everything},
		{"several connections", verify.Options{Parallel: 3}, everything},
		{"limits that are not felt", verify.Options{Source: verify.Limits{KeysPerSecond: 1e6, BytesPerSecond: 1e9, Latency: 1e12}}, everything},
		{"names and types", verify.Options{Mode: verify.ModeCounts}, []string{
			"extra string 0 text:new", "missing string 0 text:7", "missing string 1 text:9", "type hash 0 hash:9", "type string 0 text:10",
		}},
		{"a sample of all", verify.Options{Mode: verify.ModeSample, Sample: verify.Sample{Size: 1e9}}, everything},
		{"a pattern", verify.Options{Match: "hash:*"}, []string{"type hash 0 hash:9", "value hash 0 hash:3"}},
		{"a type", verify.Options{Types: []string{verify.TypeList}}, []string{"expiry list 0 list:5", "value list 1 list:6"}},
		{"a type on either side", verify.Options{Types: []string{verify.TypeHash}}, []string{"type hash 0 hash:9", "type string 0 text:10", "value hash 0 hash:3"}},
		{"two types", verify.Options{Types: []string{verify.TypeList, verify.TypeHash}}, []string{
			"expiry list 0 list:5", "type hash 0 hash:9", "type string 0 text:10", "value hash 0 hash:3", "value list 1 list:6",
		}},
		{"a database", verify.Options{DBs: []int{1}}, []string{"missing string 1 text:9", "value list 1 list:6"}},
		{"a tolerance", verify.Options{DBs: []int{0}, Types: []string{verify.TypeList}, ExpiryTolerance: 1e18}, []string{"expiry list 0 list:5"}},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Parallel()
			report, all := comparison(t, source, target, row.opts)
			if got := found(all); !slices.Equal(got, row.want) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(row.want, "\n"))
			}
			want := verify.Different
			if slices.Equal(row.want, []string{"expiry list 0 list:5"}) {
				want = verify.EqualButExpiry
			}
			if report.Verdict != want {
				t.Errorf("%s, want %s", report.Verdict, want)
			}
			if int(sum(report.Counts)) != len(row.want) || len(report.Differences) != len(row.want) {
				t.Errorf("counted %v and kept %d, want %d", report.Counts, len(report.Differences), len(row.want))
			}
		})
	}
}

func sum[K comparable](counts map[K]int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

// Expiry is compared within the tolerance.
func TestExpiryTolerance(t *testing.T) {
	t.Parallel()
	source, target := two(t)
	spoil(t, source, 0, "PEXPIREAT text:1 4000000000000", "PEXPIREAT text:2 4000000000000")
	spoil(t, target, 0, "PEXPIREAT text:1 4000000000900", "PEXPIREAT text:2 4000000000000")
	for _, row := range []struct {
		tolerance time.Duration
		verdict   verify.Verdict
	}{{0, verify.Equal}, {-1, verify.EqualButExpiry}, {899e6, verify.EqualButExpiry}, {900e6, verify.Equal}} {
		opts := verify.Options{ExpiryTolerance: row.tolerance}
		if report, all := comparison(t, source, target, opts); report.Verdict != row.verdict {
			t.Errorf("within %v: %s, %q, want %s", row.tolerance, report.Verdict, found(all), row.verdict)
		}
	}
}

// An iteration yields each difference, ends when its caller wants no more, and
// leaves the report behind.
func TestDifferences(t *testing.T) {
	t.Parallel()
	source, target := two(t)
	spoil(t, target, 0, "DEL text:1", "DEL text:2", "DEL text:3")
	a, b := foundClient(t, source, 0), foundClient(t, target, 0)
	var report verify.Report
	n := 0
	for d, err := range verify.Differences(t.Context(), a, b, nil, &report) {
		if err != nil || d.Class != verify.ClassMissing {
			t.Fatalf("%v, %v", d, err)
		}
		n++
	}
	if n != 3 || report.Verdict != verify.Different || report.Counts[verify.ClassMissing] != 3 {
		t.Errorf("%d differences, %v", n, report)
	}
	n = 0
	for range verify.Differences(t.Context(), a, b, nil, nil) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d differences after a break", n)
	}
	for _, err := range verify.Differences(t.Context(), a, b, &verify.Options{Parallel: -1}, &report) {
		if err == nil || report.Verdict == verify.Equal {
			t.Errorf("bad options: %v, %s", err, report.Verdict)
		}
	}
	mine := errors.New("enough")
	report, err := verify.Compare(t.Context(), a, b, &verify.Options{OnDifference: func(verify.Difference) error { return mine }})
	if !errors.Is(err, mine) || report.Verdict != verify.Different || report.Counts[verify.ClassMissing] != 1 {
		t.Errorf("the callback's error: %v, %s %v", err, report.Verdict, report.Counts)
	}
}

// Values are shown only if they are asked for.
func TestValues(t *testing.T) {
	t.Parallel()
	source, target := two(t)
	spoil(t, source, 0, "HSET hash:1 secretfield secretvalue", "SET text:1 secretvalue1", "RPUSH list:1 secretvalue")
	spoil(t, target, 0, "HSET hash:1 secretfield secretother", "SET text:1 secretvalue2", "RPUSH list:1 secretother")
	report, all := comparison(t, source, target, verify.Options{})
	text := fmt.Sprintf("%s %+v", report, all)
	if len(all) != 3 || strings.Contains(text, "secret") {
		t.Errorf("shown unasked: %s", text)
	}
	_, all = comparison(t, source, target, verify.Options{Values: verify.ValuesShow})
	for _, d := range all {
		line := d.String()
		want := []string{`"value 1"`}
		switch string(d.Key) {
		case "hash:1":
			want = []string{"secretfield", `"secretvalue"`, `"secretother"`}
		case "list:1":
			want = []string{" 2;", `"secretvalue"`, `"secretother"`}
		case "text:1":
			want = []string{"offset 11", `"1"`, `"2"`}
		}
		for _, w := range want {
			if !strings.Contains(line, w) {
				t.Errorf("%s, want %s", line, w)
			}
		}
	}
}
