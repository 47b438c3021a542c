package verify

import (
	"github.com/cachelift/cachelift/verify/internal/rdb"
	"github.com/cachelift/cachelift/verify/internal/wire"
)

// pair is a field of a hash with its value.
type pair struct{ name, value []byte }

// expiringHash reads a hash on a server that knows the expiry of fields: after
// each step it asks for that of the fields it got.
func (w *walker) expiringHash(name []byte, sink rdb.Sink) error {
	var pairs []pair
	return w.scan("HSCAN", name, after, func(n int64) error {
		pairs = pairs[:0]
		for range n / 2 {
			f, err := w.last()
			if err != nil {
				return err
			}
			f = append([]byte(nil), f...)
			v, err := w.last()
			if err != nil {
				return err
			}
			pairs = append(pairs, pair{f, append([]byte(nil), v...)})
		}
		if len(pairs) == 0 {
			return nil
		}
		return w.expiries(name, pairs, sink)
	})
}

// expiries asks when the fields expire, and hands them out.
func (w *walker) expiries(name []byte, pairs []pair, sink rdb.Sink) error {
	w.l.Command(4 + len(pairs))
	w.l.Word("HPEXPIRETIME")
	w.l.Arg(name)
	w.l.Word("FIELDS")
	w.l.Int(int64(len(pairs)))
	for _, p := range pairs {
		w.l.Arg(p.name)
	}
	n, err := w.array()
	if err != nil {
		return err
	}
	switch n {
	case int64(len(pairs)):
	case 0:
		return errGone
	default:
		return wire.ErrProtocol
	}
	for _, p := range pairs {
		r, err := w.l.Next()
		if err != nil {
			return err
		}
		if r.Kind != wire.Int {
			return wire.ErrProtocol
		}
		if r.N != -2 { // it has not expired meanwhile
			sink.Field(p.name, p.value, max(r.N, 0))
		}
	}
	return nil
}
