package verify

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

// ErrCluster tells that a server runs in cluster mode, which is not supported.
var ErrCluster = errors.New("verify: the server runs in cluster mode, which cannot be compared")

// ErrForbidden tells that a server's ACL forbids a command without which nothing
// can be compared.
var ErrForbidden = errors.New("verify: a command that is needed is forbidden")

// Compare compares what two servers hold, and writes to neither. It makes
// connections of its own, as the clients would: their addresses, dialers, TLS and
// credentials count, their pools are not used. It is safe for concurrent use, and
// leaves no goroutine behind.
//
// A difference is no error: it is in the report and its verdict. The report that
// comes with an error says what was found until then, and its verdict is never
// that the sides are equal. An error is [ErrCluster], [ErrForbidden], the cause of
// ctx, what a callback returned, that a server was not to be reached for
// [Options].WaitFor, or one that names each option that is wrong.
func Compare(ctx context.Context, source, target *redis.Client, opts *Options) (Report, error) {
	o, err := opts.withDefaults()
	if source == nil || target == nil {
		err = errors.Join(err, errors.New("verify: a client is nil, want clients of the source and the target"))
	}
	if err != nil {
		return Report{Verdict: NotProven, Mode: o.Mode}, err
	}
	report, err := newEngine(source, target, o).work(ctx)
	return report, unwrapped(err)
}
