package migration_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// Somebody completes the migration when the look of an abort is over, and before it
// does anything: then the source is not opened, because the target is the primary.
func TestAbortFindsAPromotionBehindItsLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plan, inPause := w.plan(), make(chan struct{})
	opts := w.options()
	opts.Cutover = migration.NewSourceFence(nil)
	opts.Workflow = migration.DefaultWorkflow().After(progress.StateDraining, migration.Step{
		Name: "check", NeedsPause: true, Run: func(ctx context.Context, _ *migration.Session) error {
			close(inPause)
			<-ctx.Done()
			return context.Cause(ctx)
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := w.migrator(t, plan, opts).Run(ctx); done <- err }()
	<-inPause

	look := &lateLook{addr: w.source.Addr(), do: func() {
		if _, err := w.api.CompleteMigration(t.Context(), &elasticache.CompleteMigrationInput{ReplicationGroupId: aws.String(w.group.ID())}); err != nil {
			t.Error(err)
		}
		until(t, "the target is promoted", func() bool { return promotedNow(w) })
	}}
	other := w.options()
	other.Cutover, other.DialContext = migration.NewSourceFence(nil), look.dial
	other.Workflow = opts.Workflow
	if err := w.migrator(t, plan, other).Abort(t.Context(), "test"); !errors.Is(err, migration.ErrOutcomeUnknown) {
		t.Errorf("Abort = %v, want ErrOutcomeUnknown", err)
	}
	if open(t, w.source.Addr()) {
		t.Error("the abort opened the source")
	}
	cancel()
	if err := <-done; !errors.Is(err, migration.ErrOutcomeUnknown) {
		t.Errorf("the run whose migration was completed by somebody else: %v, want ErrOutcomeUnknown", err)
	}
	if open(t, w.source.Addr()) {
		t.Error("the run opened the source")
	}
}

// lateLook does something once, when the source is asked for its offset, which is what
// a look asks last.
type lateLook struct {
	addr string
	once atomic.Bool
	do   func()
}

func (l *lateLook) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil || addr != l.addr {
		return conn, err
	}
	return &lateLookConn{Conn: conn, look: l}, nil
}

type lateLookConn struct {
	net.Conn
	look *lateLook
}

func (c *lateLookConn) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("\r\nROLE\r\n")) && c.look.once.CompareAndSwap(false, true) {
		c.look.do()
	}
	return c.Conn.Write(b)
}
