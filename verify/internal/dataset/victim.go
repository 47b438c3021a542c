package dataset

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// victim is a key that a change is applied to. It makes a difference of the
// whole key unless the change says more.
type victim struct {
	corruptor *Corruptor
	client    *redis.Client
	ref       ref
	how       string
	class     string
	most      int // how many differences it may make
	made      []Difference
}

// differs adds a difference.
func (v *victim) differs(class string, db int, key, kind string, elements ...string) {
	v.made = append(v.made, Difference{DB: db, Key: key, Type: kind, Class: class, Elements: elements, How: v.how})
}

// in says which elements of the key differ.
func (v *victim) in(elements ...string) {
	v.differs(v.class, v.ref.db, v.ref.name, v.ref.kind, elements...)
}

// do sends a command whose words after the first are its key and args.
func (v *victim) do(ctx context.Context, command string, args ...any) *redis.Cmd {
	return v.client.Do(ctx, append([]any{command, v.ref.name}, args...)...)
}

// must sends a command that has to change something: an error, or the answer
// 0, is an error.
func (v *victim) must(ctx context.Context, command string, args ...any) error {
	cmd := v.do(ctx, command, args...)
	if n, ok := cmd.Val().(int64); ok && n == 0 && cmd.Err() == nil {
		return errUnfit
	}
	return cmd.Err()
}

// all sends commands one after the other until one fails.
func (v *victim) all(ctx context.Context, commands ...[]any) error {
	for _, c := range commands {
		if err := v.client.Do(ctx, c...).Err(); err != nil {
			return err
		}
	}
	return nil
}

// words makes a command for all.
func words(w ...any) []any { return w }

// fresh returns a name that is nowhere in the set.
func (v *victim) fresh(what string) string {
	v.corruptor.extra++
	return "spoilt:" + what + ":" + strconv.Itoa(v.corruptor.extra)
}

// some returns the number of one of n things.
func (v *victim) some(n int) int { return v.corruptor.rng.IntN(n) }

// pick returns an element of a hash, set or sorted set, the same one each time
// for the same seed.
func (v *victim) pick(ctx context.Context) (string, error) {
	if v.ref.family == "big" {
		return element(v.some(v.corruptor.set.Elements)), nil
	}
	var names []string
	var err error
	switch v.ref.kind {
	case typeHash:
		names, err = v.client.HKeys(ctx, v.ref.name).Result()
	case typeSet:
		names, err = v.client.SMembers(ctx, v.ref.name).Result()
	case typeZSet:
		names, err = v.client.ZRange(ctx, v.ref.name, 0, -1).Result()
	}
	if err != nil {
		return "", err
	}
	if len(names) < 2 { // to take one out would take the key out
		return "", errUnfit
	}
	slices.Sort(names)
	return names[v.some(len(names))], nil
}

// expiresAt returns when the key expires in Unix milliseconds, 0 for never.
func (v *victim) expiresAt(ctx context.Context) (int64, error) {
	ttl, err := v.client.PExpireTime(ctx, v.ref.name).Result()
	return max(0, int64(ttl/time.Millisecond)), err
}

// keepExpiry runs f, which may write the key anew, and gives the key back the
// expiry that it had.
func (v *victim) keepExpiry(ctx context.Context, f func() error) error {
	at, err := v.expiresAt(ctx)
	if err != nil {
		return err
	}
	if err := f(); err != nil || at == 0 {
		return err
	}
	return v.must(ctx, "PEXPIREAT", at)
}
