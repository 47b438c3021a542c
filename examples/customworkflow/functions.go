package main

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
)

// library is a library of Redis functions that this release needs.
type library interface {
	// Load loads it or replaces an older one.
	Load(ctx context.Context, c *redis.Client) error
	// Check returns an error unless exactly this library is loaded.
	Check(ctx context.Context, c *redis.Client) error
}

// functionsTake bounds one try. The write pause goes on meanwhile.
const functionsTake = 5 * time.Second

// loadFunctions loads the release's functions into the target. Until its
// promotion the target is a replica and refuses writes, and the application
// must not come before them: so the step stands after completing, inside the
// write pause.
func loadFunctions(l library) migration.Step {
	return migration.Step{
		Name:       "functions",
		Timeout:    functionsTake,
		NeedsPause: true,
		Run: func(ctx context.Context, s *migration.Session) error {
			return l.Load(ctx, s.Target())
		},
	}
}

// functionLibrary is a library by its name and code, whose first line says the
// name too: "#!lua name=orders".
type functionLibrary struct {
	name, code string
}

func (l functionLibrary) Load(ctx context.Context, c *redis.Client) error {
	if err := c.FunctionLoadReplace(ctx, l.code).Err(); err != nil {
		return fmt.Errorf("FUNCTION LOAD of %s: %w", l.name, err)
	}
	return nil
}

func (l functionLibrary) Check(ctx context.Context, c *redis.Client) error {
	loaded, err := c.FunctionList(ctx, redis.FunctionListQuery{LibraryNamePattern: l.name, WithCode: true}).Result()
	if err != nil {
		return fmt.Errorf("FUNCTION LIST: %w", err)
	}
	if len(loaded) != 1 || loaded[0].Code != l.code {
		return fmt.Errorf("the function library %s is not the one of this release", l.name)
	}
	return nil
}
