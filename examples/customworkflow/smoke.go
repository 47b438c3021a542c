package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
)

// smokeTakes bounds one try. The write pause goes on meanwhile.
const smokeTakes = 5 * time.Second

// smokeTest asks of the promoted target what the application will, before the
// application is there. When it fails, the run ends with ErrPastNoReturn, writes
// stay paused, and the next Run calls it again: repair the target meanwhile.
func smokeTest(l library) migration.Step {
	return migration.Step{
		Name:       "smoke-test",
		Timeout:    smokeTakes,
		NeedsPause: true,
		Run: func(ctx context.Context, s *migration.Session) error {
			target := s.Target()
			if err := roundTrip(ctx, target, "smoke-test:"+s.Plan().ID); err != nil {
				return fmt.Errorf("smoke test: %w", err)
			}
			return l.Check(ctx, target)
		},
	}
}

// roundTrip writes, reads and deletes a key that is reserved for it. It also
// expires, for the case that the program ends in between.
func roundTrip(ctx context.Context, c *redis.Client, key string) (err error) {
	want := time.Now().UTC().Format(time.RFC3339Nano)
	if err := c.Set(ctx, key, want, time.Minute).Err(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Del(ctx, key).Err()) }()
	got, err := c.Get(ctx, key).Result()
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("wrote %q to %s and read %q", want, key, got)
	}
	return nil
}
