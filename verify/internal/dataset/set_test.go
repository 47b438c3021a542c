package dataset_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify/internal/dataset"
)

// startRedis starts a server and a client of one of its databases.
func startRedis(t *testing.T, args ...string) *simulator.Redis {
	t.Helper()
	r, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Args: append(args, "--enable-debug-command", "yes")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func client(t *testing.T, r *simulator.Redis, db int) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{
		Addr: r.Addr(), DB: db, Protocol: 2, MaxRetries: -1, ReadTimeout: time.Minute,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// digest is the server's own word on what it holds, all databases and
// expiries' presence included, streams' groups not.
func digest(t *testing.T, r *simulator.Redis) string {
	t.Helper()
	text, err := client(t, r, 0).Do(t.Context(), "DEBUG", "DIGEST").Text()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func write(t *testing.T, s dataset.Set, r *simulator.Redis) {
	t.Helper()
	if err := s.Write(t.Context(), r.Addr()); err != nil {
		t.Fatal(err)
	}
}

// A set is the same wherever it is written, and another seed is another one.
func TestSetIsDeterministic(t *testing.T) {
	t.Parallel()
	base := time.Now()
	for _, set := range []dataset.Set{dataset.S(2000, base), dataset.M(dataset.Small(2000), base)} {
		other := set
		other.Seed++
		a, b, c := startRedis(t), startRedis(t, "--hash-max-listpack-entries", "2"), startRedis(t)
		write(t, set, a)
		write(t, set, b)
		write(t, other, c)
		if digest(t, a) != digest(t, b) {
			t.Errorf("set %s differs between two servers", set.Kind)
		}
		if digest(t, a) == digest(t, c) {
			t.Errorf("set %s is the same with another seed", set.Kind)
		}
	}
}

// The parts of M are there, in both databases.
func TestMixed(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := startRedis(t)
	size := dataset.Small(1000)
	write(t, dataset.M(size, time.Now()), r)
	zero, one := client(t, r, 0), client(t, r, 1)
	keyspace := zero.Info(ctx, "keyspace").Val()
	for _, db := range []string{"db0:keys=", "db1:keys="} {
		if !strings.Contains(keyspace, db) {
			t.Errorf("no %s in %q", db, keyspace)
		}
	}
	if got, want := zero.DBSize(ctx).Val()+one.DBSize(ctx).Val(), int64(dataset.M(size, time.Now()).Count()); got != want {
		t.Errorf("%d keys, want the %d of Count", got, want)
	}
	if n := zero.HLen(ctx, "big:hash:0").Val(); n != int64(size.Elements) {
		t.Errorf("the big hash has %d fields, want %d", n, size.Elements)
	}
	if n := zero.StrLen(ctx, "big:string:0").Val() + one.StrLen(ctx, "big:string:0").Val(); n != int64(size.Blob) {
		t.Errorf("the big string has %d bytes, want %d", n, size.Blob)
	}
	if list := zero.FunctionList(ctx, redis.FunctionListQuery{}).Val(); len(list) != size.Odd {
		t.Errorf("%d function libraries, want %d", len(list), size.Odd)
	}
	info := zero.XInfoStreamFull(ctx, "stream:0", 0).Val()
	if info == nil || len(info.Groups) != 2 || len(info.Groups[0].Consumers) != 3 || info.Groups[0].PelCount == 0 || info.Groups[1].PelCount == 0 {
		t.Errorf("stream 0 is %+v, want two groups of three consumers, with pending entries", info)
	}
	expires := 0
	for i := range 1000 {
		for _, kind := range []string{"string", "hash", "list", "set", "zset"} {
			if zero.PTTL(ctx, kind+":"+strconv.Itoa(i)).Val() > 19*time.Hour {
				expires++
			}
		}
	}
	if expires < 80 || expires > 200 {
		t.Errorf("%d of 800 keys in database 0 expire, want about a sixth", expires)
	}
}

// A value that shrank keeps its big encoding, which its copy has not.
func TestAged(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := startRedis(t)
	write(t, dataset.M(dataset.Size{Aged: 30}, time.Now()), r)
	c := client(t, r, 0)
	for _, kind := range []string{"hash", "set", "zset"} {
		keys := c.Keys(ctx, "aged:"+kind+":*").Val()
		if len(keys) == 0 {
			t.Fatalf("no aged %s", kind)
		}
		was := c.ObjectEncoding(ctx, keys[0]).Val()
		if err := c.Copy(ctx, keys[0], "copy", 0, true).Err(); err != nil {
			t.Fatal(err)
		}
		raw := c.Dump(ctx, keys[0]).Val()
		if err := c.RestoreReplace(ctx, "copy", 0, raw).Err(); err != nil {
			t.Fatal(err)
		}
		if now := c.ObjectEncoding(ctx, "copy").Val(); now == was {
			t.Errorf("%s is %s and its copy too", keys[0], was)
		}
	}
}

// Errors of the server and an end of the context are not lost.
func TestWriteFails(t *testing.T) {
	t.Parallel()
	r := startRedis(t, "--databases", "1")
	err := dataset.M(dataset.Small(10), time.Now()).Write(t.Context(), r.Addr())
	if err == nil || !strings.Contains(err.Error(), "DB index is out of range") {
		t.Errorf("%v, want the server's refusal", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := dataset.S(10, time.Now()).Write(ctx, r.Addr()); err == nil {
		t.Error("no error after the context has ended")
	}
}
