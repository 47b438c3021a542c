package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/simulator"
)

// programVariable makes the test binary the program.
const programVariable = "CACHELIFT_TEST_PROGRAM"

// TestMain gives all tests one AWS configuration, whatever the machine has.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "us-east-1",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:1", // refused at once: no test asks the real one
	} {
		os.Setenv(name, value)
	}
	for _, name := range []string{"AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ELASTICACHE", passwordVariable} {
		if name != passwordVariable || os.Getenv(programVariable) == "" {
			os.Unsetenv(name)
		}
	}
	if os.Getenv(programVariable) != "" { // a child of a test: the program, as a process of its own
		a := app{in: os.Stdin, out: os.Stdout, err: os.Stderr, tune: fast}
		os.Exit(a.execute(context.Background(), os.Args[1:]))
	}
	os.Exit(m.Run())
}

// world is a source and a simulated AWS with one group, test-cluster, and a
// network that lets it reach the source. Nothing in it keeps a preflight report
// from passing as a whole.
type world struct {
	source *simulator.Redis
	eni    *simulator.Interface // the source's
	sim    *simulator.Sim
	group  *simulator.Group
	url    string
	plan   string
}

func newWorld(t *testing.T, sourceArgs ...string) *world {
	t.Helper()
	w := newWorldWith(t, simulator.ReplicationGroup{ID: "test-cluster", Replicas: 1})
	w.source = startSource(t, sourceArgs...)
	return w
}

func newWorldWith(t *testing.T, spec simulator.ReplicationGroup) *world {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Timing: simulator.FastTiming()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	group, err := sim.CreateReplicationGroup(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	eni := sim.EC2().Place("127.0.0.1")
	if err := sim.EC2().Err(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return &world{eni: eni, sim: sim, group: group, url: server.URL, plan: filepath.Join(t.TempDir(), "plan.json")}
}

func startSource(t *testing.T, args ...string) *simulator.Redis {
	t.Helper()
	args = append([]string{"--repl-diskless-sync-delay", "0", "--maxmemory-policy", "volatile-lru"}, args...)
	s, err := simulator.StartRedis(context.Background(), simulator.RedisOptions{Args: args})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// args are the flags that a command needs in this world, and more.
func (w *world) args(command string, more ...string) []string {
	args := append([]string{command}, w.at(command)...)
	return append(append(args, "--replication-group-id", "test-cluster", "--plan", w.plan), more...)
}

// at are the flags that say where the APIs are.
func (w *world) at(command string) []string {
	args := []string{"--endpoint-url", w.url}
	if command == "preflight" || command == "rehearse" || command == "run" {
		args = append(args, "--ec2-endpoint-url", w.url)
	}
	return args
}

// first are the args of a command before there is a plan.
func (w *world) first(command string, more ...string) []string {
	return append(w.args(command, "--source", w.source.Addr()), more...)
}

// outcome is what a call of the program left.
type outcome struct {
	code        int
	out, errOut string
}

// call runs the program in this process, with options that are fast enough.
func call(ctx context.Context, args ...string) outcome {
	var out, errOut buffer
	a := app{in: strings.NewReader(""), out: &out, err: &errOut, tune: fast}
	code := a.execute(ctx, args)
	return outcome{code, out.String(), errOut.String()}
}

func fast(o *migration.Options) {
	o.PollEvery = 20 * time.Millisecond
	o.InSyncFor = 100 * time.Millisecond
	o.Retry = migration.Retry{Initial: 5 * time.Millisecond, Max: 50 * time.Millisecond, MaxElapsed: 5 * time.Second}
	o.Assume = migration.Assumptions{EventGrace: time.Second}
}

// mustCall fails the test unless the exit code is the wanted one.
func mustCall(t *testing.T, want int, args ...string) outcome {
	t.Helper()
	o := call(t.Context(), args...)
	if o.code != want {
		t.Fatalf("%v: exit code %d, want %d\nstdout:\n%s\nstderr:\n%s", args, o.code, want, o.out, o.errOut)
	}
	return o
}

// contains fails the test for every text that is not in s.
func contains(t *testing.T, s string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(s, text) {
			t.Errorf("%q is missing in:\n%s", text, s)
		}
	}
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	if d.More() {
		t.Fatalf("want one JSON document, got:\n%s", text)
	}
	return v
}

func dial(t *testing.T, addr string) *redis.Client {
	t.Helper()
	return dialWith(t, addr, "")
}

func dialWith(t *testing.T, addr, password string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr, Password: password, MaxRetries: -1, Protocol: 2})
	t.Cleanup(func() { c.Close() })
	return c
}

// state is all that a migration could change on a source: its settings, its
// role, its keys.
func state(t *testing.T, c *redis.Client) map[string]string {
	t.Helper()
	all, err := c.ConfigGet(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	role, err := c.Do(t.Context(), "ROLE").Slice()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := c.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	all["the role"], all["the keys"] = fmt.Sprint(role[0]), fmt.Sprint(keys)
	return all
}

// untouched fails the test for all that is not as it was, and unless writes
// are taken.
func untouched(t *testing.T, c *redis.Client, before map[string]string) {
	t.Helper()
	for name, value := range state(t, c) {
		if value != before[name] {
			t.Errorf("on the source %s was %q and is %q", name, before[name], value)
		}
	}
	if err := c.Del(t.Context(), "no such key").Err(); err != nil && !strings.HasPrefix(err.Error(), "CLUSTERDOWN") {
		t.Errorf("the source takes no writes: %v", err)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// buffer is a bytes.Buffer that several goroutines may use; each write is
// offered to seen.
type buffer struct {
	mu   sync.Mutex
	b    bytes.Buffer
	seen func(all string)
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := b.b.Write(p)
	if b.seen != nil {
		b.seen(b.b.String())
	}
	return n, err
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
