package simulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// stopGrace is how long a server may take to end by itself before it is killed.
const stopGrace = 5 * time.Second

// Endpoint is where a server is reached.
type Endpoint struct {
	// Address is a host name or IP address.
	Address string
	// Port is the TCP port.
	Port int
}

// String returns "address:port", in brackets for IPv6.
func (e Endpoint) String() string { return net.JoinHostPort(e.Address, strconv.Itoa(e.Port)) }

// RedisOptions says how [StartRedis] starts a server. The zero value starts
// "redis-server" on a free port with nothing persisted.
type RedisOptions struct {
	// Port to listen on, on 127.0.0.1. 0 takes a free one.
	Port int
	// Args are further command line arguments, for example
	// "--databases", "32". They win over the base settings: bind 127.0.0.1,
	// protected-mode no, save "", appendonly no. They must not move or silence the log
	// (loglevel notice or lower is needed), because the log says when the
	// server is ready.
	Args []string
	// Server is the program. Default: "redis-server", looked up in PATH.
	Server string
	// Dir is where configuration, log and data files are kept. Default: a
	// temporary folder that Close removes. Close leaves a given folder alone.
	Dir string
}

// Redis is one running redis-server: the source of a migration in tests,
// demonstrations and examples. On Linux it dies with this program, however the
// program ends. Its methods are safe for concurrent use.
type Redis struct {
	process  *process
	endpoint Endpoint
	dir      string
	ownsDir  bool
}

// StartRedis starts a plain redis-server (3.2 or newer) on 127.0.0.1 and
// returns when it is ready for connections. ctx bounds the start alone; without
// a deadline it is given 30 seconds. The error of a server that does not come
// up carries the end of its log.
//
// A default Redis 7 waits five seconds before it starts a diskless full sync;
// pass "--repl-diskless-sync-delay", "0" where that only costs time.
func StartRedis(ctx context.Context, opts RedisOptions) (*Redis, error) {
	spec := serverSpec{path: opts.Server, dir: opts.Dir, port: opts.Port, args: opts.Args}
	if opts.Port < 0 || opts.Port > 65535 {
		return nil, fmt.Errorf("simulator: RedisOptions.Port is %d, want 0 to 65535", opts.Port)
	}
	path, err := findServer(opts.Server)
	if err != nil {
		return nil, err
	}
	spec.path = path
	ownsDir := opts.Dir == ""
	if ownsDir {
		if spec.dir, err = os.MkdirTemp("", "cachelift-redis-"); err != nil {
			return nil, fmt.Errorf("simulator: a folder for redis-server: %w", err)
		}
	}
	r, err := startServer(ctx, spec)
	if err != nil {
		if ownsDir {
			err = errors.Join(err, os.RemoveAll(spec.dir))
		}
		return nil, err
	}
	r.ownsDir = ownsDir
	return r, nil
}

// findServer returns the path of the server program.
func findServer(path string) (string, error) {
	if path == "" {
		path = "redis-server"
	}
	found, err := exec.LookPath(path)
	if err != nil {
		return "", fmt.Errorf("simulator: the nodes are real redis-server processes, install redis-server 7.0 or newer or name its path: %w", err)
	}
	return found, nil
}

// Addr returns "127.0.0.1:port".
func (r *Redis) Addr() string { return r.endpoint.String() }

// Endpoint returns the address as a pair.
func (r *Redis) Endpoint() Endpoint { return r.endpoint }

// PID returns the process id. It may name another process once Done is closed.
func (r *Redis) PID() int { return r.process.os.Pid }

// Done is closed when the process has ended, for whatever reason.
func (r *Redis) Done() <-chan struct{} { return r.process.done }

// LogFile returns the path of the server's log.
func (r *Redis) LogFile() string { return filepath.Join(r.dir, logName) }

// Log returns what the server has logged so far.
func (r *Redis) Log() (string, error) {
	text, err := os.ReadFile(r.LogFile())
	return string(text), err
}

// Stop ends the server in order, as SIGTERM does, and kills it after 5 seconds.
// It returns when the process is gone. Files stay. Stopping twice is harmless.
func (r *Redis) Stop() { r.process.stop(stopGrace) }

// Kill ends the server at once, as a crash of its machine would, and returns
// when the process is gone. Files stay.
func (r *Redis) Kill() { r.process.kill() }

// Close stops the server and removes its folder, unless the caller named the
// folder. Closing twice is harmless.
func (r *Redis) Close() error {
	r.Stop()
	if !r.ownsDir {
		return nil
	}
	return os.RemoveAll(r.dir)
}
