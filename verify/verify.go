package verify

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

// ErrCluster tells that a server runs in cluster mode, which is not supported.
var ErrCluster = errors.New("verify: the server runs in cluster mode, which cannot be compared")

// Compare compares what two servers hold, and writes to neither. It is safe for
// concurrent use.
func Compare(ctx context.Context, source, target *redis.Client, opts *Options) (Report, error) {
	return Report{}, errors.New("verify: not built yet")
}
