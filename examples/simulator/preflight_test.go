package main

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
	"github.com/cachelift/cachelift/simulator"
)

// TestNothingStandsInTheWay: a source that is started as it is printed, but on a
// free port, passes every check, of the network too.
func TestNothingStandsInTheWay(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{nil, {"--databases", "20"}} {
		welcome := started(t, append([]string{"--listen", "127.0.0.1:0", "--fast"}, flags...)...)
		url := find(t, welcome, `AWS_ENDPOINT_URL=(\S+)`)[0]
		source, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{Args: printedArgs(t, welcome)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := source.Close(); err != nil {
				t.Error(err)
			}
		})
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections) // the program waits for them
		cfg := aws.Config{
			BaseEndpoint: &url, Region: "us-east-1", HTTPClient: &http.Client{Transport: transport},
			Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		}
		plan := migration.NewPlan("welcome", migration.Source(source.Endpoint()), migration.ReplicationGroup("test-cluster"))
		m, err := migration.New(plan, elasticache.NewFromConfig(cfg), &migration.Options{
			Cutover: migration.NewSourceFence(nil),
			Facts:   []preflight.FactSource{vpc.New(ec2.NewFromConfig(cfg), nil)},
		})
		if err != nil {
			t.Fatal(err)
		}
		report, err := m.Preflight(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c := report.Counts(); c.Checks == 0 || c.Passed != c.Checks {
			t.Errorf("%q:\n%s", flags, report)
		}
	}
}

// printedArgs are the arguments of the server that is printed, but for the
// port, as a shell splits them.
func printedArgs(t *testing.T, welcome string) []string {
	t.Helper()
	command := find(t, welcome, `(?m)^  redis-server --port 6379 (.*)$`)[0]
	b, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", `printf '%s\0' `+command).Output()
	if err != nil {
		t.Fatal(err)
	}
	args := strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
	if !strings.Contains(command, "--bind 127.0.0.1") {
		t.Errorf("%s is open to others, and asks for no password", command)
	}
	return args
}
