package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/progress"
)

// wireMeter is an observer that reads from the source itself what it had sent
// to its replica when the target was in sync: the snapshot, and the writes made
// meanwhile.
type wireMeter struct {
	source    *redis.Client
	before    sent
	bytes     int64
	fullSyncs int64
	read      bool
	err       error
}

// sent is what a server has sent to replicas since it was started.
type sent struct{ bytes, fullSyncs int64 }

func (m *wireMeter) begin(ctx context.Context) (err error) {
	m.before, err = m.look(ctx)
	return err
}

// Observe implements [progress.Observer].
func (m *wireMeter) Observe(ctx context.Context, e progress.Event) {
	if c, ok := e.(progress.StateChanged); !ok || c.To != progress.StateInSync || m.read {
		return
	}
	now, err := m.look(ctx)
	m.bytes, m.fullSyncs = now.bytes-m.before.bytes, now.fullSyncs-m.before.fullSyncs
	m.read, m.err = true, err
}

func (m *wireMeter) look(ctx context.Context) (s sent, err error) {
	text, err := m.source.Info(ctx, "stats").Result()
	if err != nil {
		return s, err
	}
	fields := map[string]*int64{
		"total_net_repl_output_bytes": &s.bytes, // Redis 7.0 and newer
		"sync_full":                   &s.fullSyncs,
	}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if to, ok := fields[name]; ok {
			delete(fields, name)
			if *to, err = strconv.ParseInt(value, 10, 64); err != nil {
				return s, fmt.Errorf("INFO stats of the source: %s: %w", name, err)
			}
		}
	}
	for name := range fields {
		return s, fmt.Errorf("INFO stats of the source has no %s: it must be Redis 7.0 or newer", name)
	}
	return s, nil
}
