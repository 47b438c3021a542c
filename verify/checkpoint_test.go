package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
	"github.com/cachelift/cachelift/verify/internal/dataset"
)

// crashing is a store that lets a comparison die after a number of checkpoints.
type crashing struct {
	verify.FileCheckpoint
	left   int
	cancel context.CancelFunc
	saved  int
}

func (c *crashing) Save(ctx context.Context, checkpoint []byte) error {
	if checkpoint != nil && !json.Valid(checkpoint) {
		return errors.New("the checkpoint is no JSON")
	}
	if err := c.FileCheckpoint.Save(ctx, checkpoint); err != nil {
		return err
	}
	c.saved++
	if c.left--; c.left == 0 {
		c.cancel()
	}
	return nil
}

// A comparison that is stopped again and again comes to the same end as one that
// is not, and reads little twice.
func TestResume(t *testing.T) {
	t.Parallel()
	set := dataset.M(dataset.Small(8_000), time.Now())
	source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
	fill(t, set, source)
	replicate(t, source, target)
	spoil(t, target, 0, "REPLICAOF NO ONE")
	c := dataset.NewCorruptor(target.Addr(), set, 3)
	defer func() { _ = c.Close() }()
	if _, err := c.Corrupt(t.Context(), 300); err != nil {
		t.Fatal(err)
	}
	_, all := comparison(t, source, target, verify.Options{})
	want := found(all)
	file := verify.FileCheckpoint(filepath.Join(t.TempDir(), "checkpoint"))
	told := map[string]int{}
	for runs := 1; ; runs++ {
		if runs > 200 {
			t.Fatal("it does not come to an end")
		}
		ctx, cancel := context.WithCancel(t.Context())
		store := &crashing{FileCheckpoint: file, left: 3, cancel: cancel}
		report, err := verify.Compare(ctx, foundClient(t, source, 0), foundClient(t, target, 0), &verify.Options{
			Checkpoint: store, CheckpointEvery: 10 * time.Millisecond, ReportFirst: 1000,
			OnDifference: func(d verify.Difference) error {
				told[fmt.Sprintf("%s %s %d %s", d.Class, d.Type, d.DB, d.Key)]++
				return nil
			},
		})
		cancel()
		if errors.Is(err, context.Canceled) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if runs < 4 || report.Resumed != runs-1 {
			t.Errorf("%d runs, resumed %d times", runs, report.Resumed)
		}
		if got := found(report.Differences); !slices.Equal(got, want) {
			t.Errorf("%d differences, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
		}
		if int(sum(report.Counts)) != len(want) || report.Verdict != verify.Different {
			t.Errorf("%v, %s", report.Counts, report.Verdict)
		}
		for _, d := range want {
			if told[d] == 0 {
				t.Errorf("%s was not told of", d)
			}
		}
		var there int64
		for _, db := range report.DBs {
			there += sum(db.Source)
			if !mapsEqual(db.Source, db.Target) && db.DB > 1 || len(db.Source) < 6 {
				t.Errorf("database %d: %v and %v", db.DB, db.Source, db.Target)
			}
		}
		if report.Source.Keys < there {
			t.Errorf("the report says that %d keys were read, and there are %d", report.Source.Keys, there)
		}
		break
	}
	if _, err := os.Stat(string(file)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the checkpoint is left behind: %v", err)
	}
}

func mapsEqual(a, b map[string]int64) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// A server that was replaced between two runs, or in the middle of one, is read
// from the beginning: the cursors of another process mean nothing to it.
func TestReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source, target := foundServer(t, simulator.RedisOptions{Dir: dir}), foundServer(t, simulator.RedisOptions{})
	fill(t, dataset.M(dataset.Small(10_000), time.Now()), source)
	replicate(t, source, target)
	spoil(t, target, 0, "REPLICAOF NO ONE", "DEL string:1")
	spoil(t, source, 0, "SAVE")
	port := source.Endpoint().Port
	replaced := make(chan *simulator.Redis, 1)
	replace := func(old *simulator.Redis) {
		old.Kill()
		r, err := simulator.StartRedis(context.WithoutCancel(t.Context()), simulator.RedisOptions{Dir: dir, Port: port})
		if err != nil {
			t.Error(err)
		}
		replaced <- r
	}
	once := false
	var all []verify.Difference
	opts := verify.Options{
		Source: verify.Limits{KeysPerSecond: 20_000}, ProgressEvery: 20 * time.Millisecond,
		OnProgress: func(p verify.Progress) {
			if p.Keys > 3000 && !once {
				once = true
				go replace(source)
			}
		},
		OnDifference: func(d verify.Difference) error { all = append(all, d); return nil },
	}
	want := []string{"missing string 0 string:1"}
	report, err := verify.Compare(t.Context(), foundClient(t, source, 0), foundClient(t, target, 0), &opts)
	second := <-replaced
	t.Cleanup(func() { _ = second.Close() })
	if err != nil || !slices.Equal(found(all), want) || report.Source.Restarts == 0 {
		t.Errorf("%v, %q, %d restarts", err, found(all), report.Source.Restarts)
	}

	ctx, cancel := context.WithCancel(t.Context())
	file := verify.FileCheckpoint(filepath.Join(t.TempDir(), "checkpoint"))
	opts = verify.Options{Checkpoint: &crashing{FileCheckpoint: file, left: 3, cancel: cancel}, CheckpointEvery: 10 * time.Millisecond}
	if _, err := verify.Compare(ctx, foundClient(t, source, 0), foundClient(t, target, 0), &opts); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	replace(second)
	third := <-replaced
	t.Cleanup(func() { _ = third.Close() })
	opts.Checkpoint = file
	if report, all := comparison(t, source, target, opts); !slices.Equal(found(all), want) || report.Resumed != 1 {
		t.Errorf("%q, resumed %d times", found(all), report.Resumed)
	}
}

// A checkpoint that is damaged, or of another comparison, is refused.
func TestBadCheckpoint(t *testing.T) {
	t.Parallel()
	source, target := two(t)
	a, b := foundClient(t, source, 0), foundClient(t, target, 0)
	for _, row := range []struct{ why, text, want string }{
		{"no JSON", "{", "unexpected end"},
		{"another version", `{"version":2}`, "version 2, want 1"},
		{"another comparison", `{"version":1,"state":{"options":"x"}}`, "other options"},
	} {
		file := filepath.Join(t.TempDir(), "checkpoint")
		if err := os.WriteFile(file, []byte(row.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := verify.Compare(t.Context(), a, b, &verify.Options{Checkpoint: verify.FileCheckpoint(file)})
		if !errors.Is(err, verify.ErrCheckpoint) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %s", row.why, err, row.want)
		}
	}
	store := verify.FileCheckpoint(filepath.Join(t.TempDir(), "no", "such", "folder"))
	if _, err := verify.Compare(t.Context(), a, b, &verify.Options{Checkpoint: store, CheckpointEvery: 1}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}
