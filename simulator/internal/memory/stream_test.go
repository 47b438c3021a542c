package memory

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestBacklogIsBounded: operations are kept as long as the backlog reaches or a
// replica needs them, on both ends.
func TestBacklogIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := NewWorld(Figures{RoundTrip: time.Millisecond, Transfer: 1e9, Load: 1e9, Apply: 1e9})
		defer w.Close()
		servers := make([]*Server, 2)
		for i := range servers {
			var err error
			servers[i], err = w.Start(Spec{
				Kind: SelfHosted, Host: fmt.Sprintf("10.0.0.%d", i), Port: 1, Engine: "redis", Version: "7.0.15",
				Config: map[string]string{"repl-backlog-size": "16384", "repl-diskless-sync-delay": "0"},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		primary, replica := servers[0], servers[1]
		replica.Follow("10.0.0.0", 1)
		<-time.After(time.Second)
		write := func(n int) {
			for i := range n {
				w.lock()
				primary.process(&client{authenticated: true}, []string{"SET", "key", fmt.Sprint(i)})
				w.mu.Unlock()
				if i%100 == 0 {
					<-time.After(time.Millisecond)
				}
			}
		}
		write(20000)
		<-time.After(time.Second)
		w.lock()
		a, b := len(primary.backlog.ops), len(replica.backlog.ops)
		w.mu.Unlock()
		if a > 3*trimEvery || b > 3*trimEvery || replica.Offset() != primary.Offset() {
			t.Errorf("%d and %d operations are kept, offsets %d and %d", a, b, primary.Offset(), replica.Offset())
		}
		// A replica that is in the middle of a full sync still needs them.
		w.lock()
		w.figures.Load = 1 // it loads for ever
		w.mu.Unlock()
		_ = replica.Promote()
		write(100)
		replica.Follow("10.0.0.0", 1)
		<-time.After(time.Second)
		write(20000)
		w.lock()
		defer w.mu.Unlock()
		if n := len(primary.backlog.ops); n < 20000 {
			t.Errorf("%d operations are kept, a replica needs 20000", n)
		}
	})
}
