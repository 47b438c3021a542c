package dataset

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
)

// changes returns every way to spoil a server.
func changes() []change {
	var all []change
	for _, family := range [][]change{
		// First what is for one type alone: there are few big keys.
		stringChanges(), hashChanges(), listChanges(), setChanges(), zsetChanges(),
		entryChanges(), groupChanges(), pendingChanges(), expiryChanges(), keyChanges(),
	} {
		all = append(all, family...)
	}
	return all
}

func keyChanges() []change {
	all := []change{
		{"any: a key is missing", Missing, func(ctx context.Context, v *victim) error { return v.must(ctx, "DEL") }},
		{"any: a key is renamed", Missing, func(ctx context.Context, v *victim) error {
			return v.moves(ctx, v.ref.db, v.ref.name+"\x00", func(to string) error { return v.must(ctx, "RENAMENX", to) })
		}},
		{"any: a key is in the other database", Missing, func(ctx context.Context, v *victim) error {
			if len(v.corruptor.clients) < 2 {
				return errUnfit
			}
			return v.moves(ctx, 1-v.ref.db, v.ref.name, func(string) error { return v.must(ctx, "MOVE", 1-v.ref.db) })
		}},
		{"any: there is another key", Extra, func(ctx context.Context, v *victim) error {
			name := v.fresh("key") + strings.ToUpper(v.ref.name)
			if err := v.must(ctx, "COPY", name); err != nil {
				return err
			}
			v.differs(Extra, v.ref.db, name, v.ref.kind)
			return nil
		}},
		{"any: an empty string is extra", Extra, func(ctx context.Context, v *victim) error {
			name := v.fresh("empty")
			v.differs(Extra, v.ref.db, name, typeString)
			return v.client.Set(ctx, name, "", 0).Err()
		}},
	}
	for _, other := range []struct {
		kind, command string
		args          []any
	}{
		{typeString, "SET", words("x")}, {typeHash, "HSET", words("f", "v")}, {typeList, "RPUSH", words("e")},
		{typeSet, "SADD", words("m")}, {typeZSet, "ZADD", words("1", "m")}, {typeStream, "XADD", words("*", "f", "v")},
	} {
		all = append(all, change{"any: the type becomes " + other.kind, Type, func(ctx context.Context, v *victim) error {
			if v.ref.kind == other.kind {
				return errUnfit
			}
			return v.keepExpiry(ctx, func() error {
				return errors.Join(v.must(ctx, "DEL"), v.do(ctx, other.command, other.args...).Err())
			})
		}})
	}
	return all
}

// moves notes a key that is in another place.
func (v *victim) moves(ctx context.Context, db int, name string, move func(string) error) error {
	if v.most < 2 {
		return errUnfit
	}
	if err := move(name); err != nil {
		return err
	}
	v.differs(Missing, v.ref.db, v.ref.name, v.ref.kind)
	v.differs(Extra, db, name, v.ref.kind)
	return nil
}

func expiryChanges() []change {
	shift := func(by time.Duration) func(ctx context.Context, v *victim) error {
		return func(ctx context.Context, v *victim) error {
			at, err := v.expiresAt(ctx)
			if err != nil {
				return err
			}
			if at == 0 {
				return errUnfit
			}
			return v.must(ctx, "PEXPIREAT", at+by.Milliseconds())
		}
	}
	return []change{
		{"any: it expires 2 s later", Expiry, shift(2 * time.Second)},
		{"any: it expires 2 s earlier", Expiry, shift(-2 * time.Second)},
		{"any: the expiry is lost", Expiry, func(ctx context.Context, v *victim) error { return v.must(ctx, "PERSIST") }},
		{"any: an expiry is added", Expiry, func(ctx context.Context, v *victim) error {
			at, err := v.expiresAt(ctx)
			if err != nil {
				return err
			}
			if at != 0 {
				return errUnfit
			}
			return v.must(ctx, "PEXPIREAT", v.corruptor.set.Base.Add(24*time.Hour).UnixMilli())
		}},
	}
}

func stringChanges() []change {
	return []change{
		{"string: the last byte differs", Value, func(ctx context.Context, v *victim) error { return v.flip(ctx, -1) }},
		{"string: the first byte differs", Value, func(ctx context.Context, v *victim) error { return v.flip(ctx, 0) }},
		{"string: a bit differs", Value, func(ctx context.Context, v *victim) error {
			n := v.client.StrLen(ctx, v.ref.name).Val()
			if n == 0 {
				return errUnfit
			}
			bit := n * 8 / 3
			v.in(offset(bit / 8))
			was, err := v.client.GetBit(ctx, v.ref.name, bit).Result()
			if err != nil {
				return err
			}
			return v.do(ctx, "SETBIT", bit, 1-was).Err()
		}},
		{"string: one byte more", Value, func(ctx context.Context, v *victim) error { return v.must(ctx, "APPEND", "\x00") }},
		{"string: one byte less", Value, func(ctx context.Context, v *victim) error {
			return v.rewrite(ctx, func(s string) string { return s[:max(0, len(s)-1)] })
		}},
		{"string: it is empty", Value, func(ctx context.Context, v *victim) error { return v.rewrite(ctx, func(string) string { return "" }) }},
		{"string: another number", Value, func(ctx context.Context, v *victim) error {
			if _, err := v.number(ctx); err != nil {
				return err
			}
			return v.do(ctx, "INCR").Err()
		}},
		{"string: the number in another form", Value, func(ctx context.Context, v *victim) error {
			n, err := v.number(ctx)
			if err != nil {
				return err
			}
			form := []string{"0%", "+%", "%.0", " %", "%\n"}[v.some(5)]
			return v.do(ctx, "SET", strings.Replace(form, "%", strconv.FormatInt(n, 10), 1), "KEEPTTL").Err()
		}},
		{"string: one more counted by a HyperLogLog", Value, func(ctx context.Context, v *victim) error {
			if v.ref.family != "hyperloglog" {
				return errUnfit
			}
			for range 1000 {
				if n, err := v.do(ctx, "PFADD", v.fresh("counted")).Int(); err != nil || n == 1 {
					return err
				}
			}
			return errUnfit
		}},
	}
}

// number returns the value of a string that Redis keeps as a number.
func (v *victim) number(ctx context.Context) (int64, error) {
	encoding, err := v.client.ObjectEncoding(ctx, v.ref.name).Result()
	if err != nil {
		return 0, err
	}
	if encoding != "int" {
		return 0, errUnfit
	}
	return v.client.Get(ctx, v.ref.name).Int64()
}

// flip changes a byte of a string; -1 is the last one.
func (v *victim) flip(ctx context.Context, at int64) error {
	was, err := v.client.GetRange(ctx, v.ref.name, at, at).Result()
	if err != nil {
		return err
	}
	if was == "" {
		return errUnfit
	}
	if at < 0 {
		at += v.client.StrLen(ctx, v.ref.name).Val()
	}
	v.in(offset(at))
	return v.must(ctx, "SETRANGE", at, string([]byte{was[0] ^ 1}))
}

// rewrite sets a string to what f makes of it.
func (v *victim) rewrite(ctx context.Context, f func(string) string) error {
	if v.ref.family == "big" {
		return errUnfit // nothing is gained by moving 50 MB
	}
	was, err := v.client.Get(ctx, v.ref.name).Result()
	if err != nil {
		return err
	}
	if f(was) == was {
		return errUnfit
	}
	return v.do(ctx, "SET", f(was), "KEEPTTL").Err()
}

// offset names a byte of a string.
func offset(at int64) string { return "offset " + strconv.FormatInt(at, 10) }
