package verify

import (
	"context"
	"errors"
	"iter"

	"github.com/redis/go-redis/v9"
)

// errStopped ends a comparison whose differences nobody wants to see any more.
var errStopped = errors.New("verify: stopped by the caller")

// Differences is [Compare] as an iteration: it compares while it is ranged over,
// and yields each difference as it is found. An error that ends the comparison is
// yielded last, with a zero Difference. When the iteration ends, also by a break,
// the report is in *report, unless that is nil.
func Differences(ctx context.Context, source, target *redis.Client, opts *Options, report *Report) iter.Seq2[Difference, error] {
	return func(yield func(Difference, error) bool) {
		var o Options
		if opts != nil {
			o = *opts
		}
		also := o.OnDifference
		o.OnDifference = func(d Difference) error {
			if also != nil {
				if err := also(d); err != nil {
					return err
				}
			}
			if !yield(d, nil) {
				return errStopped
			}
			return nil
		}
		r, err := Compare(ctx, source, target, &o)
		if report != nil {
			*report = r
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(Difference{}, err)
		}
	}
}
