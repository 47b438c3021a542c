package migrationtest_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

func TestCheckObserverFindsEachViolation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		observe    progress.ObserverFunc
	}{
		{"panics at a type", `rule "Observe does not panic": of a noted: it panicked: boom`, func(_ context.Context, e progress.Event) {
			if _, ok := e.(progress.Noted); ok {
				panic("boom")
			}
		}},
		{"panics at zero fields", "of a run_ended: it panicked: runtime error", func(_ context.Context, e progress.Event) {
			if e, ok := e.(progress.RunEnded); ok && e.Took == 0 {
				_ = e.Diagnosis.Cause
			}
		}},
		{"panics without a header", "of a run_started: it panicked", func(_ context.Context, e progress.Event) {
			_ = strings.Split(e.Meta().MigrationID, "-")[1]
		}},
		{"panics when cancelled", "rule \"Observe does not panic\"", func(ctx context.Context, _ progress.Event) {
			if ctx.Err() != nil {
				panic("closed")
			}
		}},
		{"knows one migration", "of a run_started: it panicked: another", oneMigrationOnly()},
		{"is slow", `rule "Observe returns"`, func(ctx context.Context, e progress.Event) { <-ctx.Done() }},
		{"hangs", `rule "Observe returns soon after its context ends"`, func(_ context.Context, e progress.Event) {
			if e.Kind() == "drained" {
				<-time.After(8 * time.Second)
			}
		}},
		{"hangs when cancelled", `rule "Observe returns soon after its context ends"`, func(ctx context.Context, e progress.Event) {
			<-time.After(3 * time.Second)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				err := migrationtest.CheckObserver(c.observe)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("CheckObserver = %v, want %s", err, c.want)
				}
				<-time.After(time.Minute) // what was left behind
			})
		})
	}
}

// oneMigrationOnly panics when it is told of a second migration.
func oneMigrationOnly() progress.ObserverFunc {
	var mu sync.Mutex
	known := ""
	return func(_ context.Context, e progress.Event) {
		mu.Lock()
		defer mu.Unlock()
		if id := e.Meta().MigrationID; known == "" {
			known = id
		} else if id != known {
			panic("another")
		}
	}
}

func TestCheckObserverOfRightOnes(t *testing.T) {
	t.Parallel()
	recorder := migrationtest.NewRecorder()
	for name, o := range map[string]progress.Observer{
		"log":      progress.NewLogObserver(slog.New(slog.NewTextHandler(io.Discard, nil))),
		"json":     progress.NewJSONLines(io.Discard),
		"text":     progress.NewText(io.Discard),
		"recorder": recorder,
	} {
		if err := migrationtest.CheckObserver(o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	both := map[string]int{}
	for _, e := range recorder.Events() {
		both[e.Meta().MigrationID]++
	}
	if both["check-one"] == 0 || both["check-two"] == 0 || both[""] == 0 {
		t.Errorf("events of the migrations: %v", both)
	}
}
