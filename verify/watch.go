package verify

import (
	"context"

	"github.com/cachelift/cachelift/verify/internal/wire"
)

// watch is some keys of the source that are watched, so that a write to any of
// them is noticed even if it was undone: a lock that is taken and given back
// holds the same before and after.
type watch struct {
	on *link // nil if the source does not allow it
}

// watch begins to watch keys on the source, on the connection that reads them.
func (k *look) watch(ctx context.Context, keys *batch) (watch, error) {
	var w watch
	if k.unwatched {
		return w, nil
	}
	err := steady(ctx, k.lines[0], func(l *link) error {
		l.Command(1 + len(keys.recs))
		l.Word("WATCH")
		for i := range keys.recs {
			l.Arg(keys.recs[i].name)
		}
		v, err := l.Value()
		if err == nil && transient(v.Err()) {
			err = v.Err()
		}
		if err == nil && v.Err() != nil {
			k.cannotWatch()
			return nil
		}
		w.on = l
		return err
	})
	return w, err
}

// held ends the watch and reports whether no key was written meanwhile: a
// transaction without commands is carried out then, and only then.
func (k *look) held(ctx context.Context, w watch) (bool, error) {
	if w.on == nil {
		return false, nil
	}
	held := false
	err := steady(ctx, k.lines[0], func(l *link) error {
		if l != w.on { // a new connection knows nothing of it
			return nil
		}
		l.Do("MULTI")
		l.Do("EXEC")
		begun, err := l.Value()
		if err != nil {
			return err
		}
		done, err := l.Value()
		if begun.Err() != nil && !transient(begun.Err()) {
			k.cannotWatch()
		}
		held = begun.Err() == nil && done.Kind == wire.Array && !done.Nil
		return err
	})
	return held, err
}

// cannotWatch notes that the source refused to watch.
func (k *look) cannotWatch() {
	k.unwatched = true
	k.e.weak("the source forbids WATCH, MULTI or EXEC: whether a key that differs was written meanwhile is told by looking again and again")
}
