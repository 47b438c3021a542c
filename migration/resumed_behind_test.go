package migration_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// A run that goes on after the source was open tells what the target may lack, although
// the source is closed again by then. Of a source that stayed closed it says nothing.
func TestRunAfterASourceThatWasOpen(t *testing.T) {
	t.Parallel()
	for why, opened := range map[string]bool{"it took a write": true, "it stayed closed": false} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			a := newAtPromotion(t)
			a.switching = migration.Permanent(errors.New("the proxy is down"))
			a.dialling(func(n int) error {
				if n > 1 || !opened {
					return nil
				}
				a.openSource(t)
				c := plainClient(a.source.Addr())
				defer c.Close()
				if err := c.ClientUnpause(context.Background()).Err(); err != nil {
					t.Error(err)
				}
				if err := c.Set(context.Background(), "late", 1, 0).Err(); err != nil {
					t.Error(err)
				}
				return nil
			})
			plan := a.plan()
			_, err := a.migrator(t, plan, a.opts).Run(t.Context())
			if errors.Is(err, migration.ErrSourceOpen) != opened || !errors.Is(err, migration.ErrPastNoReturn) {
				t.Fatalf("the first run: %v", err)
			}
			rec, opts := &recorder{}, a.options()
			opts.Cutover, opts.Observers = migration.NewSourceFence(nil), []progress.Observer{rec}
			if res, err := a.migrator(t, plan, opts).Run(t.Context()); err != nil || res.State != progress.StateDone {
				t.Fatalf("the run that goes on: %s, %v", res.State, err)
			}
			noted := false
			for _, e := range rec.all() {
				n, is := e.(progress.Noted)
				noted = noted || is && strings.Contains(n.Text, "Compare both ends")
			}
			if noted != opened {
				t.Errorf("noted: %t", noted)
			}
		})
	}
}
