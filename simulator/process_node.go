package simulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/cachelift/cachelift/simulator/internal/resp"
)

// askTimeout bounds one question to a node. A node that loads a large data set
// may take seconds to answer.
const askTimeout = 5 * time.Second

// processNode is a node that is a redis-server process, and the simulator's own
// connection to it.
type processNode struct {
	id       string // cache cluster id
	spec     serverSpec
	secrets  secrets
	endpoint Endpoint // fixed once started; a restart keeps the port

	mu    sync.Mutex // one question at a time
	redis *Redis
	conn  *resp.Conn
	log   logTail
}

// start starts the server, for the first time or again.
func (n *processNode) start(ctx context.Context) (Endpoint, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := os.MkdirAll(n.spec.dir, 0o700); err != nil {
		return Endpoint{}, err
	}
	// A replica keeps the file of its last full sync and would load it.
	if err := os.Remove(filepath.Join(n.spec.dir, "dump.rdb")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return Endpoint{}, err
	}
	r, err := startServer(ctx, n.spec)
	if err != nil {
		return Endpoint{}, err
	}
	if n.redis == nil { // later starts keep the port, and others read the endpoint
		n.endpoint = r.Endpoint()
		n.spec.port = n.endpoint.Port
	}
	n.disconnect()
	n.redis = r
	n.log = logTail{path: r.LogFile()}
	return n.endpoint, nil
}

// close ends the server and the connection.
func (n *processNode) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.disconnect()
	if n.redis != nil {
		n.redis.Stop()
	}
}

// crash kills the server.
func (n *processNode) crash() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.disconnect()
	n.redis.Kill()
}

// pid returns the process id, 0 before the first start.
func (n *processNode) pid() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.redis == nil {
		return 0
	}
	return n.redis.PID()
}

// revive starts the server again if it has ended.
func (n *processNode) revive(ctx context.Context) error {
	if n.alive() {
		return nil
	}
	_, err := n.start(ctx)
	return err
}

// follow makes the node a replica of the self-hosted source. It must not send
// AUTH then: there is no way to give it the source's password (documented).
// Turning to the same source again drops what the node has and starts over.
func (n *processNode) follow(ctx context.Context, source Endpoint) error {
	return n.transaction(ctx,
		[]string{n.secrets.name("CONFIG"), "SET", "masteruser", "", "masterauth", ""},
		[]string{n.secrets.name("REPLICAOF"), "NO", "ONE"},
		[]string{n.secrets.name("REPLICAOF"), source.Address, portText(source)})
}

// followMember makes the node a replica of another node of its group, which
// lets in only the replication user.
func (n *processNode) followMember(ctx context.Context, primary *node) error {
	return n.transaction(ctx,
		[]string{n.secrets.name("CONFIG"), "SET", "masteruser", replicationUser, "masterauth", n.secrets.replication},
		[]string{n.secrets.name("REPLICAOF"), primary.endpoint.Address, portText(primary.endpoint)})
}

// promote makes the node a primary.
func (n *processNode) promote(ctx context.Context) error {
	_, err := n.ask(ctx, n.secrets.name("REPLICAOF"), "NO", "ONE")
	return err
}

// transaction runs commands so that no client gets in between.
func (n *processNode) transaction(ctx context.Context, commands ...[]string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	commands = append([][]string{{"MULTI"}}, commands...)
	for _, c := range append(commands, []string{"EXEC"}) {
		if _, err := n.askLocked(ctx, c...); err != nil {
			n.disconnect() // drops a half-queued transaction
			return fmt.Errorf("node %s: %w", n.id, err)
		}
	}
	return nil
}

func (n *processNode) ask(ctx context.Context, args ...string) (resp.Reply, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	reply, err := n.askLocked(ctx, args...)
	if err != nil {
		return resp.Reply{}, fmt.Errorf("node %s: %w", n.id, err)
	}
	return reply, nil
}

func (n *processNode) askLocked(ctx context.Context, args ...string) (resp.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if n.conn == nil {
		c, err := resp.Dial(ctx, n.endpoint.String(), (&net.Dialer{}).DialContext)
		if err != nil {
			return resp.Reply{}, err
		}
		if _, err := c.Do(ctx, "AUTH", controlUser, n.secrets.control); err != nil {
			return resp.Reply{}, errors.Join(err, c.Close())
		}
		n.conn = c
	}
	reply, err := n.conn.Do(ctx, args...)
	var refused resp.Error
	if err != nil && !errors.As(err, &refused) {
		n.disconnect()
	}
	return reply, err
}

func (n *processNode) disconnect() {
	if n.conn != nil {
		_ = n.conn.Close() // nothing is in flight
		n.conn = nil
	}
}

// alive reports whether the node's process runs.
func (n *processNode) alive() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.redis.process.running()
}
