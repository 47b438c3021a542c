package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// holding is an API that lets no completion through until it is released, so that
// a run stays where writes are paused and nothing has been requested.
type holding struct {
	url     string
	asked   chan struct{} // closed when a completion was sent
	release func()
}

func hold(t *testing.T, w *world) *holding {
	t.Helper()
	released := make(chan struct{})
	h := &holding{asked: make(chan struct{}), release: sync.OnceFunc(func() { close(released) })}
	noteAsked := sync.OnceFunc(func() { close(h.asked) })
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if form := string(body); strings.Contains(form, "Action=CompleteMigration") && !strings.Contains(form, "Force=true") {
			noteAsked()
			select {
			case <-released:
			case <-r.Context().Done(): // the process was killed
				return
			}
		}
		w.sim.ServeHTTP(rw, r)
	}))
	t.Cleanup(func() { h.release(); server.Close() })
	h.url = server.URL
	return h
}

// killedWhilePaused runs the program as a process and kills it, by its id, when
// writes are paused.
func killedWhilePaused(t *testing.T, w *world, h *holding, env []string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	var errOut bytes.Buffer
	c.Stderr = &errOut
	c.Env = append(append(os.Environ(), programVariable+"=1"), env...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case <-h.asked:
	case err := <-ended:
		t.Fatalf("the program ended: %v\n%s", err, errOut.String())
	case <-time.After(time.Minute):
		t.Error("it never came to the completion")
	}
	if err := c.Process.Kill(); err != nil { // SIGKILL
		t.Error(err)
	}
	<-ended
	if err := dial(t, w.source.Addr()).Set(t.Context(), "while", "dead", 0).Err(); err == nil {
		t.Error("the source takes writes: the process was not killed in the pause")
	}
}

// settingsOf are all settings of the source that a fence may touch.
func settingsOf(t *testing.T, source *redis.Client) []string {
	t.Helper()
	users, err := source.Do(t.Context(), "ACL", "LIST").StringSlice()
	if err != nil {
		t.Fatal(err)
	}
	config, err := source.ConfigGet(t.Context(), "min-*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range config {
		users = append(users, name+" "+value)
	}
	slices.Sort(users)
	return users
}

// TestKilledWhilePaused is not parallel, because of the environment. What a killed
// process left is found and undone by abort, and gone on with by run, on a fence that
// is a number and on one that is made of users.
func TestKilledWhilePaused(t *testing.T) {
	const password = "t0p-s3cret"
	t.Setenv(passwordVariable, password)
	for fence, rules := range map[string][]any{"client-pause": {"+@all"}, "acl": {"+@all", "-config|set"}} {
		for _, then := range []string{"abort", "run"} {
			t.Run(fence+"/"+then, func(t *testing.T) {
				w := newWorld(t, "--min-replicas-to-write", "0")
				source := dial(t, w.source.Addr())
				lift := append([]any{"ACL", "SETUSER", "lift", "on", ">" + password, "~*", "&*"}, rules...)
				for _, user := range [][]any{lift, {"ACL", "SETUSER", "app", "on", ">" + password, "~app:*", "+@all", "-@admin", "(+set ~x:*)"}} {
					if err := source.Do(t.Context(), user...).Err(); err != nil {
						t.Fatal(err)
					}
				}
				before := settingsOf(t, source)
				h, real := hold(t, w), w.url
				w.url = h.url
				killedWhilePaused(t, w, h, []string{passwordVariable + "=" + password}, w.first("run", "--yes", "--source-username", "lift")...)
				ledger := strings.TrimSuffix(w.plan, ".json") + ".ledger.json"
				noSecretIn(t, ledger, password)
				w.url = real

				o := mustCall(t, exitDone, append(w.args(then, "--yes", "--source-username", "lift"), map[string][]string{"run": {"--output", "json"}}[then]...)...)
				if then == "run" {
					resumedResult(t, o, fence)
					return
				}
				if got := settingsOf(t, source); !slices.Equal(got, before) {
					t.Errorf("the source has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(before, "\n"))
				}
				if err := source.Set(t.Context(), "after", "abort", 0).Err(); err != nil {
					t.Errorf("a write after abort: %v", err)
				}
				if exists(w.plan) || exists(ledger) {
					t.Error("the plan or its ledger is left")
				}
			})
		}
	}
}

// noSecretIn looks into the ledger that the dead process left.
func noSecretIn(t *testing.T, path, password string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	contains(t, string(b), `"old": `, `"changed_at"`)
	if strings.Contains(string(b), password) || strings.Contains(string(b), "#") || strings.Contains(string(b), "put_back_at") {
		t.Errorf("the ledger has a secret, or says that something was put back:\n%s", b)
	}
}

// resumedResult: the last line of the run has what the dead process changed, and that
// the fence stays.
func resumedResult(t *testing.T, o outcome, fence string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(o.out), "\n")
	var last resultJSON
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"client-pause": "min-replicas-to-write", "acl": "acl user app"}[fence]
	for _, s := range last.Result.Settings {
		if s.Name == want && s.PutBackAt.IsZero() && s.Rules == "" {
			return
		}
	}
	t.Errorf("settings are %+v, want %s, closed still", last.Result.Settings, want)
}
