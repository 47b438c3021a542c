package simulator

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/simulator/internal/resp"
)

// Even a client that knew the name of a removed command could not run it, and
// the password that the group's replicas use is good for nothing else.
func TestSecretsOfNodes(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newTestSim(t)
	g, err := s.CreateReplicationGroup(ctx, ReplicationGroup{ID: "rg", MultiAZ: Disabled})
	if err != nil {
		t.Fatal(err)
	}
	c, err := resp.Dial(ctx, g.PrimaryEndpoint().String(), (&net.Dialer{}).DialContext)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, command := range removedCommands() {
		answer := "NOPERM"
		if command == "DEBUG" { // the server itself forbids it first
			answer = "ERR DEBUG command not allowed"
		}
		wantRefusal(ctx, t, c, answer, append([]string{s.secrets.name(command)}, arguments(command)...)...)
	}
	if _, err := c.Do(ctx, "AUTH", replicationUser, s.secrets.replication); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"GET", "k"}, {"SET", "k", "v"}, {"INFO"}, {s.secrets.name("REPLICAOF"), "NO", "ONE"}} {
		wantRefusal(ctx, t, c, "NOPERM", args...)
	}
}

func wantRefusal(ctx context.Context, t *testing.T, c *resp.Conn, prefix string, args ...string) {
	t.Helper()
	_, err := c.Do(ctx, args...)
	var refused resp.Error
	if !errors.As(err, &refused) || !strings.HasPrefix(refused.Error(), prefix) {
		t.Errorf("%q: %v, want %s", args, err, prefix)
	}
}

// arguments returns what makes a command complete; the server checks that first.
func arguments(command string) []string {
	switch command {
	case "CONFIG":
		return []string{"GET", "port"}
	case "DEBUG":
		return []string{"SLEEP", "0"}
	case "MIGRATE":
		return []string{"127.0.0.1", "1", "k", "0", "10"}
	case "REPLICAOF", "SLAVEOF":
		return []string{"NO", "ONE"}
	}
	return nil
}
