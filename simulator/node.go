package simulator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/cachelift/cachelift/simulator/internal/resp"
)

// askTimeout bounds one question to a node. A node that loads a large data set
// may take seconds to answer.
const askTimeout = 5 * time.Second

// node is one server of a replication group and the simulator's own
// connection to it.
type node struct {
	id       string // cache cluster id
	zone     string
	spec     serverSpec
	secrets  secrets
	endpoint Endpoint // fixed once started; a restart keeps the port

	mu    sync.Mutex // one question at a time
	redis *Redis
	conn  *resp.Conn
	log   logTail
}

// start starts the server, for the first time or again, empty and as a primary.
func (n *node) start(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	// A replica keeps the file of its last full sync and would load it.
	if err := os.Remove(filepath.Join(n.spec.dir, "dump.rdb")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	r, err := startServer(ctx, n.spec)
	if err != nil {
		return err
	}
	if n.redis == nil { // later starts keep the port, and others read the endpoint
		n.endpoint = r.Endpoint()
		n.spec.port = n.endpoint.Port
	}
	n.disconnect()
	n.redis = r
	n.log = logTail{path: r.LogFile()}
	return nil
}

// close ends the server and the connection.
func (n *node) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.disconnect()
	if n.redis != nil {
		n.redis.Stop()
	}
}

// pid returns the process id, 0 before the first start.
func (n *node) pid() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.redis == nil {
		return 0
	}
	return n.redis.PID()
}

// revive starts the server again if it has ended, as the service replaces a
// broken node (assumed). Redis exits for example on a snapshot that holds more
// databases than the node has.
func (n *node) revive(ctx context.Context) error {
	if n.alive() {
		return nil
	}
	return n.start(ctx)
}

// follow makes the node a replica of the self-hosted source. It must not send
// AUTH then: there is no way to give it the source's password (documented).
// Turning to the same source again drops what the node has and starts over.
func (n *node) follow(ctx context.Context, source Endpoint) error {
	return n.transaction(ctx,
		[]string{n.secrets.name("CONFIG"), "SET", "masteruser", "", "masterauth", ""},
		[]string{n.secrets.name("REPLICAOF"), "NO", "ONE"},
		[]string{n.secrets.name("REPLICAOF"), source.Address, portText(source)})
}

// followMember makes the node a replica of another node of its group, which
// lets in only the replication user.
func (n *node) followMember(ctx context.Context, primary *node) error {
	return n.transaction(ctx,
		[]string{n.secrets.name("CONFIG"), "SET", "masteruser", replicationUser, "masterauth", n.secrets.replication},
		[]string{n.secrets.name("REPLICAOF"), primary.endpoint.Address, portText(primary.endpoint)})
}

// promote makes the node a primary.
func (n *node) promote(ctx context.Context) error {
	_, err := n.ask(ctx, n.secrets.name("REPLICAOF"), "NO", "ONE")
	return err
}

// transaction runs commands so that no client gets in between.
func (n *node) transaction(ctx context.Context, commands ...[]string) error {
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

func (n *node) ask(ctx context.Context, args ...string) (resp.Reply, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	reply, err := n.askLocked(ctx, args...)
	if err != nil {
		return resp.Reply{}, fmt.Errorf("node %s: %w", n.id, err)
	}
	return reply, nil
}

func (n *node) askLocked(ctx context.Context, args ...string) (resp.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if n.conn == nil {
		c, err := resp.Dial(ctx, n.endpoint.String())
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

func (n *node) disconnect() {
	if n.conn != nil {
		_ = n.conn.Close() // nothing is in flight
		n.conn = nil
	}
}

// alive reports whether the node's process runs.
func (n *node) alive() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.redis.process.running()
}
