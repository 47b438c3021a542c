package simulator_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/aws/smithy-go"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/cachelift/cachelift/simulator"
)

// fast is the base of most tests' options.
func fast() simulator.Options { return simulator.Options{Timing: simulator.FastTiming()} }

func newSim(t *testing.T, opts simulator.Options) *simulator.Sim {
	t.Helper()
	sim, err := simulator.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Errorf("closing the simulator: %v", err)
		}
	})
	return sim
}

func newGroup(t *testing.T, sim *simulator.Sim, spec simulator.ReplicationGroup) *simulator.Group {
	t.Helper()
	g, err := sim.CreateReplicationGroup(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// newSource starts a server that begins a full sync at once.
func newSource(t *testing.T, args ...string) *simulator.Redis {
	t.Helper()
	args = append([]string{"--repl-diskless-sync-delay", "0"}, args...)
	r, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Args: args})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("closing the source: %v", err)
		}
	})
	return r
}

// newAPI returns the real SDK client without retries.
func newAPI(sim *simulator.Sim) *elasticache.Client {
	return elasticache.NewFromConfig(sim.Config(), func(o *elasticache.Options) { o.Retryer = aws.NopRetryer{} })
}

func connect(t *testing.T, addr string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{
		Addr: addr, Protocol: 2, DisableIdentity: true, MaxRetries: -1, ContextTimeoutEnabled: true,
		DialTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// eventually waits until cond holds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-deadline.C:
			t.Fatalf("not within 20 s: %s", what)
		case <-t.Context().Done():
			t.Fatalf("test over before: %s", what)
		case <-tick.C:
		}
	}
}

func awaitStatus(t *testing.T, g *simulator.Group, status string) {
	t.Helper()
	eventually(t, g.ID()+" is "+status, func() bool { return g.Status() == status })
}

func endpoints(list ...simulator.Endpoint) []types.CustomerNodeEndpoint {
	out := make([]types.CustomerNodeEndpoint, len(list))
	for i, e := range list {
		out[i] = types.CustomerNodeEndpoint{Address: aws.String(e.Address), Port: aws.Int32(int32(e.Port))}
	}
	return out
}

func start(ctx context.Context, api *elasticache.Client, id string, source simulator.Endpoint) error {
	_, err := api.StartMigration(ctx, &elasticache.StartMigrationInput{
		ReplicationGroupId: aws.String(id), CustomerNodeEndpointList: endpoints(source),
	})
	return err
}

func complete(ctx context.Context, api *elasticache.Client, id string, force *bool) error {
	_, err := api.CompleteMigration(ctx, &elasticache.CompleteMigrationInput{ReplicationGroupId: aws.String(id), Force: force})
	return err
}

// groupEvents returns the messages of a group's events, newest first.
func groupEvents(t *testing.T, api *elasticache.Client, id string) []string {
	t.Helper()
	out, err := api.DescribeEvents(t.Context(), &elasticache.DescribeEventsInput{
		SourceType: types.SourceTypeReplicationGroup, SourceIdentifier: aws.String(id),
	})
	if err != nil {
		t.Fatal(err)
	}
	var messages []string
	for _, e := range out.Events {
		messages = append(messages, aws.ToString(e.Message))
	}
	return messages
}

func hasEvent(messages []string, part string) bool {
	for _, m := range messages {
		if strings.Contains(m, part) {
			return true
		}
	}
	return false
}

// wantCode fails unless err is the API error with the code.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		t.Errorf("error is %v, want the API error %s", err, code)
	}
}

// closedPort returns a loopback port that nobody listens on.
func closedPort(t *testing.T) simulator.Endpoint {
	t.Helper()
	r := newSource(t)
	r.Stop()
	return r.Endpoint()
}

func testInput(id string, source simulator.Endpoint) *elasticache.TestMigrationInput {
	return &elasticache.TestMigrationInput{ReplicationGroupId: aws.String(id), CustomerNodeEndpointList: endpoints(source)}
}
