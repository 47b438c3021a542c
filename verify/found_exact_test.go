package verify_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
	"github.com/cachelift/cachelift/verify/internal/dataset"
)

// foundKeys names the environment variable with how many keys the sets of
// these tests have; make bench-verify sets it to a million.
const foundKeys = "CACHELIFT_FOUND_KEYS"

// foundSet is the mixed set at the size that is asked for.
func foundSet(t *testing.T) dataset.Set {
	t.Helper()
	size := dataset.Small(6000)
	if text := os.Getenv(foundKeys); text != "" {
		keys, err := strconv.Atoi(text)
		if err != nil || keys < 1000 {
			t.Fatalf("%s is %q, want a number from 1000", foundKeys, text)
		}
		size = dataset.Full(keys)
		size.Streams = 60 // one for each way to spoil a stream
	}
	return dataset.M(size, time.Now())
}

// A thousand differences of every kind are found, each where it is, and
// nothing else is, although other values are kept in another way than before.
func TestFoundExactly(t *testing.T) {
	t.Parallel()
	set := foundSet(t)
	source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
	fill(t, set, source)
	replicate(t, source, target)
	if err := foundClient(t, target, 0).Do(t.Context(), "REPLICAOF", "NO", "ONE").Err(); err != nil {
		t.Fatal(err)
	}
	c := dataset.NewCorruptor(target.Addr(), set, 11)
	defer func() { _ = c.Close() }()
	manifest, err := c.Corrupt(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	libraries, err := c.CorruptFunctions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	manifest = append(manifest, libraries...)
	if _, err := c.Reencode(t.Context(), 300); err != nil {
		t.Fatal(err)
	}
	report, found := comparison(t, source, target, verify.Options{Values: verify.ValuesShow})
	wantManifest(t, manifest, found)
	if report.Verdict != verify.Different {
		t.Errorf("%s, want different", report.Verdict)
	}
	var counted int64
	for _, n := range report.Counts {
		counted += n
	}
	if counted != int64(len(manifest)) {
		t.Errorf("the report counts %v, %d in all, want %d", report.Counts, counted, len(manifest))
	}
}

// A replica and its source are equal, at first sight and to the millisecond.
func TestFoundNothingOnReplica(t *testing.T) {
	t.Parallel()
	set := foundSet(t)
	source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
	fill(t, set, source)
	replicate(t, source, target)
	report := wantEqual(t, source, target, verify.Options{ExpiryTolerance: -1})
	if report.SecondLooks != 0 || report.Source.Keys != int64(set.Count()) || report.Target.Keys != report.Source.Keys {
		t.Errorf("%d second looks, %d and %d keys, want %d", report.SecondLooks, report.Source.Keys, report.Target.Keys, set.Count())
	}
}

// Random sets of random sizes with random differences, and none.
func TestFoundInRandomSets(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	source := foundServer(t, simulator.RedisOptions{})
	target := foundServer(t, simulator.RedisOptions{Args: otherEncodings()})
	for range 6 {
		set := dataset.M(dataset.Size{
			Keys: rng.IntN(1500), Elements: rng.IntN(1500), Blob: rng.IntN(300_000), Aged: rng.IntN(100),
			Streams: rng.IntN(20), Entries: 30 + rng.IntN(150), Odd: 1 + rng.IntN(2),
		}, time.Now())
		set.Seed = rng.Uint64()
		for _, r := range []*simulator.Redis{source, target} {
			c := foundClient(t, r, 0)
			for _, command := range []string{"FLUSHALL", "FUNCTION FLUSH"} {
				if err := c.Do(t.Context(), fields(command)...).Err(); err != nil {
					t.Fatal(err)
				}
			}
			fill(t, set, r)
		}
		wantEqual(t, source, target, verify.Options{ExpiryTolerance: -1})
		c := dataset.NewCorruptor(target.Addr(), set, rng.Uint64())
		manifest, err := c.Corrupt(t.Context(), 1+rng.IntN(100))
		if err != nil {
			t.Fatal(err)
		}
		_, found := comparison(t, source, target, verify.Options{Values: verify.ValuesShow})
		wantManifest(t, manifest, found)
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Fatalf("set %+v", set)
		}
	}
}
