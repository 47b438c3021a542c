package migration_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// Functions of the host are called from goroutines of the library, where a panic
// would end the process.
func TestAPanicOfTheHostIsAnError(t *testing.T) {
	t.Parallel()
	bug := func() { panic("a bug of the host") }
	rows := []struct {
		why  string
		opts migration.Options
	}{
		{"DialContext", migration.Options{DialContext: func(context.Context, string, string) (net.Conn, error) { bug(); return nil, nil }}},
		{"SourceRedis.Password", migration.Options{SourceRedis: migration.RedisOptions{Password: func(context.Context) (string, error) { bug(); return "", nil }}}},
		{"TargetRedis.Password", migration.Options{TargetRedis: migration.RedisOptions{Password: func(context.Context) (string, error) { bug(); return "", nil }}}},
	}
	for _, r := range rows {
		t.Run(r.why, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, err := migrationtest.NewScenario(t).Migrator(&r.opts).Run(t.Context())
				if err == nil || !strings.Contains(err.Error(), "panic: a bug of the host") {
					t.Errorf("got %v, want the panic as an error", err)
				}
			})
		})
	}
}

// brokenAPI is a host's own client, with a bug in it.
type brokenAPI struct{ *elasticache.Client }

func (brokenAPI) DescribeEvents(context.Context, *elasticache.DescribeEventsInput, ...func(*elasticache.Options)) (*elasticache.DescribeEventsOutput, error) {
	panic("a bug of the host")
}

func TestAPanicOfTheClientIsAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		m, err := migration.New(s.Plan(), brokenAPI{s.Client()}, &migration.Options{
			DialContext: s.DialContext, Cutover: migration.NewSourceFence(nil),
		})
		if err != nil {
			t.Fatal(err)
		}
		var panicked *migration.PanicError
		if _, err := m.Run(t.Context()); !errors.As(err, &panicked) || !strings.Contains(panicked.Stack, "brokenAPI") {
			t.Errorf("got %v, want the panic with its stack", err)
		}
	})
}

// brokenComplete is a client whose bug shows at the point of no return.
type brokenComplete struct{ *elasticache.Client }

func (brokenComplete) CompleteMigration(context.Context, *elasticache.CompleteMigrationInput, ...func(*elasticache.Options)) (*elasticache.CompleteMigrationOutput, error) {
	panic("a bug of the host")
}

// Whether the call was sent nobody knows, so writes stay paused.
func TestAPanicInTheCompletionKeepsWritesPaused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		m, err := migration.New(s.Plan(), brokenComplete{s.Client()}, &migration.Options{
			DialContext: s.DialContext, Cutover: migration.NewSourceFence(nil),
			Assume: migration.Assumptions{PromotionWithin: 2 * time.Minute},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Run(t.Context()); !errors.Is(err, migration.ErrOutcomeUnknown) {
			t.Errorf("got %v, want ErrOutcomeUnknown", err)
		}
		s.AssertWritesPaused()
	})
}

// A step brings a Jitter of its own.
func TestAPanicInAStepsJitterResumesWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		wf := migration.DefaultWorkflow().Before(progress.StateCompleting, migration.Step{
			Name: "check", Retry: migration.Retry{Jitter: func() float64 { panic("a bug of the host") }},
			Run: func(context.Context, *migration.Session) error { return errors.New("not now") },
		})
		if _, err := s.Migrator(&migration.Options{Workflow: wf, CutoverAttempts: 1}).Run(t.Context()); err == nil {
			t.Error("no error")
		}
		s.AssertWritesOpen()
	})
}

// exits is a Cutover whose fake failed the test, which ends its goroutine.
type exits struct{ *migration.SourceFence }

func (e exits) PauseWrites(ctx context.Context) error {
	if err := e.SourceFence.PauseWrites(ctx); err != nil {
		return err
	}
	runtime.Goexit()
	return nil
}

func TestGoexitInACutoverResumesWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		fence := migration.NewSourceFence(nil)
		s.Migrator(&migration.Options{Cutover: fence}) // binds it to the source
		_, err := s.Migrator(&migration.Options{Cutover: exits{fence}, CutoverAttempts: 1}).Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "Goexit") {
			t.Errorf("got %v, want an error that tells of it", err)
		}
		s.AssertWritesOpen()
	})
}

// forgetful is a Cutover that cannot tell whether writes are paused once they were.
type forgetful struct {
	*migration.SourceFence
	asked *int
}

func (f forgetful) WritesPaused(ctx context.Context) (bool, error) {
	paused, err := f.SourceFence.WritesPaused(ctx)
	if *f.asked++; paused && err == nil && *f.asked > 2 { // at first, and beside the drain
		return false, errors.New("the flag service is down")
	}
	return paused, err
}

// That a host cannot tell at the promotion whether writes are paused is told, and keeps no
// application from a target that has everything.
func TestAHostThatCannotTellAtThePromotion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		fence, asked := migration.NewSourceFence(nil), 0
		s.Migrator(&migration.Options{Cutover: fence}) // binds it to the source
		result, err := s.Migrator(&migration.Options{Cutover: forgetful{fence, &asked}}).Run(t.Context())
		if err != nil || result.State != progress.StateDone || asked < 3 {
			t.Fatalf("state %s, error %v, asked %d times", result.State, err, asked)
		}
		if notes := s.Recorder().Transcript(); !strings.Contains(notes, "it cannot be told whether writes to the source are still paused: the flag service is down") {
			t.Errorf("nobody was told:\n%s", notes)
		}
	})
}
