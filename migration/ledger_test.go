package migration_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

func TestFileLedger(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.json")
	l := migration.NewFileLedger(path)
	if got, err := l.Load(t.Context()); got != nil || err != nil {
		t.Errorf("of nothing: %v, %v", got, err)
	}
	at := time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
	want := []migration.Setting{
		{Server: "10.0.0.241:6379", Name: "min-replicas-to-write", Old: "0", New: "1000000", ChangedAt: at},
		{Server: "10.0.0.241:6379", Name: "acl user a", Old: "+@all and 1 selectors", New: "-@write clearselectors", Rules: "+@all (~x +get)", ChangedAt: at, PutBackAt: at.Add(time.Second)},
	}
	for n := range 2 { // the second replaces the first
		if err := l.Save(t.Context(), want[:n+1]); err != nil {
			t.Fatal(err)
		}
	}
	got, err := migration.NewFileLedger(path).Load(t.Context())
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("files %v, %v, want the ledger alone", files, err)
	}
	for _, bad := range []string{"", "{", `{"schema":"cachelift.ledger/2","settings":[]}`, `{"schema":"cachelift.ledger/1","settings":[],"more":1}`, `{"schema":"cachelift.ledger/1","settings":[]} {}`} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := l.Load(t.Context()); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v, %v", bad, got, err)
		}
	}
	if err := migration.NewFileLedger(filepath.Join(path, "below")).Save(t.Context(), want); err == nil {
		t.Error("saved below a file")
	}
}

// memoryLedger is one of a host.
type memoryLedger struct {
	saved  []migration.Setting
	saving func() error
}

func (l *memoryLedger) Load(context.Context) ([]migration.Setting, error) { return l.saved, nil }
func (l *memoryLedger) Save(_ context.Context, s []migration.Setting) error {
	if err := l.saving(); err != nil {
		return err
	}
	l.saved = s
	return nil
}

// Every setting is in the ledger before it is changed; and the ledger, the events and
// the result tell of what one process did and another one undid.
func TestLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "--min-replicas-to-write", "0")
	plan := w.plan()
	ledger := &memoryLedger{}
	ledger.saving = func() error { return nil }
	fence := func(rec *recorder) (*migration.SourceFence, *migration.Migrator) {
		opts := w.options()
		opts.Ledger, opts.Observers = ledger, []progress.Observer{rec}
		f := migration.NewSourceFence(nil)
		opts.Cutover = f
		return f, w.migrator(t, plan, opts)
	}

	dead, _ := fence(&recorder{})
	ledger.saving = func() error { return errors.New("the disk is full") }
	if err := dead.PauseWrites(t.Context()); err == nil || !strings.Contains(err.Error(), "Options.Ledger: Save: the disk is full") || !open(t, w.source.Addr()) {
		t.Errorf("PauseWrites = %v, and the source must be open", err)
	}
	ledger.saving = func() error {
		if !open(t, w.source.Addr()) {
			return errors.New("saved after the change")
		}
		return nil
	}
	if err := dead.PauseWrites(t.Context()); err != nil {
		t.Fatal(err)
	}
	ledger.saving = func() error { return nil }

	rec := &recorder{}
	_, m := fence(rec)
	if err := m.Abort(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	for _, s := range ledger.saved {
		if s.PutBackAt.IsZero() || s.Server != w.source.Addr() {
			t.Errorf("not put back: %+v", s)
		}
	}
	var told []string
	for _, e := range rec.all() {
		if c, ok := e.(progress.SettingChanged); ok && c.PutBack {
			told = append(told, c.Setting+" "+c.New)
		}
	}
	if want := []string{"client pause off", "min-replicas-to-write 0"}; !slices.Equal(told, want) || len(ledger.saved) != 2 {
		t.Errorf("told %v, want %v; ledger %+v", told, want, ledger.saved)
	}

	_, m = fence(rec)
	result, err := m.Run(t.Context())
	if err != nil || len(result.Settings) != 4 {
		t.Fatalf("%v, settings %+v, want those of both processes", err, result.Settings)
	}
	if last := result.Settings[3]; last.Name != "min-replicas-to-write" || !last.PutBackAt.IsZero() {
		t.Errorf("the last setting is %+v, want the fence, which stays", last)
	}

	ledger.saved = []migration.Setting{{Server: "10.9.9.9:6379", Name: "client pause"}}
	other, _ := fence(rec)
	if err := other.PauseWrites(t.Context()); err == nil || !strings.Contains(err.Error(), "it is that of the source 10.9.9.9:6379") {
		t.Errorf("with the ledger of another source: %v", err)
	}
}

// Whatever it was that the source was to be asked when a connection failed: one that
// fails ends nothing.
func TestOneConnectionToTheSourceFails(t *testing.T) {
	t.Parallel()
	const most = 8
	for n := int64(1); n <= most; n++ {
		synctest.Test(t, func(t *testing.T) {
			s := migrationtest.NewScenario(t)
			var dialled atomic.Int64
			m := s.Migrator(&migration.Options{
				Cutover: migration.NewSourceFence(nil),
				DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
					if address == s.Plan().Source.String() && dialled.Add(1) == n {
						return nil, io.EOF
					}
					return s.DialContext(ctx, network, address)
				},
			})
			result, err := m.Run(t.Context())
			if err != nil {
				t.Errorf("with connection %d: %v", n, err)
			}
			s.AssertDone(result, err)
			if dialled.Load() < most {
				t.Errorf("%d connections were made, want %d", dialled.Load(), most)
			}
		})
	}
}
