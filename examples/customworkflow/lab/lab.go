package lab

import (
	"context"
	"errors"
	"time"

	"github.com/cachelift/cachelift/simulator"
)

// Lab is all of it, running.
type Lab struct {
	// Source is the server to migrate from.
	Source *simulator.Redis
	// Sim is the simulated ElastiCache.
	Sim *simulator.Sim
	// Group is the replication group to migrate to.
	Group *simulator.Group
	// NameServer has the zone "example.".
	NameServer *NameServer
	// Office decides tickets.
	Office *Office

	close []func() error
}

// Start starts everything, or nothing if there is an error. The office gives
// the verdict, "approved" or "denied", some time after a ticket was opened.
func Start(ctx context.Context, group, verdict string, after time.Duration) (l *Lab, err error) {
	l = &Lab{}
	defer func() {
		if err != nil {
			l, err = nil, errors.Join(err, l.Close())
		}
	}()
	// Redis waits 5 seconds for more replicas before a diskless full sync; here
	// only one comes.
	if l.Source, err = simulator.StartRedis(ctx, simulator.RedisOptions{Args: []string{
		"--repl-diskless-sync-delay", "0", "--maxmemory-policy", "volatile-lru", // as the target evicts
	}}); err != nil {
		return l, err
	}
	l.close = append(l.close, l.Source.Close)
	if l.Sim, err = simulator.New(simulator.Options{Timing: simulator.FastTiming()}); err != nil {
		return l, err
	}
	l.close = append(l.close, l.Sim.Close)
	if l.Group, err = l.Sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: group}); err != nil {
		return l, err
	}
	if l.NameServer, err = StartNameServer("example."); err != nil {
		return l, err
	}
	l.close = append(l.close, l.NameServer.Close)
	if l.Office, err = StartOffice(verdict, after); err != nil {
		return l, err
	}
	l.close = append(l.close, l.Office.Close)
	return l, nil
}

// Close ends everything.
func (l *Lab) Close() (err error) {
	for _, end := range l.close {
		err = errors.Join(err, end())
	}
	return err
}
