package migration_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// killPoint is a moment at which a process is killed: when it asks for
// something, or when it has told of something.
type killPoint struct {
	name   string
	asks   string                     // an operation of the API, or "Switch"
	served bool                       // when that is done, and not before
	tells  func(progressLine) bool    // of what its observer wrote
	then   func(*killing, *testing.T) // looked at when it is dead; may be nil
}

// progressLine is what of an event's JSON a point is told by.
type progressLine struct {
	Kind   string          `json:"kind"`
	To     progress.State  `json:"to"`
	Action progress.Action `json:"action"`
}

func entered(s progress.State) func(progressLine) bool {
	return func(l progressLine) bool { return l.Kind == "state_changed" && l.To == s }
}

// killPoints are a sample of the crash matrix.
func killPoints() []killPoint {
	done := func(a progress.Action) func(progressLine) bool {
		return func(l progressLine) bool { return l.Kind == "action_done" && l.Action == a }
	}
	return []killPoint{
		{name: "TestMigration accepted", asks: "TestMigration", served: true},
		{name: "StartMigration not sent", asks: "StartMigration"},
		{name: "StartMigration accepted", asks: "StartMigration", served: true},
		{name: "syncing", tells: entered(progress.StateSyncing)},
		{name: "pausing", tells: entered(progress.StatePausing)},
		{name: "paused", tells: done(progress.ActionPauseWrites)},
		{name: "CompleteMigration not sent", asks: "CompleteMigration", then: (*killing).fenced},
		{name: "CompleteMigration accepted", asks: "CompleteMigration", served: true, then: (*killing).fenced},
		{name: "promoted", tells: func(l progressLine) bool { return l.Kind == "promoted" }, then: (*killing).fenced},
		{name: "not switched", asks: "Switch", then: (*killing).fenced},
		{name: "switched", asks: "Switch", served: true, then: (*killing).fenced},
	}
}

// The process-gone column of the crash matrix with processes that are really
// killed, real servers, and writers that log what was acknowledged. The library
// runs in a child process; the simulated ElastiCache, the servers and the writers
// belong to this one.
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	points := killPoints()
	if testing.Short() {
		points = points[7:8]
	}
	for _, p := range points {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			k := newKilling(t, p)
			first := k.start(t)
			if state := k.wait(t, first); state.ExitCode() != -1 || state.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("the first process ended with %v, want it killed at %q; it said\n%s", state, p.name, first.said())
			}
			if p.then != nil {
				p.then(k, t)
			}
			k.point = killPoint{}
			second := k.start(t)
			if state := k.wait(t, second); !state.Success() {
				t.Fatalf("the second process ended with %v; it said\n%s", state, second.said())
			}
			k.judge(t, second)
		})
	}
}

// killing is a migration whose first process is killed.
type killing struct {
	*world
	writers *writers
	plan    []byte
	server  *httptest.Server

	mu       sync.Mutex
	point    killPoint
	child    *child
	switches int
	to       string
}

func newKilling(t *testing.T, p killPoint) *killing {
	t.Helper()
	k := &killing{world: newWorld(t), point: p}
	k.inject(t, simulator.Fault{Kind: simulator.FaultPromotionSlow, Delay: 200 * time.Millisecond})
	stored, err := json.Marshal(k.world.plan())
	if err != nil {
		t.Fatal(err)
	}
	k.plan = stored
	k.writers = startWriters(t, 2, k.source.Addr())
	k.server = httptest.NewServer(http.HandlerFunc(k.serve))
	t.Cleanup(k.server.Close)
	return k
}

// serve is the API, and the part of the application that can be switched.
func (k *killing) serve(w http.ResponseWriter, r *http.Request) {
	if to := r.URL.Query().Get("switch"); to != "" {
		k.at("Switch", false)
		k.mu.Lock()
		k.switches, k.to = k.switches+1, to
		k.mu.Unlock()
		k.writers.addr.Store(to)
		k.at("Switch", true)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the process was killed while it asked
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	operation := operationOf(string(body))
	if k.at(operation, false) {
		panic(http.ErrAbortHandler)
	}
	k.sim.ServeHTTP(w, r)
	k.at(operation, true)
}

func operationOf(form string) string {
	for field := range strings.SplitSeq(form, "&") {
		if action, ok := strings.CutPrefix(field, "Action="); ok {
			return action
		}
	}
	return ""
}

// at kills the process if this is the point, before it gets an answer.
func (k *killing) at(what string, served bool) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.point.asks != what || what == "" || k.point.served != served {
		return false
	}
	k.child.kill()
	return true
}

// child is a process that runs the library.
type child struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser // closed when this process ends, with which it ends too
	read  chan struct{}  // closed when all that it said is read

	mu   sync.Mutex
	text strings.Builder
}

func (c *child) kill() { _ = c.cmd.Process.Kill() } // it may have ended

func (c *child) said() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// childVar is set for a child process: what it is to do, as JSON.
const childVar = "CACHELIFT_TEST_CHILD"

type childTask struct {
	Plan json.RawMessage `json:"plan"`
	URL  string          `json:"url"` // of the API, and of what is switched
}

// start starts this test binary once more, as a child.
func (k *killing) start(t *testing.T) *child {
	t.Helper()
	task, err := json.Marshal(childTask{Plan: k.plan, URL: k.server.URL})
	if err != nil {
		t.Fatal(err)
	}
	c := &child{read: make(chan struct{})}
	c.cmd = exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildProcess$", "-test.timeout=3m")
	c.cmd.Env = append(os.Environ(), childVar+"="+string(task))
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	k.mu.Lock()
	k.child = c
	err = c.cmd.Start()
	k.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	go k.follow(c, stdout)
	return c
}

// follow reads what the child says, and kills it if that is the point.
func (k *killing) follow(c *child, stdout io.Reader) {
	defer close(c.read)
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		c.mu.Lock()
		c.text.WriteString(lines.Text() + "\n")
		c.mu.Unlock()
		var l progressLine
		k.mu.Lock()
		if k.point.tells != nil && json.Unmarshal(lines.Bytes(), &l) == nil && k.point.tells(l) {
			c.kill()
		}
		k.mu.Unlock()
	}
}

func (k *killing) wait(t *testing.T, c *child) *os.ProcessState {
	t.Helper()
	select {
	case <-c.read:
	case <-time.After(2 * time.Minute):
		c.kill()
		<-c.read
		t.Errorf("the process did not end; it said\n%s", c.said())
	}
	_ = c.cmd.Wait() // its state says it
	return c.cmd.ProcessState
}

// fenced: what the dead process had paused stays so.
func (k *killing) fenced(t *testing.T) {
	t.Helper()
	if open(t, k.source.Addr()) {
		t.Error("the source takes writes although the completion may have been requested")
	}
}

// judge looks at the end of the migration.
func (k *killing) judge(t *testing.T, second *child) {
	t.Helper()
	primary := k.group.PrimaryEndpoint().String()
	until(t, "the application writes to the target", func() bool { return k.writers.acknowledgedBy(primary) > 0 })
	k.writers.stop()
	if n := k.writers.acknowledgedBy(k.source.Addr()); n == 0 {
		t.Error("the source has acknowledged nothing: the test proves nothing")
	}
	if lost := k.writers.missing(t, primary); len(lost) > 0 {
		t.Errorf("%d acknowledged writes are lost, such as %s; the second process said\n%s", len(lost), lost[0], second.said())
	}
	for _, operation := range []string{"StartMigration", "CompleteMigration"} {
		if n := k.accepted(operation); n != 1 {
			t.Errorf("%s was accepted %d times, want once", operation, n)
		}
	}
	if open(t, k.source.Addr()) {
		t.Error("the source takes writes after the migration")
	}
	c := redis.NewClient(&redis.Options{Addr: k.source.Addr(), Protocol: 2, DisableIdentity: true})
	defer c.Close()
	fence, err := c.ConfigGet(t.Context(), "min-replicas-to-write").Result()
	if err != nil || fence["min-replicas-to-write"] != strconv.Itoa(1_000_000) {
		t.Errorf("min-replicas-to-write is %v, %v; want the old value, 0, and a million", fence, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.switches == 0 || k.to != primary {
		t.Errorf("switched %d times, at last to %q, want the primary %q", k.switches, k.to, primary)
	}
}

// TestChildProcess is no test: it is what a child process does.
func TestChildProcess(t *testing.T) {
	given := os.Getenv(childVar)
	if given == "" {
		t.Skip("run by TestKilledProcess in a process of its own")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { // ends with the parent
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	var task childTask
	var plan migration.Plan
	if err := json.Unmarshal([]byte(given), &task); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(task.Plan, &plan); err != nil {
		t.Fatal(err)
	}
	opts := (*world)(nil).options()
	opts.Observers = []progress.Observer{progress.NewJSONLines(os.Stdout)}
	opts.Cutover = migration.NewSourceFence(func(ctx context.Context, to migration.Endpoint) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, task.URL+"/?switch="+to.String(), nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})
	m, err := migration.New(plan, apiAt(task.URL), opts)
	if err != nil {
		t.Fatal(err)
	}
	if result, err := m.Run(ctx); err != nil || result.State != progress.StateDone {
		fmt.Println(err)
		t.Fatalf("Run = %s, %v", result.State, err)
	}
}

// apiAt is a client of a simulator that another process serves.
func apiAt(url string) *elasticache.Client {
	return elasticache.New(elasticache.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(url),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIASIMULATOR", SecretAccessKey: "simulator"}, nil
		}),
	})
}
