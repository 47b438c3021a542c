package dataset

import (
	"context"
	"math"
	"strconv"
)

// on makes a change of an element that is picked.
func on(f func(ctx context.Context, v *victim, name string) error) func(context.Context, *victim) error {
	return func(ctx context.Context, v *victim) error {
		name, err := v.pick(ctx)
		if err != nil {
			return err
		}
		if err := f(ctx, v, name); err != nil {
			return err
		}
		if v.made == nil {
			v.in(name)
		}
		return nil
	}
}

// more makes a change that adds an element with the command.
func more(command string, value ...any) func(context.Context, *victim) error {
	return func(ctx context.Context, v *victim) error {
		name := v.fresh("element")
		args := append(value[:len(value):len(value)], name)
		if command == "HSET" {
			args = words(name, "value")
		}
		v.in(name)
		return v.must(ctx, command, args...)
	}
}

func hashChanges() []change {
	return []change{
		{"hash: a value differs", Value, on(func(ctx context.Context, v *victim, field string) error {
			was, err := v.client.HGet(ctx, v.ref.name, field).Result()
			if err != nil {
				return err
			}
			if was == "" {
				return errUnfit
			}
			return v.do(ctx, "HSET", field, was[:len(was)-1]+string([]byte{was[len(was)-1] ^ 1})).Err()
		})},
		{"hash: a value is empty", Value, on(func(ctx context.Context, v *victim, field string) error {
			if v.client.HStrLen(ctx, v.ref.name, field).Val() == 0 {
				return errUnfit
			}
			return v.do(ctx, "HSET", field, "").Err()
		})},
		{"hash: one field more", Value, more("HSET")},
		{"hash: one field less", Value, on(func(ctx context.Context, v *victim, field string) error { return v.must(ctx, "HDEL", field) })},
		{"hash: a field renamed", Value, on(func(ctx context.Context, v *victim, field string) error {
			was, err := v.client.HGet(ctx, v.ref.name, field).Result()
			if err != nil {
				return err
			}
			v.in(field, field+"\x00")
			return v.all(ctx, words("HDEL", v.ref.name, field), words("HSET", v.ref.name, field+"\x00", was))
		})},
	}
}

func setChanges() []change {
	return []change{
		{"set: one member more", Value, more("SADD")},
		{"set: one member less", Value, on(func(ctx context.Context, v *victim, m string) error { return v.must(ctx, "SREM", m) })},
		{"set: one number more", Value, func(ctx context.Context, v *victim) error {
			n := strconv.Itoa(1_000_000 + v.some(1e6))
			v.in(n)
			return v.must(ctx, "SADD", n)
		}},
		{"set: a member differs", Value, on(func(ctx context.Context, v *victim, m string) error {
			v.in(m, m+"\x00")
			return v.all(ctx, words("SREM", v.ref.name, m), words("SADD", v.ref.name, m+"\x00"))
		})},
	}
}

func zsetChanges() []change {
	scored := func(f func(float64) float64) func(context.Context, *victim) error {
		return on(func(ctx context.Context, v *victim, m string) error {
			was, err := v.client.ZScore(ctx, v.ref.name, m).Result()
			if err != nil {
				return err
			}
			now := f(was)
			if now == was || math.IsNaN(now) {
				return errUnfit
			}
			return v.must(ctx, "ZADD", "XX", "CH", strconv.FormatFloat(now, 'g', -1, 64), m)
		})
	}
	return []change{
		{"zset: a score differs by the least", Value, scored(func(s float64) float64 { return math.Nextafter(s, math.Inf(1)) })},
		{"zset: a score differs by 1", Value, scored(func(s float64) float64 { return s + 1 })},
		{"zset: a score's sign differs", Value, scored(func(s float64) float64 { return -s })},
		{"zset: a score is infinite", Value, scored(func(float64) float64 { return math.Inf(-1) })},
		{"zset: one member more", Value, more("ZADD", 7)},
		{"zset: one member less", Value, on(func(ctx context.Context, v *victim, m string) error { return v.must(ctx, "ZREM", m) })},
		{"zset: a member differs", Value, on(func(ctx context.Context, v *victim, m string) error {
			was, err := v.client.ZScore(ctx, v.ref.name, m).Result()
			if err != nil {
				return err
			}
			v.in(m, m+"\x00")
			return v.all(ctx, words("ZREM", v.ref.name, m),
				words("ZADD", v.ref.name, strconv.FormatFloat(was, 'g', -1, 64), m+"\x00"))
		})},
	}
}

func listChanges() []change {
	// Wherever elements were put in or taken out, all behind them moved: which
	// indexes differ is then a matter of how they are matched.
	whole := func(command string, args ...any) func(context.Context, *victim) error {
		return func(ctx context.Context, v *victim) error {
			if v.client.LLen(ctx, v.ref.name).Val() < 2 {
				return errUnfit
			}
			return v.do(ctx, command, args...).Err()
		}
	}
	at := func(where func(n int64) int64) func(context.Context, *victim) error {
		return func(ctx context.Context, v *victim) error {
			n, err := v.client.LLen(ctx, v.ref.name).Result()
			if err != nil {
				return err
			}
			i := where(n)
			v.in(strconv.FormatInt(i, 10))
			return v.do(ctx, "LSET", i, v.fresh("element")).Err()
		}
	}
	return []change{
		{"list: the first element differs", Value, at(func(int64) int64 { return 0 })},
		{"list: the last element differs", Value, at(func(n int64) int64 { return n - 1 })},
		{"list: an element differs", Value, at(func(n int64) int64 { return n * 2 / 3 })},
		{"list: one element more on the left", Value, whole("LPUSH", "one more")},
		{"list: one element more on the right", Value, whole("RPUSH", "one more")},
		{"list: one element less on the left", Value, whole("LPOP")},
		{"list: one element less on the right", Value, whole("RPOP")},
		{"list: two elements have changed places", Value, func(ctx context.Context, v *victim) error {
			n, err := v.client.LLen(ctx, v.ref.name).Result()
			if err != nil || n < 2 {
				return errUnfit
			}
			i := int64(v.some(int(n - 1)))
			pair, err := v.client.LRange(ctx, v.ref.name, i, i+1).Result()
			if err != nil {
				return err
			}
			if pair[0] == pair[1] {
				return errUnfit
			}
			v.in(strconv.FormatInt(i, 10), strconv.FormatInt(i+1, 10))
			return v.all(ctx, words("LSET", v.ref.name, i, pair[1]), words("LSET", v.ref.name, i+1, pair[0]))
		}},
		{"list: an element twice", Value, func(ctx context.Context, v *victim) error {
			first, err := v.client.LIndex(ctx, v.ref.name, 0).Result()
			if err != nil {
				return err
			}
			return v.do(ctx, "LINSERT", "BEFORE", first, first).Err()
		}},
	}
}
