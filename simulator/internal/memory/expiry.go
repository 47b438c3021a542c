package memory

import (
	"slices"
	"time"
)

// expired reports whether a key's time has passed.
func (e *entry) expired(now time.Time) bool { return !e.expiry.IsZero() && !e.expiry.After(now) }

// scheduleExpiry lets a primary delete keys when their time has passed. While
// writes are paused they stay, unseen, and are deleted afterwards.
func (s *Server) scheduleExpiry() {
	s.expiry.stop()
	if s.link != nil {
		return
	}
	var next time.Time
	for _, ks := range s.data.numbers {
		for _, e := range ks {
			if !e.expiry.IsZero() && (next.IsZero() || e.expiry.Before(next)) {
				next = e.expiry
			}
		}
	}
	if !next.IsZero() {
		s.expireBy(next)
	}
}

// expireBy makes sure that the server looks for expired keys at a time.
func (s *Server) expireBy(at time.Time) {
	if s.link != nil || s.pause.on || s.expiry.pending() && !s.expiry.at.After(at) {
		return
	}
	s.expiry.stop()
	s.expiry = s.world.timers.set(at, func() {
		s.expire()
		s.scheduleExpiry()
	})
}

// expire deletes what has expired.
func (s *Server) expire() {
	for _, number := range s.data.used() {
		ks := s.data.db(number)
		var gone []string
		for key, e := range ks {
			if e.expired(s.world.at) {
				gone = append(gone, key)
			}
		}
		slices.Sort(gone)
		for _, key := range gone {
			delete(ks, key)
			s.changes++
			s.stats.expired++
			s.feed([]change{{number, []string{"DEL", key}}})
		}
	}
}
