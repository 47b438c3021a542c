package main

import (
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
	"github.com/cachelift/cachelift/simulator"
)

func TestPreflight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := mustCall(t, exitDone, w.first("preflight")...)
	contains(t, o.out, "pass", "target.multi-az", "source.auth", "network.security-group", "0 failed, 0 unknown; nothing blocks")
	o = mustCall(t, exitDone, w.first("preflight", "--output", "json")...)
	report := decode[preflight.Report](t, o.out)
	for _, f := range report.Findings {
		if f.Outcome != preflight.Pass {
			t.Errorf("%s: %s: %s", f.Outcome, f.CheckID, f.Observed)
		}
	}
	if len(report.Findings) == 0 || o.errOut != "" || strings.Count(o.out, `"ready": true`) != 1 {
		t.Errorf("%d findings, stderr %q, stdout:\n%s", len(report.Findings), o.errOut, o.out)
	}
	if exists(w.plan) {
		t.Error("preflight stored a plan")
	}
	allowed := append(groupActions(), vpc.Actions()...)
	for _, call := range w.sim.Calls() {
		if action := call.Service + ":" + call.Operation; !slices.Contains(allowed, action) {
			t.Errorf("%s was called, which the help does not list", action)
		}
	}
}

func TestPreflightBlocks(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, simulator.ReplicationGroup{ID: "test-cluster", MultiAZ: simulator.Disabled})
	w.source = startSource(t)
	o := mustCall(t, exitBlocked, w.first("preflight")...)
	contains(t, o.out, "FAIL     target.multi-az", "1 blocks")
	o = mustCall(t, exitBlocked, w.first("preflight", "--output", "json")...)
	if report := decode[preflight.Report](t, o.out); len(report.Blocking()) != 1 || report.Blocking()[0].CheckID != "target.multi-az" {
		t.Errorf("%+v blocks, want target.multi-az alone", report.Blocking())
	}
	o = mustCall(t, exitBlocked, w.first("run", "--yes")...)
	contains(t, o.out, "FAIL     target.multi-az", "remedy")
	contains(t, o.errOut, "Preflight blocks: nothing was changed")
	o = mustCall(t, exitBlocked, w.first("run", "--yes", "--output", "json")...)
	last := lastLine(t, o.out)
	if last.ExitCode != exitBlocked || last.Error == "" || last.Result.Preflight == nil || last.Result.Preflight.Err() == nil {
		t.Errorf("the last line is %+v", last)
	}
	o = mustCall(t, exitDone, w.first("preflight", "--waive", "target.multi-az", "--waive", "source.auth")...)
	contains(t, o.out, "(waived)", "waivers without effect: source.auth")
	mustCall(t, exitDone, w.first("preflight", "--severity", "target.multi-az=warning")...)
	mustCall(t, exitDone, w.first("run", "--waive", "target.multi-az", "--until", "in_sync", "--yes")...)
}

// TestBadEnds: each is refused before anything is changed, with the check's
// name, what was seen and the remedy; and no plan is left behind.
func TestBadEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		args   []string // of redis-server; nil: nothing listens
		secret string
		group  string
		want   []string
	}{
		{name: "closed port", group: "test-cluster", want: []string{"source.reachable", "refused"}},
		{name: "unknown group", args: []string{}, group: "prod-cache", want: []string{"target.exists", "prod-cache"}},
		{name: "AUTH", args: []string{"--requirepass", "s3cret-passw0rd"}, secret: "s3cret-passw0rd", group: "test-cluster", want: []string{"source.auth", "NOAUTH"}},
		{name: "cluster mode", args: []string{"--cluster-enabled", "yes"}, group: "test-cluster", want: []string{"source.cluster-mode"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, simulator.ReplicationGroup{ID: "test-cluster", Replicas: 1})
			addr, check := closedPort(t), func() {}
			if c.args != nil {
				addr = startSource(t, c.args...).Addr()
				client := dialWith(t, addr, c.secret)
				before := state(t, client)
				check = func() { untouched(t, client, before) }
			}
			args := append(w.at("run"), "--replication-group-id", c.group, "--source", addr, "--plan", w.plan)
			for _, command := range [][]string{{"preflight"}, {"run", "--yes"}} {
				o := mustCall(t, exitBlocked, append(command, args...)...)
				contains(t, o.out, append(c.want, "remedy")...)
				if c.secret != "" && strings.Contains(o.out+o.errOut, c.secret) {
					t.Error("the password is printed")
				}
			}
			check()
			for _, call := range w.sim.Calls() {
				if !strings.HasPrefix(call.Operation, "Describe") {
					t.Errorf("%s was called", call.Operation)
				}
			}
			if exists(w.plan) {
				t.Error("the plan was left behind")
			}
		})
	}
}

// TestNothingAnswers: neither end does.
func TestNothingAnswers(t *testing.T) {
	t.Parallel()
	api, source := "http://"+closedPort(t), closedPort(t)
	for command, text := range map[string]string{"run": "To try again", "abort": "abort again", "status": ""} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			plan := filepath.Join(t.TempDir(), "plan.json")
			args := []string{command, "--endpoint-url", api, "--replication-group-id", "g", "--source", source, "--plan", plan}
			if command != "status" { // which asks for no consent
				args = append(args, "--yes")
			}
			o := mustCall(t, exitFailed, args...)
			contains(t, o.errOut, "error: ", "DescribeReplicationGroups", "refused", text)
			if o.out != "" || exists(plan) {
				t.Errorf("stdout %q, plan left behind: %v", o.out, exists(plan))
			}
		})
	}
}

func TestStatusOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, simulator.ReplicationGroup{ID: "other", Replicas: 1})
	o := mustCall(t, exitDone, w.args("status", "--source", closedPort(t))...)
	contains(t, o.out, "check that there is such a group", "not known", "refused")
	contains(t, o.errOut, "there is no plan")
}

// TestAdminUser is not parallel, because of the environment.
func TestAdminUser(t *testing.T) {
	const password = "t0p-s3cret"
	w := newWorld(t)
	source := dial(t, w.source.Addr())
	for _, user := range [][]any{
		{"ACL", "SETUSER", "admin", "on", ">" + password, "~*", "&*", "+@all"},
		{"ACL", "SETUSER", "default", "-config", "-acl"},
	} {
		if err := source.Do(t.Context(), user...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	o := mustCall(t, exitBlocked, w.first("preflight")...)
	contains(t, o.out, "source.fence")

	t.Setenv(passwordVariable, "wrong-"+password)
	o = mustCall(t, exitBlocked, w.first("preflight", "--source-username", "admin")...)
	noSecret(t, o, password)

	t.Setenv(passwordVariable, password)
	o = mustCall(t, exitDone, w.first("run", "--source-username", "admin", "--yes", "--switch-command", "echo environment follows; env")...)
	contains(t, o.errOut, "environment follows", "CACHELIFT_PORT=")
	noSecret(t, o, password)
}

// TestSourcePassword is not parallel, because of the environment.
func TestSourcePassword(t *testing.T) {
	const password = "t0p-s3cret"
	w := newWorld(t)
	source := dial(t, w.source.Addr())
	set := func(user ...any) {
		t.Helper()
		if err := source.Do(t.Context(), append([]any{"ACL", "SETUSER"}, user...)...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	set("guest", "on", "nopass", "~*", "&*", "+@all")
	set("admin", "on", ">"+password, "~*", "&*", "+@all")
	look := func(user string) outcome {
		return call(t.Context(), w.first("preflight", "--source-username", user)...)
	}

	t.Setenv(passwordVariable, "") // exported, but empty
	if o := look(""); o.code != exitDone {
		t.Errorf("the default user without a password: exit code %d\n%s", o.code, o.out)
	}
	set("default", "-config") // from now on it matters who asks
	if o := look("guest"); o.code != exitDone {
		t.Errorf("a user who needs no password: exit code %d\n%s", o.code, o.out)
	}
	o := look("admin")
	if o.code != exitBlocked {
		t.Errorf("a user whose password is missing: exit code %d", o.code)
	}
	contains(t, o.out, "WRONGPASS")

	set("default", "+config", "resetpass", ">"+password)
	t.Setenv(passwordVariable, password)
	o = look("")
	contains(t, o.out, "FAIL     source.auth", "pass     source.role") // ElastiCache has no password, but everything was seen
	noSecret(t, o, password)
}

// closedPort is an address on which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func noSecret(t *testing.T, o outcome, secret string) {
	t.Helper()
	if strings.Contains(o.out+o.errOut, secret) {
		t.Errorf("the password is printed:\n%s\n%s", o.out, o.errOut)
	}
}
