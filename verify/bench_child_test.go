package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
	"github.com/cachelift/cachelift/verify/internal/dataset"
)

// What a child is told in its environment.
const (
	childRun    = "CACHELIFT_BENCH_CHILD" // "floor" or "verify"
	childSource = "CACHELIFT_BENCH_SOURCE"
	childTarget = "CACHELIFT_BENCH_TARGET"
	childDBs    = "CACHELIFT_BENCH_DBS"
)

// run is what one child measured.
type run struct {
	Wall    float64 `json:"wall"`     // seconds
	CPU     float64 `json:"cpu"`      // seconds, user and system, the whole process
	PeakKiB int64   `json:"peak_kib"` // resident memory
	Keys    int64   `json:"keys"`     // of the source
	servers float64 // CPU seconds of both servers meanwhile
	slow    slowLog
}

// child runs the floor or a comparison in a process of its own, by the command
// that is given before it, if any.
func child(b *testing.B, what string, source, target *simulator.Redis, set dataset.Set, by ...string) run {
	b.Helper()
	if _, err := slow(b.Context(), source, target); err != nil {
		b.Fatal(err)
	}
	args := append(by, os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkCompare$", "-test.benchtime=1x")
	if dir := os.Getenv("CACHELIFT_BENCH_PROFILES"); dir != "" && len(by) == 0 {
		args = append(args, "-test.cpuprofile="+dir+"/"+what+set.Kind+".prof")
	}
	cmd := exec.CommandContext(b.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childRun+"="+what, childSource+"="+source.Addr(), childTarget+"="+target.Addr(),
		childDBs+"="+strings.Trim(fmt.Sprint(set.Databases()), "[]"))
	before, err := cpuOf(source, target)
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%s: %v\n%s", what, err, out)
	}
	var r run
	for line := range strings.Lines(string(out)) {
		if found, ok := strings.CutPrefix(line, "measured "); ok {
			err = errors.Join(err, json.Unmarshal([]byte(found), &r))
		}
	}
	if err != nil || r.Wall == 0 {
		b.Fatalf("%s told nothing: %v\n%s", what, err, out)
	}
	if r.Keys != int64(set.Count()) {
		b.Fatalf("%s read %d keys, want %d", what, r.Keys, set.Count())
	}
	if r.servers, err = cpuOf(source, target); err != nil {
		b.Fatal(err)
	}
	r.servers -= before
	if r.slow, err = slow(b.Context(), source, target); err != nil {
		b.Fatal(err)
	}
	return r
}

// cpuOf returns how many seconds of a core the servers have used so far.
func cpuOf(servers ...*simulator.Redis) (float64, error) {
	const perSecond = 100 // USER_HZ, which is part of Linux's interface
	var ticks int64
	for _, r := range servers {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.PID()))
		if err != nil {
			return 0, err
		}
		// The name in parentheses may have spaces; behind it come the state and
		// eleven other fields before user and system time.
		f := strings.Fields(string(line[bytes.LastIndexByte(line, ')')+1:]))
		for _, field := range f[11:13] {
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return 0, err
			}
			ticks += n
		}
	}
	return float64(ticks) / perSecond, nil
}

// runChild is what a child does.
func runChild(b *testing.B) {
	b.Helper()
	var r run
	var err error
	began := time.Now()
	switch what := os.Getenv(childRun); what {
	case "floor":
		r.Keys, err = floorOfBoth(b.Context())
	case "verify":
		r.Keys, err = compareBoth(b.Context())
	default:
		b.Fatalf("%s is %q", childRun, what)
	}
	if err != nil {
		b.Fatal(err)
	}
	r.Wall = time.Since(began).Seconds()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	r.CPU = time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
	if r.PeakKiB, err = peakKiB(); err != nil {
		b.Fatal(err)
	}
	line, err := json.Marshal(r)
	if err != nil {
		b.Fatal(err)
	}
	fmt.Printf("\nmeasured %s\n", line)
}

// peakKiB returns how much memory the process has had resident at most. The
// kernel's ru_maxrss will not do: a process begins with that of its parent.
func peakKiB() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			return strconv.ParseInt(f[1], 10, 64)
		}
	}
	return 0, errors.New("/proc/self/status has no VmHWM")
}

// floorOfBoth reads both servers side by side.
func floorOfBoth(ctx context.Context) (int64, error) {
	var dbs []int
	for _, text := range strings.Fields(os.Getenv(childDBs)) {
		db, err := strconv.Atoi(text)
		if err != nil {
			return 0, err
		}
		dbs = append(dbs, db)
	}
	type side struct {
		keys, bytes int64
		err         error
	}
	other := make(chan side)
	go func() {
		var s side
		s.keys, s.bytes, s.err = readFloor(ctx, os.Getenv(childTarget), dbs)
		other <- s
	}()
	keys, bytes, err := readFloor(ctx, os.Getenv(childSource), dbs)
	target := <-other
	if err := errors.Join(err, target.err); err != nil {
		return 0, err
	}
	if keys != target.keys || bytes == 0 {
		return 0, fmt.Errorf("%d keys and %d bytes of the source, %d keys of the target", keys, bytes, target.keys)
	}
	return keys, nil
}

// compareBoth is the full comparison, with no tolerance of expiries.
func compareBoth(ctx context.Context) (int64, error) {
	source, target := plainClient(os.Getenv(childSource)), plainClient(os.Getenv(childTarget))
	defer func() { _, _ = source.Close(), target.Close() }()
	report, err := verify.Compare(ctx, source, target, &verify.Options{ExpiryTolerance: -1})
	if err != nil {
		return 0, err
	}
	if report.Verdict != verify.Equal || report.SecondLooks != 0 {
		return 0, fmt.Errorf("%s, want equal at first sight: %+v", report.Verdict, report)
	}
	return report.Source.Keys, nil
}
