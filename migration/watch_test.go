package migration

import (
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

func TestWatchAnswer(t *testing.T) {
	t.Parallel()
	const refused, failed, done = "Complete Migration failed for prod: not in sync", "Migration operation failed for replication group prod.", "Complete Migration successful for prod"
	tests := []struct {
		why     string
		late    time.Duration // from the start of the migration, as the service dates it, until it was seen
		dated   time.Duration // the event, from the request
		message string
		want    target.Verdict
	}{
		{"an answer", 2 * time.Second, time.Second, refused, target.VerdictNotInSync},
		{"the answer of a clock that is behind as far as is known", 2 * time.Second, -2 * time.Second, refused, target.VerdictNotInSync},
		{"nor is a second in which it is dated told from the next", 2 * time.Second, -3 * time.Second, refused, target.VerdictNotInSync},
		{"no clock is so much behind", 2 * time.Second, -4 * time.Second, refused, target.VerdictNone},
		{"no more than a migration that failed before", 2 * time.Second, -4 * time.Second, failed, target.VerdictNone},
		{"a clock that is ahead", -time.Minute, 50 * time.Second, refused, target.VerdictNone},
		{"a start that was seen long after it says nothing of the clock", time.Hour, -4 * time.Minute, refused, target.VerdictNotInSync},
		{"and clocks differ by no more than eventSkew", time.Hour, -6 * time.Minute, refused, target.VerdictNone},
		{"a promotion is one whoever requested it", 2 * time.Second, -time.Minute, done, target.VerdictCompleted},
	}
	for _, test := range tests {
		requested := time.Now()
		w := &watch{
			group: target.New(nil, "prod"), emit: func(progress.Event) {},
			known: map[progress.ServiceEvent]time.Time{}, behind: eventSkew,
		}
		started := progress.ServiceEvent{At: time.Now().Add(-test.late), Message: "Starting migration operation for target cluster prod"}
		w.take(view{began: time.Now()}, []progress.ServiceEvent{started})
		mark := w.mark()
		w.take(view{began: time.Now()}, []progress.ServiceEvent{started, {At: requested.Add(test.dated), Message: test.message}})
		if _, got, _ := w.answer(mark, requested); got != test.want {
			t.Errorf("%s: got %s, want %s", test.why, got, test.want)
		}
	}
}
