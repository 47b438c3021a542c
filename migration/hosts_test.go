package migration

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestSameHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			answer  []string
			failure error
			lookups int
		)
		h := newHosts(func(context.Context, string) ([]string, error) { lookups++; return answer, failure })
		check := func(why, reported, planned string, want bool, wantErr error) {
			t.Helper()
			if got, err := h.same(t.Context(), reported, planned); got != want || !errors.Is(err, wantErr) {
				t.Errorf("%s: %v, %v; want %v, %v", why, got, err, want, wantErr)
			}
		}
		check("the same text", "Redis.example", "redis.example", true, nil)
		check("the same address in other words", "fd00:0::1", "fd00::1", true, nil)
		check("another address", "10.0.0.2", "10.0.0.1", false, nil)
		if lookups != 0 {
			t.Errorf("%d lookups where none was needed", lookups)
		}
		failure = errors.New("no resolver")
		check("a name that cannot be resolved is not foreign", "10.0.0.1", "redis.example", false, failure)
		failure, answer = nil, []string{"10.0.0.9"}
		check("another server", "10.0.0.1", "redis.example", false, nil)
		answer = []string{"10.0.0.9", "10.0.0.1"}
		check("asked again too soon", "10.0.0.1", "redis.example", false, nil)
		<-time.After(2 * time.Second) // virtual
		check("one of the addresses", "10.0.0.1", "redis.example", true, nil)
		<-time.After(time.Hour)
		failure = errors.New("no resolver")
		check("what was agreed stays", "10.0.0.1", "redis.example", true, nil)
		if lookups != 3 {
			t.Errorf("%d lookups, want 3", lookups)
		}
	})
}
