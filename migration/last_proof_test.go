package migration

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// A fence that the host wanted open after Switch is not looked for at the end, where it
// would be found open, and closed.
func TestLastProofLeavesAFenceThatIsMeantToBeOpen(t *testing.T) {
	t.Parallel()
	for after, want := range map[AfterSwitch]bool{AfterSwitchFenced: true, AfterSwitchOpen: false} {
		ctx, cancel := context.WithCancel(t.Context())
		var asked atomic.Bool
		fence := NewSourceFenceWith(nil, FenceOptions{AfterSwitch: after})
		plan := NewPlan("orders", Source{Address: "10.0.0.241", Port: 6379}, ReplicationGroup("prod-cache"))
		m, err := New(plan, elasticache.New(elasticache.Options{}), &Options{
			Cutover: fence,
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				asked.Store(true)
				return nil, errors.New("refused")
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		fence.closed = preflight.FencePause
		r := m.newRun(ctx, progress.StateDone)
		if err := r.askLast(ctx); err != nil || asked.Load() != want {
			t.Errorf("%s: error %v, asked %t, want %t", after, err, asked.Load(), want)
		}
		r.close()
		cancel()
	}
}
