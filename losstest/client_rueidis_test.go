package losstest

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/redis/rueidis"
)

// rueidisClient is github.com/redis/rueidis, which sends everything over one
// connection and blocking commands over others.
type rueidisClient struct{ c rueidis.Client }

func openRueidis(l library, addr string, dial dialFunc) (client, error) {
	c, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{addr}, ForceSingleClient: true, DisableCache: true, AlwaysRESP2: true,
		DisableRetry: l.retries == 0, BlockingPoolSize: l.pool, ConnWriteTimeout: l.timeout,
		PipelineMultiplex: -1, ClientSetInfo: rueidis.DisableClientSetInfo,
		DialCtxFn: func(ctx context.Context, addr string, _ *net.Dialer, _ *tls.Config) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			return dial(ctx, "tcp", addr)
		},
	})
	if err != nil {
		return nil, err
	}
	return &rueidisClient{c}, nil
}

func (r *rueidisClient) build(command []string) rueidis.Completed {
	return r.c.B().Arbitrary(command[0]).Args(command[1:]...).Build()
}

func ofResult(res rueidis.RedisResult) reply {
	m, err := res.ToMessage()
	if err != nil {
		if rueidis.IsRedisNil(err) {
			err = errNothing
		}
		return reply{err: err}
	}
	switch {
	case m.IsInt64():
		n, err := m.AsInt64()
		return reply{text: strconv.FormatInt(n, 10), err: err}
	case m.IsArray():
		v, err := m.AsStrSlice()
		if err == nil && len(v) == 2 {
			return reply{text: v[1]}
		}
		return reply{err: err}
	}
	s, err := m.ToString()
	return reply{text: s, err: err}
}

func (r *rueidisClient) send(ctx context.Context, commands ...[]string) []reply {
	built := make([]rueidis.Completed, len(commands))
	for i, c := range commands {
		built[i] = r.build(c)
	}
	out := make([]reply, len(commands))
	for i, res := range r.c.DoMulti(ctx, built...) {
		out[i] = ofResult(res)
	}
	return out
}

func (r *rueidisClient) transaction(ctx context.Context, commands ...[]string) []reply {
	c, release := r.c.Dedicate()
	defer release()
	built := []rueidis.Completed{r.c.B().Multi().Build()}
	for _, command := range commands {
		built = append(built, r.build(command))
	}
	built = append(built, r.c.B().Exec().Build())
	results := c.DoMulti(ctx, built...)
	answers, err := results[len(results)-1].ToArray()
	if err == nil && len(answers) != len(commands) {
		err = errors.New("EXEC answered something else")
	}
	if err != nil {
		return same(len(commands), reply{err: err})
	}
	out := make([]reply, len(commands))
	for i, m := range answers {
		if n, err := m.AsInt64(); err == nil {
			out[i].text = strconv.FormatInt(n, 10)
		}
		out[i].err = m.Error()
	}
	return out
}

func (r *rueidisClient) slowTransaction(ctx context.Context, wait func(), commands ...[]string) []reply {
	c, release := r.c.Dedicate()
	defer release()
	for _, command := range append([][]string{{"MULTI"}}, commands...) {
		if err := c.Do(ctx, r.build(command)).Error(); err != nil {
			_ = c.Do(ctx, r.c.B().Discard().Build()).Error()
			return same(len(commands), reply{err: &notExecuted{err}})
		}
		wait()
	}
	answers, err := c.Do(ctx, r.c.B().Exec().Build()).ToArray()
	if err == nil && len(answers) != len(commands) {
		err = errors.New("EXEC answered something else")
	}
	out := same(len(commands), reply{err: err})
	for i := range answers {
		if n, nerr := answers[i].AsInt64(); err == nil && nerr == nil {
			out[i].text = strconv.FormatInt(n, 10)
		}
	}
	return out
}

func (r *rueidisClient) pop(ctx context.Context, command ...string) reply {
	return ofResult(r.c.Do(ctx, r.c.B().Arbitrary(command[0]).Args(command[1:]...).Blocking()))
}

func (r *rueidisClient) close() { r.c.Close() }
