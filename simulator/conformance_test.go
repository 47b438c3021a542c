package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

// TestConformance runs the same scripts against real servers and against
// servers in memory, and compares what they answered, line by line. The real
// ones take real time, the others run in a bubble.
func TestConformance(t *testing.T) {
	t.Parallel()
	e := installed(t)
	var mu sync.Mutex
	both := map[string]records{}
	one := func(s script) func(t *testing.T) {
		return func(t *testing.T) {
			t.Parallel()
			r := records{strict: e.strict(), real: newRealLab(t, e).run(s)}
			synctest.Test(t, func(t *testing.T) { r.model = newMemoryLab(t, e).run(s) })
			for _, d := range r.differences() {
				t.Error(d)
			}
			mu.Lock()
			defer mu.Unlock()
			both[s.name] = r
		}
	}
	// The long ones go together, so that none is left over at the end.
	for part, list := range map[string][]script{"long": longScripts(), "short": shortScripts()} {
		t.Run(part, func(t *testing.T) {
			for _, s := range list {
				t.Run(s.name, one(s))
			}
		})
	}
	if len(both) != len(longScripts())+len(shortScripts()) {
		return // a part was asked for, or a script has failed
	}
	t.Run("presence", func(t *testing.T) { checkPresence(t, both) })
	t.Run("drift", func(t *testing.T) { checkDrift(t, both) })
}

// engine is the real server's.
type engine struct{ name, version string }

// strict is whether the scripts were made for this version: else only what both
// sides have is compared.
func (e engine) strict() bool { return e.name == "redis" && strings.HasPrefix(e.version, "7.0.") }

// installed returns what redis-server is. Without one that will do the test is
// skipped, but fails where CI is set.
func installed(t *testing.T) engine {
	t.Helper()
	refuse := t.Skipf
	if os.Getenv("CI") != "" {
		refuse = t.Fatalf
	}
	r, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{})
	if err != nil {
		refuse("no redis-server: %v", err)
	}
	t.Cleanup(func() { _ = r.Close() })
	info := connect(t, r.Addr()).Info(t.Context()).Val()
	e := engine{"redis", field(info, "redis_version")}
	if v := field(info, "valkey_version"); v != "" {
		e = engine{"valkey", v}
	}
	if major, err := strconv.Atoi(strings.SplitN(e.version, ".", 2)[0]); err != nil || major < 7 {
		refuse("redis-server is %s %q, the scripts are made for 7.0 and run on newer ones", e.name, e.version)
	}
	return e
}

// lab is a set of servers of one kind on which a script is run.
type lab struct {
	t       *testing.T
	sim     *simulator.Sim
	engine  engine
	start   func(name string, s server) simulator.Endpoint
	clients map[string]*redis.Client
	places  []string // names and values to replace, in threes: name, host, port
	entries []entry
	parked  chan string
	real    bool
}

func newRealLab(t *testing.T, e engine) *lab {
	l := &lab{t: t, engine: e, clients: map[string]*redis.Client{}, real: true, sim: newSim(t, fast())}
	l.start = func(_ string, s server) simulator.Endpoint {
		r, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Args: s.arguments()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Close() })
		return r.Endpoint()
	}
	return l
}

func newMemoryLab(t *testing.T, e engine) *lab {
	opts := fast()
	opts.Network = simulator.Network{RoundTrip: 100 * time.Microsecond, Transfer: wireRate, Load: wireRate}
	l := &lab{t: t, engine: e, clients: map[string]*redis.Client{}, sim: newMemorySim(t, opts)}
	count := 0
	l.start = func(_ string, s server) simulator.Endpoint {
		count++
		return newMemory(t, l.sim, simulator.MemoryOptions{
			Address: fmt.Sprintf("10.9.0.%d", count), Engine: e.name, Version: e.version,
			Config: s.config, Keys: s.keys, Dataset: s.keys * 400,
		}).Endpoint()
	}
	return l
}

// run does the steps of a script and returns what came of them.
func (l *lab) run(s script) []entry {
	for _, name := range s.order() {
		at := l.start(name, s.servers[name])
		l.place(name, at)
		if n := s.servers[name].keys; n > 0 && l.real {
			fill(l.t, l.clients[name], n)
		}
	}
	if s.group != nil {
		spec := *s.group
		spec.Engine, spec.EngineVersion = l.engine.name, l.engine.version
		g := newGroup(l.t, l.sim, spec)
		l.place("group", g.PrimaryEndpoint())
	}
	for i, step := range s.steps {
		l.step(i, step)
	}
	return l.entries
}

// place gives a server a name.
func (l *lab) place(name string, at simulator.Endpoint) {
	l.clients[name] = dial(l.t, l.sim, at.String())
	l.places = append(l.places, name, at.Address, fmt.Sprint(at.Port))
}

// step does one step.
func (l *lab) step(i int, s step) {
	l.t.Helper()
	switch {
	case s.do != "":
		l.note(fmt.Sprintf("%d %s %s", i, s.on, s.do), l.do(s.on, s.do))
	case s.park != "":
		l.parked = make(chan string, 1)
		go func() { l.parked <- l.do(s.on, s.park) }()
		pause(l.t, 300*time.Millisecond)
		l.note(fmt.Sprintf("%d parked %s", i, s.park), fmt.Sprint(len(l.parked) == 0))
	case s.reply:
		l.note(fmt.Sprintf("%d reply of the parked command", i), <-l.parked)
	case s.until != "":
		l.await(i, s.on, s.until)
	case s.api != nil:
		if err := s.api(l); err != nil {
			l.t.Fatalf("step %d: %v", i, err)
		}
	case s.wait > 0:
		pause(l.t, s.wait)
	case s.look != "":
		l.look(i, s)
	}
}

func (l *lab) note(label, value string) {
	l.entries = append(l.entries, entry{label: label, value: value})
}

// do sends a command; $name in it stands for a server's host and port.
func (l *lab) do(on, line string) string {
	var args []any
	for _, word := range strings.Fields(line) {
		name, isPlace := strings.CutPrefix(word, "$")
		if !isPlace {
			args = append(args, strings.NewReplacer("·", " ", "¶", "\n").Replace(word))
			continue
		}
		at := slices.Index(l.places, name)
		args = append(args, l.places[at+1], l.places[at+2])
	}
	reply, err := l.clients[on].Do(l.t.Context(), args...).Result()
	return l.text(reply, err)
}

// text writes a reply down, with its types.
func (l *lab) text(reply any, err error) string {
	var refused redis.Error
	switch {
	case errors.Is(err, redis.Nil):
		return "nil"
	case errors.As(err, &refused):
		return "error " + refused.Error()
	case err != nil:
		return "no answer"
	}
	if list, ok := reply.([]any); ok {
		var out []string
		for _, item := range list {
			itemErr, _ := item.(error)
			out = append(out, l.text(item, itemErr))
		}
		return "[" + strings.Join(out, " ") + "]"
	}
	text := fmt.Sprint(reply)
	if net.ParseIP(text) != nil {
		text = "$place"
	}
	for i := 0; i < len(l.places); i += 3 {
		if text == l.places[i+1] || text == l.places[i+2] {
			text = "$place"
		}
	}
	return fmt.Sprintf("%T %s", reply, text)
}

// await waits until INFO of a server says what is wanted.
func (l *lab) await(i int, on, condition string) {
	l.t.Helper()
	last := ""
	for begun := time.Now(); time.Since(begun) < 20*time.Second; pause(l.t, 20*time.Millisecond) {
		last = l.clients[on].Info(l.t.Context()).Val()
		if holds(last, condition) {
			return
		}
	}
	l.t.Fatalf("step %d: %s does not say %q:\n%s", i, on, condition, last)
}

// holds judges "field=value", "field>number", "field~part" and "synced".
func holds(info, condition string) bool {
	if condition == "synced" {
		replica := field(info, "slave0")
		return strings.Contains(replica, "state=online") && field(info, "rdb_bgsave_in_progress") == "0" &&
			strings.Contains(replica, "offset="+field(info, "master_repl_offset")+",")
	}
	at := strings.IndexAny(condition, "=>~")
	value, want := field(info, condition[:at]), condition[at+1:]
	switch condition[at] {
	case '=':
		return value == want
	case '~':
		return strings.Contains(value, want)
	}
	var v, w float64
	_, errV := fmt.Sscan(value, &v)
	_, errW := fmt.Sscan(want, &w)
	return errV == nil && errW == nil && v > w
}

// field returns a field of INFO.
func field(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), name+":"); ok {
			return value
		}
	}
	return ""
}

// fill writes keys whose values cannot be compressed.
func fill(t *testing.T, c *redis.Client, keys int64) {
	t.Helper()
	pipe := c.Pipeline()
	for i := range keys {
		text := strings.Builder{}
		for j := range int64(100) {
			fmt.Fprintf(&text, "%04x", (i*7919+j*104729)&0xffff)
		}
		pipe.Set(t.Context(), fmt.Sprintf("key:%d", i), text.String(), 0)
	}
	if _, err := pipe.Exec(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
}
