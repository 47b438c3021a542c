package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// errStale tells that the server had closed the connection between two
// commands, so that nothing was sent.
var errStale = errors.New("the connection was closed in the meantime")

// session is one connection with a go-redis client on it.
//
// The connection is made here and handed to the client's pool of one. Left to
// itself, go-redis dials on a background context, logs a failed dial to standard
// error, answers the next ones from memory, and keeps a goroutine that dials
// once a second; and it does not notice a context that is cancelled while it
// waits for an answer. A library may do none of that to its host.
type session struct {
	conn   net.Conn
	client *redis.Client
	id     int64 // what the server calls the connection; 0: it was not asked
}

// newSession connects. Authentication follows with the first command. Whoever closes the
// connection, go-redis and the end of this process included, does so with a reset, see
// setLinger.
func newSession(ctx context.Context, cfg Config) (*session, error) {
	conn, err := dial(ctx, cfg)
	if err != nil {
		return nil, err
	}
	setLinger(conn, 0)
	return &session{conn: conn, client: newClient(cfg, 1, forAsLongAsItLives, handOver(conn))}, nil
}

// do sends commands all at once. If ctx ends, the connection is closed, which
// ends the wait. alive is false if the session is of no use afterwards. An error
// reply to the first command wins over the end of the connection: a server that
// turns a client away says why and hangs up.
func (s *session) do(ctx context.Context, commands [][]any) (answers []answer, alive bool, err error) {
	stop := context.AfterFunc(ctx, func() { _ = s.conn.Close() })
	pipe := s.client.Pipeline()
	sent := make([]*redis.Cmd, len(commands))
	for i, args := range commands {
		sent[i] = pipe.Do(ctx, args...)
	}
	_, err = pipe.Exec(ctx)
	alive = stop()
	ofACommand := func(cmd *redis.Cmd) bool { return cmd.Err() != nil }
	if err != nil && !slices.ContainsFunc(sent, ofACommand) { // AUTH was refused
		return nil, false, broke(ctx, err)
	}
	for i, cmd := range sent {
		reply, err := cmd.Result()
		var refused redis.Error
		if err != nil && !errors.As(err, &refused) {
			if i > 0 && answers[0].err != nil {
				return nil, false, answers[0].err
			}
			return nil, false, broke(ctx, err)
		}
		answers = append(answers, answer{reply, err})
	}
	return answers, alive, nil
}

// broke is why the connection is of no use any more: what ended ctx, or err.
func broke(ctx context.Context, err error) error {
	var refused redis.Error
	if ctx.Err() != nil && !errors.As(err, &refused) {
		return context.Cause(ctx)
	}
	return err
}

// close closes the connection; what it may complain about is of no interest.
func (s *session) close() {
	_ = s.client.Close()
	_ = s.conn.Close()
}

// newClient makes a go-redis client that does what it is told, once: no retries,
// RESP2, no CLIENT SETINFO, no maintenance notifications, every timeout
// explicit.
func newClient(cfg Config, connections int, idle time.Duration, dialer func(context.Context, string, string) (net.Conn, error)) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr:                  cfg.Address,
		Dialer:                dialer,
		OnConnect:             authenticate(cfg),
		Protocol:              2,
		DisableIdentity:       true,
		ContextTimeoutEnabled: true,
		MaxRetries:            -1,
		DialerRetries:         1,
		DialTimeout:           cfg.Timeout,
		ReadTimeout:           cfg.Timeout,
		WriteTimeout:          cfg.Timeout,
		PoolTimeout:           cfg.Timeout,
		PoolSize:              connections,
		MaxActiveConns:        connections,
		ConnMaxIdleTime:       idle,
		MaintNotificationsConfig: &maintnotifications.Config{
			Mode: maintnotifications.ModeDisabled,
			// Otherwise go-redis looks up the host's name when the client is
			// made, although it never uses the answer.
			EndpointType: maintnotifications.EndpointTypeNone,
		},
	})
}

// handOver is a dialer that gives a connection away, once.
func handOver(conn net.Conn) func(context.Context, string, string) (net.Conn, error) {
	var handed atomic.Bool
	return func(context.Context, string, string) (net.Conn, error) {
		if handed.Swap(true) {
			return deadConn{errStale}, nil
		}
		return conn, nil
	}
}

// forAsLongAsItLives is how long a session's connection may be idle: whether it
// is still there shows when it is used.
const forAsLongAsItLives = -1

// clientConnections bounds the pool of a client for a host.
const clientConnections = 10

// NewClient returns a go-redis client of the server, for a host's own commands.
// It connects when it is used, retries nothing, and has at most ten
// connections. The caller closes it. A connection that cannot be made is the
// error of the command: go-redis would also log it to standard error.
func NewClient(cfg Config) *redis.Client {
	cfg = cfg.withDefaults()
	return newClient(cfg, clientConnections, time.Minute, func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := dial(ctx, cfg)
		if err != nil {
			return deadConn{err}, nil
		}
		return conn, nil
	})
}

// dial connects, with TLS where that is asked for.
func dial(ctx context.Context, cfg Config) (net.Conn, error) {
	raw, err := cfg.Dial(ctx, "tcp", cfg.Address)
	if err != nil || cfg.TLS == nil {
		return raw, err
	}
	tc := cfg.TLS.Clone()
	if tc.ServerName == "" {
		host, _, err := net.SplitHostPort(cfg.Address)
		if err != nil {
			return nil, errors.Join(err, raw.Close())
		}
		tc.ServerName = host
	}
	conn := tls.Client(raw, tc)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close() // the handshake's error is the one to tell
		return nil, fmt.Errorf("TLS handshake: %w", err)
	}
	return conn, nil
}

// authenticate sends AUTH on a new connection. It is done here, not by go-redis,
// because a server may repeat the arguments of a command it refuses, and no
// error may hold the password.
func authenticate(cfg Config) func(context.Context, *redis.Conn) error {
	if cfg.Password == nil {
		return nil
	}
	return func(ctx context.Context, conn *redis.Conn) error {
		password, err := cfg.Password(ctx)
		if err != nil {
			return whole{fmt.Errorf("password: %w", err)}
		}
		if cfg.Username == "" {
			err = conn.Auth(ctx, password).Err()
		} else {
			err = conn.AuthACL(ctx, cfg.Username, password).Err()
		}
		if err == nil {
			return nil
		}
		if isReply(err, "ERR AUTH <password> called without any password") || isReply(err, "ERR Client sent AUTH, but no password") {
			return whole{errNoPassword{err}}
		}
		if password != "" && strings.Contains(err.Error(), password) {
			return errors.New("AUTH: " + strings.ReplaceAll(err.Error(), password, "[password]"))
		}
		return whole{fmt.Errorf("AUTH: %w", err)}
	}
}

// errNoPassword tells that the server wants no password. The server's own text,
// which one of Redis 6.0 and one of before have, does not say what to do.
type errNoPassword struct{ reply error }

// Error does not hold the server's text, which could be part of the password.
func (errNoPassword) Error() string {
	return "AUTH: the server asks for no password, so leave out the option Password for this server"
}

// Unwrap returns the server's reply.
func (e errNoPassword) Unwrap() error { return e.reply }

// whole wraps an error once more, because go-redis takes one layer off what
// goes wrong while a connection is prepared.
type whole struct{ error }

// Unwrap returns the error itself.
func (w whole) Unwrap() error { return w.error }
