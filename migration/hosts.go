package migration

import (
	"context"
	"net"
	"slices"
	"strings"
	"time"
)

// hosts tells whether the address that a replica reports is the plan's source.
// The service may have been given a name and report an address, so names are
// looked up: once they agree for good, before that at most once a second.
type hosts struct {
	lookup func(context.Context, string) ([]string, error)
	agreed map[string]bool // reported addresses that were the source's
	asked  time.Time
	last   []string // the latest answer
}

func newHosts(lookup func(context.Context, string) ([]string, error)) hosts {
	return hosts{lookup: lookup, agreed: map[string]bool{}}
}

// same returns an error if it cannot be told.
func (h *hosts) same(ctx context.Context, reported, planned string) (bool, error) {
	if strings.EqualFold(reported, planned) || h.agreed[reported] {
		return true, nil
	}
	if net.ParseIP(planned) != nil && net.ParseIP(reported) != nil {
		return net.ParseIP(planned).Equal(net.ParseIP(reported)), nil
	}
	if time.Since(h.asked) > time.Second {
		addresses, err := h.lookup(ctx, planned)
		if err != nil {
			return false, err
		}
		h.asked, h.last = time.Now(), addresses
	}
	if slices.Contains(h.last, reported) {
		h.agreed[reported] = true
	}
	return h.agreed[reported], nil
}
