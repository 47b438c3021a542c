package simulator

import "context"

// node is one server of a replication group.
type node struct {
	id       string // cache cluster id
	zone     string
	endpoint Endpoint // fixed once started
	nodeServer
}

// nodeServer is what runs behind a node: a process, or a server in memory.
type nodeServer interface {
	// start starts the server, for the first time or again, empty and as a
	// primary. It always returns the same endpoint.
	start(ctx context.Context) (Endpoint, error)
	// close ends the server for good.
	close()
	// crash ends the server at once, until it is started again.
	crash()
	// alive reports whether the server runs.
	alive() bool
	// revive starts the server again if it has ended, as the service replaces
	// a broken node (assumed). Redis exits for example on a snapshot that holds
	// more databases than the node has.
	revive(ctx context.Context) error
	// follow makes the server a replica of the self-hosted source.
	follow(ctx context.Context, source Endpoint) error
	// followMember makes the server a replica of another node of its group.
	followMember(ctx context.Context, primary *node) error
	// promote makes the server a primary.
	promote(ctx context.Context) error
	// state takes a look at the server's replication.
	state(ctx context.Context) (nodeState, error)
	// markLog makes state tell of connections from now on.
	markLog() error
	// pid returns the process id, 0 if there is none.
	pid() int
}
