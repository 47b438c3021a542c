package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/cachelift/cachelift/simulator"
)

// fakeAPI is an ElastiCache API that notes for which regions its requests are
// signed.
type fakeAPI struct {
	url string

	mu      sync.Mutex
	regions []string
}

var signedRegion = regexp.MustCompile(`Credential=[^/]+/\d+/([^/]+)/elasticache/`)

func newFakeAPI(t *testing.T) *fakeAPI {
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
	e := &fakeAPI{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		region := "unsigned"
		if m := signedRegion.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
			region = m[1]
		}
		e.mu.Lock()
		e.regions = append(e.regions, region)
		e.mu.Unlock()
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	e.url = server.URL
	return e
}

// take returns the regions of the requests since the last call, each once.
func (e *fakeAPI) take() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := slices.Compact(slices.Sorted(slices.Values(e.regions)))
	e.regions = nil
	return all
}

// TestAWSConfiguration is not parallel, because of the environment.
func TestAWSConfiguration(t *testing.T) {
	inEnv, inProfile, inFlag := newFakeAPI(t), newFakeAPI(t), newFakeAPI(t)
	env := map[string]string{"AWS_ENDPOINT_URL": inEnv.url, "AWS_REGION": "eu-west-1"}
	config := filepath.Join(t.TempDir(), "config")
	text := "[profile staging]\nregion = ap-south-1\nendpoint_url = " + inProfile.url + "\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	profile := map[string]string{"AWS_CONFIG_FILE": config, "AWS_PROFILE": "staging", "AWS_REGION": ""}
	flags := []string{"--region", "sa-east-1", "--endpoint-url", inFlag.url}
	for _, c := range []struct {
		name   string
		env    map[string]string
		flags  []string
		asked  *fakeAPI
		region string
	}{
		{"environment", env, nil, inEnv, "eu-west-1"},
		{"profile", profile, nil, inProfile, "ap-south-1"},
		{"flags over environment", env, flags, inFlag, "sa-east-1"},
		{"flags over profile", profile, flags, inFlag, "sa-east-1"},
		{"region alone by flag", env, flags[:2], inEnv, "sa-east-1"},
		{"endpoint alone by flag", profile, flags[2:], inFlag, "ap-south-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			args := []string{"status", "--replication-group-id", "g", "--source", closedPort(t), "--plan", filepath.Join(t.TempDir(), "plan.json")}
			o := mustCall(t, exitDone, append(args, c.flags...)...)
			contains(t, o.out, "check that there is such a group")
			for _, e := range []*fakeAPI{inEnv, inProfile, inFlag} {
				want := []string(nil)
				if e == c.asked {
					want = []string{c.region}
				}
				if got := e.take(); !slices.Equal(got, want) {
					t.Errorf("%s got requests for the regions %v, want %v", e.url, got, want)
				}
			}
		})
	}
}
