package main

import (
	"context"
	"errors"
	"net"

	"github.com/cachelift/cachelift/simulator"
)

// groupID names the replication group to migrate into.
const groupID = "test-cluster"

// lab is the two ends: a source and a simulated ElastiCache, all of them real
// redis-server processes.
type lab struct {
	source *simulator.Redis
	sim    *simulator.Sim
	group  *simulator.Group
}

func startLab(ctx context.Context) (l *lab, err error) {
	l = &lab{}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	l.source, err = simulator.StartRedis(ctx, simulator.RedisOptions{Args: []string{
		"--databases", "16", // as many as the target has
		"--maxmemory-policy", "volatile-lru", // as the target evicts
		// Redis waits 5 seconds for more replicas before a diskless full
		// sync; here only one comes.
		"--repl-diskless-sync-delay", "0",
		// Room for what is written while the snapshot is sent.
		"--repl-backlog-size", "64mb",
	}})
	if err != nil {
		return l, err
	}
	// The service's waits are short. The full sync is a real one and takes its
	// time, so an attempt is given up as late as by the real engine.
	timing := simulator.FastTiming()
	timing.AttemptTimeout = simulator.DefaultTiming().AttemptTimeout
	if l.sim, err = simulator.New(simulator.Options{Timing: timing}); err != nil {
		return l, err
	}
	l.group, err = l.sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: groupID, Replicas: 1})
	return l, err
}

// close ends all servers.
func (l *lab) close() (err error) {
	if l.sim != nil {
		err = l.sim.Close()
	}
	if l.source != nil {
		err = errors.Join(err, l.source.Close())
	}
	return err
}

// keep leaves the servers running until ctx ends. They are this program's
// children and end with it.
func (l *lab) keep(ctx context.Context, scr *screen) {
	scr.printf("\nThe servers keep running until Ctrl-C ends them all; to end one of them: kill PID")
	scr.printf("  %-10s redis-cli -p %d   PID %d   (the source; after the switch its fence is closed: reads only)", "source", l.source.Endpoint().Port, l.source.PID())
	for _, n := range l.group.Nodes() {
		scr.printf("  %-10s redis-cli -p %d   PID %d   (%s)", n.Role, n.Endpoint.Port, n.PID, n.ClusterID)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err == nil {
		scr.printf("  %-10s AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local aws elasticache describe-replication-groups --endpoint-url http://%s --region us-east-1", "API", listener.Addr())
		err = l.sim.Serve(ctx, listener)
	}
	if err != nil && ctx.Err() == nil {
		scr.printf("  %-10s %v", "API", err)
		<-ctx.Done()
	}
	scr.printf("stopping the servers")
}
