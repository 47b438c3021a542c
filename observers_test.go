package cachelift_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// What docs/observers.md shows.

// chat posts what people wait for. It may be slow or down: that holds up nobody.
type chat struct {
	post func(ctx context.Context, text string) error
}

func (c chat) Observe(ctx context.Context, e progress.Event) {
	var text string
	switch e := e.(type) {
	case progress.StateChanged:
		text = fmt.Sprintf("%s: now %s", e.MigrationID, e.To)
	case progress.ActionDone:
		if e.Action != progress.ActionPauseWrites && e.Action != progress.ActionResumeWrites {
			return
		}
		text = e.String()
	case progress.RunEnded:
		text = e.String() // with the diagnosis, if it failed
	default:
		return // events of later versions, too
	}
	_ = c.post(ctx, text) // nobody could do anything about an error
}

// progressBar is what a page shows: how far, and how long still.
func progressBar(m *migration.Migrator) string {
	s := m.Snapshot()
	switch {
	case s.Diagnosis != nil:
		return fmt.Sprintf("failed: %s. %s", s.Diagnosis.Summary, s.Diagnosis.Remedy)
	case s.State == progress.StateSyncing && s.Sample.Percent >= 0 && s.Sample.ETA >= 0:
		return fmt.Sprintf("%.0f %%, %s left", s.Sample.Percent, s.Sample.ETA.Round(time.Second))
	case s.Writes == progress.WritesPaused:
		return fmt.Sprintf("%s, writes are paused", s.State)
	}
	return string(s.State)
}

func TestTheChatOfTheGuidePosts(t *testing.T) {
	t.Parallel()
	var posts []string
	c := chat{post: func(_ context.Context, text string) error { posts = append(posts, text); return nil }}
	h := progress.Header{MigrationID: "orders"}
	for _, e := range []progress.Event{
		progress.StateChanged{From: progress.StateSyncing, To: progress.StateInSync},
		progress.ActionDone{Action: progress.ActionPauseWrites},
		progress.ActionDone{Action: progress.ActionStart},
		progress.Noted{Text: "of no interest"},
		progress.RunEnded{Err: "it stopped"},
	} {
		c.Observe(t.Context(), progress.Stamp(e, h))
	}
	got := strings.Join(posts, "\n")
	for _, want := range []string{"orders: now in_sync", "pause_writes done", "it stopped"} {
		if !strings.Contains(got, want) {
			t.Errorf("no post says %q:\n%s", want, got)
		}
	}
	if len(posts) != 3 {
		t.Errorf("%d posts, want 3:\n%s", len(posts), got)
	}
}

func TestTheProgressBarOfTheGuide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t).FullSync(10 * time.Minute)
		m, seen := s.Migrator(nil), map[string]bool{}
		s.At(5*time.Minute, func() { seen[progressBar(m)] = true })
		if _, err := m.RunUntil(t.Context(), progress.StateInSync); err != nil {
			t.Fatal(err)
		}
		if got := progressBar(m); got != "in_sync" {
			t.Errorf("in sync it shows %q", got)
		}
		for text := range seen {
			if !strings.Contains(text, " %, ") || !strings.HasSuffix(text, "s left") {
				t.Errorf("in the sync it shows %q", text)
			}
		}
		if len(seen) != 1 {
			t.Errorf("it was looked at %d times, want once", len(seen))
		}
	})
}
