package dataset

import (
	"context"
	"strings"
)

// Reencode changes how the server keeps n values and not what they are, so
// that a comparison which reports them is wrong. It returns how many it did.
func (c *Corruptor) Reencode(ctx context.Context, n int) (int, error) {
	done := 0
	for done < n {
		before := done
		for _, ch := range reencodings() {
			for _, family := range c.families(ch) {
				made, err := c.once(ctx, ch, family, 1)
				if err != nil {
					return done, err
				}
				done += len(made)
				if done == n {
					return done, nil
				}
			}
		}
		if done == before {
			break
		}
	}
	return done, nil
}

// reencodings returns changes that leave the value what it was.
func reencodings() []change {
	long := strings.Repeat("long ", 40)
	return []change{
		{"string: kept as text", "", func(ctx context.Context, v *victim) error {
			first, err := v.client.GetRange(ctx, v.ref.name, 0, 0).Result()
			if err != nil {
				return err
			}
			if first == "" {
				return errUnfit
			}
			return v.must(ctx, "SETRANGE", 0, first)
		}},
		{"hash: kept as a table", "", func(ctx context.Context, v *victim) error {
			return v.all(ctx, words("HSET", v.ref.name, "long", long), words("HDEL", v.ref.name, "long"))
		}},
		{"set: kept as a table", "", func(ctx context.Context, v *victim) error {
			return v.all(ctx, words("SADD", v.ref.name, long), words("SREM", v.ref.name, long))
		}},
		{"zset: kept as a skip list", "", func(ctx context.Context, v *victim) error {
			return v.all(ctx, words("ZADD", v.ref.name, 0, long), words("ZREM", v.ref.name, long))
		}},
		{"list: kept in other nodes", "", func(ctx context.Context, v *victim) error {
			return v.all(ctx, words("RPUSH", v.ref.name, strings.Repeat(long, 50)), words("RPOP", v.ref.name),
				words("LPUSH", v.ref.name, strings.Repeat(long, 50)), words("LPOP", v.ref.name))
		}},
		{"hash: written in another order", "", func(ctx context.Context, v *victim) error {
			field, err := v.pick(ctx)
			if err != nil {
				return err
			}
			was, err := v.client.HGet(ctx, v.ref.name, field).Result()
			if err != nil {
				return err
			}
			return v.all(ctx, words("HDEL", v.ref.name, field), words("HSET", v.ref.name, field, was))
		}},
	}
}
