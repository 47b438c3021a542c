package verify

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/cachelift/cachelift/verify/internal/wire"
)

// silence is how long a server may leave a command unanswered. One that loads
// its data was seen to take seconds.
const silence = 30 * time.Second

// errHandedOver tells that go-redis wanted a second connection.
var errHandedOver = errors.New("verify: the connection was handed over already")

// link is one connection to a server, of one goroutine.
type link struct {
	*wire.Conn
	net    net.Conn
	client *redis.Client
}

// dial connects as the client with these options would. go-redis makes the
// connection ready, with whatever credentials it was given; from then on it is
// ours. ctx bounds the making alone.
func dial(ctx context.Context, o redis.Options, db int) (*link, error) {
	conn, err := o.Dialer(ctx, o.Network, o.Addr)
	if err != nil {
		return nil, err
	}
	var handed atomic.Bool
	o.Dialer = func(context.Context, string, string) (net.Conn, error) {
		if handed.Swap(true) {
			return nil, errHandedOver
		}
		return conn, nil
	}
	o.DB, o.Protocol, o.DisableIdentity, o.MaxRetries, o.DialerRetries = db, 2, true, -1, 1
	o.PoolSize, o.MaxActiveConns, o.MinIdleConns, o.MaxIdleConns = 1, 1, 0, 0
	o.ConnMaxIdleTime, o.ConnMaxLifetime = -1, 0
	o.PipelineReadBufferSize, o.PipelineWriteBufferSize, o.ReadBufferSize, o.WriteBufferSize = 0, 0, 1024, 1024
	o.Limiter, o.ClientSideCache, o.ClientSideCacheConfig = nil, nil, nil
	o.MaintNotificationsConfig = &maintnotifications.Config{
		Mode: maintnotifications.ModeDisabled, EndpointType: maintnotifications.EndpointTypeNone,
	}
	l := &link{net: conn, client: redis.NewClient(&o)}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := l.client.Ping(ctx).Err(); err != nil && !errors.As(err, new(redis.Error)) || transient(err) {
		l.close()
		return nil, err
	}
	l.Conn = wire.New(conn, silence)
	// So that reading does not make the keys look used, where the server knows it.
	if _, err := l.Ask("CLIENT", "NO-TOUCH", "ON"); err != nil && !errors.As(err, new(wire.Refused)) {
		l.close()
		return nil, err
	}
	return l, nil
}

// close closes the connection; what it may complain about is of no interest.
func (l *link) close() {
	_ = l.client.Close()
	_ = l.net.Close()
}

// transient reports whether an error reply is one that passes by itself.
func transient(err error) bool {
	if err == nil {
		return false
	}
	var ours wire.Refused
	var theirs redis.Error
	switch {
	case errors.As(err, &ours):
		return transientText(string(ours))
	case errors.As(err, &theirs):
		return transientText(theirs.Error())
	}
	return false
}

// transientText reports it by the text of the reply.
func transientText(reply string) bool {
	for _, prefix := range []string{"LOADING", "MASTERDOWN", "BUSY", "TRYAGAIN", "CLUSTERDOWN"} {
		if strings.HasPrefix(reply, prefix) {
			return true
		}
	}
	return strings.Contains(reply, "max number of clients")
}

// refused returns the error of an error reply, if it is one that concerns the
// command alone; other errors end the connection.
func refused(err error) (string, bool) {
	var r wire.Refused
	if errors.As(err, &r) && !transientText(string(r)) {
		return string(r), true
	}
	return "", false
}
