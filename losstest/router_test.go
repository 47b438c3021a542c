package losstest

import "sync/atomic"

// place is where writes go: the source, or the new primary.
type place struct {
	addr     string
	promoted bool
}

// router is the application's idea of where the primary is. Switch changes it.
type router struct {
	current atomic.Pointer[place]
	changed chan struct{} // closed by the first change
	turned  atomic.Bool
}

func newRouter(addr string) *router {
	r := &router{changed: make(chan struct{})}
	r.current.Store(&place{addr: addr})
	return r
}

func (r *router) now() *place { return r.current.Load() }

// turn points to the new primary. It may be called again.
func (r *router) turn(addr string) {
	r.current.Store(&place{addr: addr, promoted: true})
	if r.turned.CompareAndSwap(false, true) {
		close(r.changed)
	}
}
