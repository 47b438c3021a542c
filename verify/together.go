package verify

import (
	"slices"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
	"github.com/cachelift/cachelift/verify/internal/wire"
)

const (
	// getMost is how many strings are read by one MGET: as many as make its cost
	// vanish beside theirs.
	getMost = 64
	// smallMost is how long a string is at most that counts as small.
	smallMost = 4 << 10
)

// askTogether asks for the strings that are read with others. The expiry of each
// is asked for right behind, while the server has the keys at hand.
func (r *reader) askTogether(l *link, b *batch, expiry bool) {
	for some := range slices.Chunk(b.gets, getMost) {
		l.Command(1 + len(some))
		l.Word("MGET")
		for _, i := range some {
			l.Arg(b.recs[i].name)
		}
		if !expiry {
			continue
		}
		for _, i := range some {
			l.Raw(r.commands.expiry)
			l.Arg(b.recs[i].name)
		}
	}
}

// receiveTogether reads the answers.
func (r *reader) receiveTogether(l *link, b *batch) error {
	for some := range slices.Chunk(b.gets, getMost) {
		reply, err := l.Next()
		switch {
		case err != nil:
			return err
		case reply.Kind == wire.Error:
			if err := r.apart(b, some, reply); err != nil {
				return err
			}
		case reply.Kind != wire.Array || reply.N != int64(len(some)):
			return wire.ErrProtocol
		default:
			for _, i := range some {
				if err := r.gotString(l, &b.recs[i]); err != nil {
					return err
				}
			}
		}
		if !b.expiry {
			continue
		}
		for _, i := range some {
			if err := r.expiry(l, b, &b.recs[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// apart takes that MGET was refused, for one key perhaps: from then on each is
// read by itself.
func (r *reader) apart(b *batch, some []int, reply wire.Reply) error {
	if text := string(reply.Line); transientText(text) {
		return wire.Refused(text)
	}
	r.together = false
	for _, i := range some {
		b.recs[i].op = opText
	}
	return nil
}

// gotString takes a string that was read with others. There is none if the key is
// gone, or its value is of another type.
func (r *reader) gotString(l *link, rec *record) error {
	b, ok := l.Small()
	reply := wire.Reply{N: int64(len(b))}
	if !ok {
		var err error
		switch reply, err = l.Next(); {
		case err != nil:
			return err
		case reply.Kind != wire.Bulk:
			return wire.ErrProtocol
		case reply.Nil():
			rec.op = r.sized()
			return nil
		}
	}
	rec.op = opDone
	r.predict.learn(rec.lane, true)
	r.predict.sized(rec.lane, reply.N)
	if reply.N <= smallMost {
		var err error
		if !ok {
			b, err = l.Body(reply.N)
		}
		rec.found(rdb.String, r.sum.text(b), reply.N)
		return err
	}
	// A surprise. It is here now; another one is not to be provoked.
	if reply.N > r.limits.text {
		r.together = false
	}
	sum, err := l.digest(r.key, reply.N)
	rec.found(rdb.String, sum, reply.N)
	return err
}

// digest reads a string of n bytes of any length and digests it as it comes.
func (l *link) digest(key *digest.Key, n int64) (digest.Sum, error) {
	st := key.Begin(tagString)
	if n == 0 {
		st.Last(nil)
	}
	left := n
	err := l.Stream(n, func(p []byte) {
		if left -= int64(len(p)); left > 0 {
			st.Piece(p)
		} else {
			st.Last(p)
		}
	})
	return st.Sum(), err
}
