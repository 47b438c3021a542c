package simulator_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/simulator"
)

const victim = "CACHELIFT_SIMULATOR_TEST_VICTIM"

// TestServersDieWithTheProgram kills a program that runs servers, so that it
// has no chance to clean up, and sees them go.
func TestServersDieWithTheProgram(t *testing.T) {
	if os.Getenv(victim) != "" {
		runVictim(t)
		return
	}
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestServersDieWithTheProgram$", "-test.v")
	cmd.Env = append(os.Environ(), victim+"=1", "TMPDIR="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pids []string
	for in := bufio.NewScanner(out); in.Scan(); {
		if list, ok := strings.CutPrefix(in.Text(), "pids "); ok {
			pids = strings.Fields(list)
			break
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	if len(pids) != 3 {
		t.Fatalf("the program started %v, want three servers", pids)
	}
	for _, pid := range pids {
		eventually(t, "server "+pid+" has ended", func() bool { return !isRedis(pid) })
	}
}

func runVictim(t *testing.T) {
	sim, err := simulator.New(fast())
	if err != nil {
		t.Fatal(err)
	}
	g, err := sim.CreateReplicationGroup(t.Context(), simulator.ReplicationGroup{ID: "rg"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := simulator.StartRedis(t.Context(), simulator.RedisOptions{})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("pids %d %d %d\n", r.PID(), g.Nodes()[0].PID, g.Nodes()[1].PID)
	select {} // until killed
}

// isRedis reports whether a process runs and is a redis-server, so that a pid
// that has been given to another program does not mislead. One that has ended
// and that nobody has waited for has no command line.
func isRedis(pid string) bool {
	line, err := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
	return err == nil && strings.Contains(string(line), "redis-server")
}
