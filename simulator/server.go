package simulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	logName    = "redis.log"
	configName = "redis.conf"

	startTimeout = 30 * time.Second
	portTries    = 10
)

// errPortTaken says that somebody took the port between choosing and binding it.
var errPortTaken = errors.New("port taken")

// serverSpec is what it takes to start a server process.
type serverSpec struct {
	path   string
	dir    string
	port   int      // 0: a free one
	config string   // further lines of redis.conf
	args   []string // command line, wins over the configuration
}

// startServer starts a server and returns when it accepts connections.
func startServer(ctx context.Context, spec serverSpec) (*Redis, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, startTimeout)
		defer cancel()
	}
	for try := 1; ; try++ {
		if ctx.Err() != nil { // or a server that is quick would come up all the same
			return nil, fmt.Errorf("simulator: redis-server was not started: %w", context.Cause(ctx))
		}
		port := spec.port
		if port == 0 {
			var err error
			if port, err = freePort(); err != nil {
				return nil, err
			}
		}
		r, err := startOnPort(ctx, spec, port)
		if err == nil {
			return r, nil
		}
		if !errors.Is(err, errPortTaken) || try >= portTries {
			return nil, fmt.Errorf("simulator: redis-server on port %d: %w", port, err)
		}
		if spec.port != 0 { // wait for the port instead of choosing another
			if err := sleep(ctx, 50*time.Millisecond); err != nil {
				return nil, err
			}
		}
	}
}

func startOnPort(ctx context.Context, spec serverSpec, port int) (*Redis, error) {
	r := &Redis{endpoint: Endpoint{Address: "127.0.0.1", Port: port}, dir: spec.dir}
	config := filepath.Join(spec.dir, configName)
	if err := os.WriteFile(config, []byte(baseConfig(spec.dir, port)+spec.config), 0o600); err != nil {
		return nil, err
	}
	if err := os.Remove(r.LogFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var err error
	r.process, err = startProcess(spec.path, append([]string{config}, spec.args...), spec.dir, r.LogFile())
	if err != nil {
		return nil, err
	}
	if err := r.awaitReady(ctx); err != nil {
		r.process.kill()
		return nil, err
	}
	return r, nil
}

func baseConfig(dir string, port int) string {
	return fmt.Sprintf("bind 127.0.0.1\nport %d\nprotected-mode no\ndir %s\nsave \"\"\nappendonly no\ndaemonize no\nlogfile \"\"\n",
		port, strconv.Quote(dir))
}

// awaitReady waits for the server's own word in its log. A connection proves
// less: on a port lost to another server it would reach that one.
func (r *Redis) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		ended := !r.process.running()
		log, err := r.Log()
		switch {
		case err != nil:
			return err
		case ended && strings.Contains(strings.ToLower(log), "address already in use"):
			return errPortTaken
		case ended:
			return fmt.Errorf("ended at its start: %s", lastLines(log))
		case strings.Contains(strings.ToLower(log), "ready to accept connections"):
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w; its log ends with: %s", ctx.Err(), lastLines(log))
		case <-r.process.done:
		case <-tick.C:
		}
	}
}

// lastLines returns the end of a log for an error message.
func lastLines(log string) string {
	const most = 600
	log = strings.TrimSpace(log)
	if len(log) > most {
		log = "..." + log[len(log)-most:]
	}
	return log
}

// freePort returns a loopback port that nobody listens on at this moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("simulator: a free port: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// sleep waits for d or the end of ctx, whose error it then returns.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
