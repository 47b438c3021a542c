package losstest

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/redis/rueidis"
)

// reply is the answer to one command.
type reply struct {
	text string // of integers too
	err  error
}

func (r reply) number() int64 {
	n, err := strconv.ParseInt(r.text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// errNothing is the reply of a blocking pop that found nothing in time.
var errNothing = errors.New("nothing")

// client is what a writer needs of a client library.
type client interface {
	// send sends commands all at once and returns a reply for each.
	send(ctx context.Context, commands ...[]string) []reply
	// transaction does the same in MULTI and EXEC.
	transaction(ctx context.Context, commands ...[]string) []reply
	// slowTransaction waits between the commands.
	slowTransaction(ctx context.Context, wait func(), commands ...[]string) []reply
	// pop sends a blocking command.
	pop(ctx context.Context, command ...string) reply
	close()
}

// dialFunc makes connections, through whatever is between the parties.
type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// library is a client library with its settings.
type library struct {
	name    string
	retries int // how often a command is sent again; 0: never
	pool    int
	timeout time.Duration // for an answer
	rueidis bool
}

// open makes a client for one server.
func (l library) open(addr string, dial dialFunc) (client, error) {
	if l.rueidis {
		return openRueidis(l, addr, dial)
	}
	retries := l.retries
	if retries == 0 {
		retries = -1
	}
	return &goRedis{redis.NewClient(&redis.Options{
		Addr: addr, Dialer: dial, MaxRetries: retries, PoolSize: l.pool, Protocol: 2, DisableIdentity: true,
		ReadTimeout: l.timeout, WriteTimeout: l.timeout, DialTimeout: 5 * time.Second, DialerRetries: 1,
		MinRetryBackoff: time.Millisecond, MaxRetryBackoff: 20 * time.Millisecond,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})}, nil
}

// goRedis is github.com/redis/go-redis.
type goRedis struct{ c *redis.Client }

func args(command []string) []any {
	out := make([]any, len(command))
	for i, a := range command {
		out[i] = a
	}
	return out
}

func ofCmd(c *redis.Cmd, whole error) reply {
	v, err := c.Result()
	var answer redis.Error
	if err == nil && v == nil && whole != nil && !errors.As(whole, &answer) {
		err = whole // was not sent
	}
	if errors.Is(err, redis.Nil) {
		err = errNothing
	}
	r := reply{err: err}
	switch v := v.(type) {
	case string:
		r.text = v
	case int64:
		r.text = strconv.FormatInt(v, 10)
	case []any: // of BLPOP: the key and the element
		if len(v) == 2 {
			r.text, _ = v[1].(string)
		}
	}
	return r
}

func (g *goRedis) send(ctx context.Context, commands ...[]string) []reply {
	if len(commands) == 1 {
		return []reply{ofCmd(g.c.Do(ctx, args(commands[0])...), nil)}
	}
	return all(ctx, g.c.Pipeline(), commands)
}

func (g *goRedis) transaction(ctx context.Context, commands ...[]string) []reply {
	return all(ctx, g.c.TxPipeline(), commands)
}

func all(ctx context.Context, p redis.Pipeliner, commands [][]string) []reply {
	sent := make([]*redis.Cmd, len(commands))
	for i, c := range commands {
		sent[i] = p.Do(ctx, args(c)...)
	}
	_, whole := p.Exec(ctx)
	out := make([]reply, len(commands))
	for i, c := range sent {
		out[i] = ofCmd(c, whole)
	}
	return out
}

func (g *goRedis) slowTransaction(ctx context.Context, wait func(), commands ...[]string) []reply {
	conn := g.c.Conn()
	defer conn.Close()
	queue := append([][]string{{"MULTI"}}, commands...)
	for _, c := range queue {
		if err := conn.Do(ctx, args(c)...).Err(); err != nil {
			_ = conn.Do(ctx, "DISCARD").Err() // what was queued is not executed
			return same(len(commands), reply{err: &notExecuted{err}})
		}
		wait()
	}
	v, err := conn.Do(ctx, "EXEC").Slice()
	if err == nil && len(v) != len(commands) {
		err = errors.New("EXEC answered something else")
	}
	out := same(len(commands), reply{err: err})
	for i := range v {
		if err == nil {
			if n, ok := v[i].(int64); ok {
				out[i].text = strconv.FormatInt(n, 10)
			}
		}
	}
	return out
}

func (g *goRedis) pop(ctx context.Context, command ...string) reply {
	return ofCmd(g.c.Do(ctx, args(command)...), nil)
}

func (g *goRedis) close() { _ = g.c.Close() }

// notExecuted wraps an error before anything was executed.
type notExecuted struct{ error }

func (e *notExecuted) Unwrap() error { return e.error }

func same(n int, r reply) []reply {
	out := make([]reply, n)
	for i := range out {
		out[i] = r
	}
	return out
}

// classify tells what an error means for the write.
func classify(err error, retried bool) outcome {
	if err == nil {
		return acknowledged
	}
	var (
		none    *notExecuted
		answer  redis.Error
		network *net.OpError
	)
	switch {
	case retried: // an earlier try may have been executed
		return ambiguous
	case errors.As(err, &none), errors.As(err, &answer), errors.As(err, &network) && network.Op == "dial":
		return refused
	}
	if _, ok := rueidis.IsRedisErr(err); ok {
		return refused
	}
	return ambiguous
}

// script is a Lua script that writes what a transaction would.
func script() string {
	return "redis.call('SET', KEYS[1], ARGV[1]); local c = redis.call('INCR', KEYS[2]); redis.call('RPUSH', KEYS[3], ARGV[1]); return c"
}

// runScript calls it by its hash, as clients do, and by its text where that is not
// known: the cache of scripts is not replicated.
func runScript(ctx context.Context, c client, rest ...string) reply {
	sum := sha1.Sum([]byte(script()))
	r := c.send(ctx, append([]string{"EVALSHA", hex.EncodeToString(sum[:])}, rest...))[0]
	if r.err != nil && strings.HasPrefix(r.err.Error(), "NOSCRIPT") {
		r = c.send(ctx, append([]string{"EVAL", script()}, rest...))[0]
	}
	return r
}
