package losstest

import (
	"context"
	"os"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// TestMain silences the libraries that log what the tests bring about.
func TestMain(m *testing.M) {
	redis.SetLogger(silent{})
	zerolog.SetGlobalLevel(zerolog.Disabled)
	os.Exit(m.Run())
}

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}
