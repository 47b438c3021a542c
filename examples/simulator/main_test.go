package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

// TestServe starts the program, uses what it prints, ends it as Ctrl-C does
// and looks for what is left.
func TestServe(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	printed, stdout := io.Pipe()
	ended := make(chan int, 1)
	var stderr strings.Builder
	go func() {
		code := execute(ctx, []string{"--listen", "127.0.0.1:0", "--replication-group", "my-group", "--replicas", "2", "--databases", "20", "--fast"}, stdout, &stderr)
		stdout.Close()
		ended <- code
	}()
	var welcome strings.Builder
	lines := bufio.NewScanner(printed)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Ctrl-C") {
		fmt.Fprintln(&welcome, lines.Text())
	}

	url := find(t, welcome.String(), `AWS_ENDPOINT_URL=(\S+)`)[0]
	api := elasticache.New(elasticache.Options{
		BaseEndpoint: &url, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	groups, err := api.DescribeReplicationGroups(t.Context(), &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String("my-group")})
	if err != nil {
		t.Fatal(err)
	}
	primary := groups.ReplicationGroups[0].NodeGroups[0].PrimaryEndpoint
	if got, want := find(t, welcome.String(), `primary endpoint +(\S+)`)[0], fmt.Sprintf("%s:%d", *primary.Address, *primary.Port); got != want {
		t.Errorf("the primary endpoint is printed as %s, the API says %s", got, want)
	}
	if want := `  redis-server --port 6379 --bind 127.0.0.1 --protected-mode no --maxmemory-policy volatile-lru --save '' --repl-diskless-sync-delay 0 --databases 20
`; !strings.Contains(welcome.String(), want) {
		t.Errorf("%s\nis missing in\n%s", want, welcome.String())
	}
	if want := `  aws elasticache start-migration --endpoint-url ` + url + ` \
    --replication-group-id my-group --customer-node-endpoint-list "Address='127.0.0.1',Port=6379"`; !strings.Contains(welcome.String(), want) {
		t.Errorf("%s\nis missing in\n%s", want, welcome.String())
	}
	node := redis.NewClient(&redis.Options{Addr: find(t, welcome.String(), `reader endpoint +(\S+)`)[0], DB: 19})
	defer node.Close()
	if err := node.Ping(t.Context()).Err(); err != nil {
		t.Errorf("database 19 of 20: %v", err)
	}

	pids := find(t, welcome.String(), `pid (\d+)`)
	if len(pids) != 3 {
		t.Errorf("got nodes %v, want 3", pids)
	}
	cancel()
	if rest, err := io.ReadAll(printed); err != nil || !strings.Contains(string(rest), "Ended") {
		t.Errorf("at the end came %q, %v", rest, err)
	}
	if code := <-ended; code != 0 || stderr.Len() > 0 {
		t.Errorf("exit code %d, stderr %q", code, stderr.String())
	}
	for _, pid := range pids {
		if _, err := os.Stat(filepath.Join("/proc", pid)); err == nil {
			t.Errorf("process %s is left", pid)
		}
	}
}

// find returns the first group of every match.
func find(t *testing.T, text, pattern string) []string {
	t.Helper()
	var all []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	if len(all) == 0 {
		t.Fatalf("%s does not match:\n%s", pattern, text)
	}
	return all
}

// TestPrintedBinary: what is printed builds the program to where it is then
// used. A path that is a folder, such as that of the source, would not do.
func TestPrintedBinary(t *testing.T) {
	t.Parallel()
	var printed strings.Builder
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory})
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	group, err := sim.CreateReplicationGroup(t.Context(), simulator.ReplicationGroup{ID: "my-group"})
	if err != nil {
		t.Fatal(err)
	}
	welcome(&printed, "http://127.0.0.1:4566", group, 0)

	source := find(t, printed.String(), `(?m)^  go build -o \S+/ (\S+)$`)[0]
	folder := find(t, printed.String(), `(?m)^  go build -o (\S+/) \S+$`)[0] // a slash at the end always makes a folder
	want := folder + filepath.Base(source)
	used := find(t, printed.String(), `(?m)^  (\S+) (?:preflight|run) --replication-group-id my-group --source 127.0.0.1:6379`)
	if len(used) != 2 || used[0] != want || used[1] != want {
		t.Errorf("%q is used, but %s is built", used, want)
	}
	const examples = ".."
	if _, err := os.Stat(filepath.Join(examples, source, "main.go")); err != nil {
		t.Errorf("%s is not a program: %v", source, err)
	}
	if info, err := os.Stat(filepath.Join(examples, want)); err == nil && info.IsDir() {
		t.Errorf("%s is a folder", want)
	}
}

func TestFast(t *testing.T) {
	t.Parallel()
	fast, code := parseFlags([]string{"--fast"}, io.Discard)
	if fast == nil {
		t.Fatalf("exit code %d", code)
	}
	if d := fast.timing(); d.StartDelay+d.Linked+d.Promotion+d.Settle >= time.Second {
		t.Errorf("the delays of %+v are not less than a second", d)
	}
	var help strings.Builder
	if f, code := parseFlags([]string{"--help"}, &help); f != nil || code != 0 {
		t.Errorf("exit code %d", code)
	}
	if want := "the service's own delays of a migration take less than a second together"; !strings.Contains(help.String(), want) {
		t.Errorf("%q is missing in\n%s", want, &help)
	}
}

func TestWrongFlags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string][]string{
		"--listen nowhere --replicas 6 --databases -1 --transit-encryption on --replication-group 9- more": {
			"--listen", "--replicas", "--databases", "--transit-encryption", "--replication-group", "more",
		},
		"--replicas 0":              {"--multi-az=false"},
		"--listen 127.0.0.1:999999": {"--listen", "65535"},
		"--unknown":                 {"unknown"},
	} {
		var stdout, stderr strings.Builder
		if code := execute(t.Context(), strings.Fields(args), &stdout, &stderr); code != 2 || stdout.Len() > 0 {
			t.Errorf("%s: exit code %d, stdout %q", args, code, stdout.String())
		}
		for _, text := range want {
			if !strings.Contains(stderr.String(), text) {
				t.Errorf("%s: %q is missing in:\n%s", args, text, stderr.String())
			}
		}
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var stdout, stderr strings.Builder
	if code := execute(t.Context(), []string{"--listen", l.Addr().String()}, &stdout, &stderr); code != 1 || stdout.Len() > 0 {
		t.Errorf("exit code %d, stdout %q", code, stdout.String())
	}
	if !strings.Contains(stderr.String(), "--listen") || !strings.Contains(stderr.String(), "in use") {
		t.Errorf("got %q", stderr.String())
	}
}

func TestGroupsThatAreNotFit(t *testing.T) {
	t.Parallel()
	f, code := parseFlags([]string{"--replicas", "0", "--multi-az=false", "--transit-encryption", "required"}, io.Discard)
	if f == nil {
		t.Fatalf("exit code %d", code)
	}
	if g := f.spec(); g.MultiAZ != "disabled" || g.TransitEncryption != "required" || g.Replicas != 0 {
		t.Errorf("got %+v", g)
	}
}
