package migration

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/progress"
)

// settings are those of one source that were changed, in memory and in the host's
// ledger, and who is told of them. It may be used from any goroutine.
type settings struct {
	mu     sync.Mutex
	server string
	store  Ledger // nil: in memory only
	loaded bool
	list   []Setting
	told   func(progress.Event) // nil: nobody is
}

func (s *settings) bind(server string, store Ledger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server, s.store, s.loaded = server, store, false
}

func (s *settings) tellTo(told func(progress.Event)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = told
}

func (s *settings) tell(events ...progress.Event) {
	s.mu.Lock()
	told := s.told
	s.mu.Unlock()
	for _, e := range events {
		if told != nil {
			told(e)
		}
	}
}

// known are the settings as a result may tell them.
func (s *settings) known() []Setting {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.list)
	for i := range out {
		out[i].Rules = ""
	}
	return out
}

// load reads the ledger, once. mu is held.
func (s *settings) load(ctx context.Context) error {
	if s.loaded || s.store == nil {
		return nil
	}
	list, err := guard(func() ([]Setting, error) { return s.store.Load(ctx) })
	if err != nil {
		return fmt.Errorf("Options.Ledger: Load: %w", err)
	}
	for _, e := range list {
		if e.Server != s.server {
			return fmt.Errorf("Options.Ledger: it is that of the source %s, want one of its own for %s", e.Server, s.server)
		}
	}
	s.list, s.loaded = slices.Clone(list), true
	return nil
}

// read loads the ledger so that a result has what earlier runs changed. What is wrong
// with it is told when it is needed.
func (s *settings) read(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.load(ctx)
}

// save writes the ledger. mu is held.
func (s *settings) save(ctx context.Context, list []Setting) error {
	if s.store != nil {
		_, err := guard(func() (struct{}, error) { return struct{}{}, s.store.Save(ctx, slices.Clone(list)) })
		if err != nil {
			return fmt.Errorf("Options.Ledger: Save: %w", err)
		}
	}
	s.list = list
	return nil
}

// settingAt is where the entry of a setting that has not been put back is, -1 if nowhere.
func settingAt(list []Setting, name string) int {
	return slices.IndexFunc(list, func(e Setting) bool { return e.Name == name && e.PutBackAt.IsZero() })
}

// change notes and tells what is about to be changed. One that has been changed
// already keeps the value that it had before all.
func (s *settings) change(ctx context.Context, changes []node.Change) error {
	events, err := s.noteChanges(ctx, changes)
	s.tell(events...)
	return err
}

func (s *settings) noteChanges(ctx context.Context, changes []node.Change) (events []progress.Event, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	list := slices.Clone(s.list)
	for _, c := range changes {
		if i := settingAt(list, c.Setting); i >= 0 {
			list[i].New = c.New
		} else {
			list = append(list, Setting{Server: s.server, Name: c.Setting, Old: c.Old, New: c.New, Rules: c.Full, ChangedAt: time.Now()})
		}
		events = append(events, progress.SettingChanged{Server: s.server, Setting: c.Setting, Old: c.Old, New: c.New})
	}
	if err := s.save(ctx, list); err != nil {
		return nil, err
	}
	return events, nil
}

// putBack notes and tells what was put back, and, if that was all, that everything
// is.
func (s *settings) putBack(ctx context.Context, back []node.Change, failed error) error {
	names := []string{}
	for _, c := range back {
		names = append(names, c.Setting)
	}
	events, err := s.notePutBack(ctx, back, func(e Setting) bool {
		return slices.Contains(names, e.Name) || failed == nil && e.Name != gateSetting
	})
	s.tell(events...)
	return err
}

// ended notes and tells that one setting is what it was.
func (s *settings) ended(ctx context.Context, name string) error {
	events, err := s.notePutBack(ctx, nil, func(e Setting) bool { return e.Name == name })
	s.tell(events...)
	return err
}

// notePutBack marks the entries that are meant. What was put back and is in no ledger
// was changed by a process that had none.
func (s *settings) notePutBack(ctx context.Context, back []node.Change, meant func(Setting) bool) (events []progress.Event, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lerr := s.load(ctx) // the source is open in any case: tell it
	list, now := slices.Clone(s.list), time.Now()
	for _, c := range back {
		if settingAt(list, c.Setting) < 0 && c.Setting != node.ClientPause { // whose end is asked for in any case
			list = append(list, Setting{Server: s.server, Name: c.Setting, Old: c.New, New: c.Old, Rules: c.Full})
		}
	}
	for i := range list {
		if e := &list[i]; e.PutBackAt.IsZero() && meant(*e) {
			e.PutBackAt = now
			events = append(events, progress.SettingChanged{Server: s.server, Setting: e.Name, Old: e.New, New: e.Old, PutBack: true})
		}
	}
	if lerr != nil || len(events) == 0 {
		return events, lerr
	}
	err = s.save(ctx, list)
	s.list = list // the next save has it
	return events, err
}

// outstanding are the settings that have not been put back.
func (s *settings) outstanding(ctx context.Context) ([]Setting, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.load(ctx)
	return slices.DeleteFunc(slices.Clone(s.list), func(e Setting) bool { return !e.PutBackAt.IsZero() }), err
}
