package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
	"github.com/cachelift/cachelift/simulator"
)

// outcomes are the findings that did not pass, by their ids.
func outcomes(r preflight.Report) map[string]preflight.Finding {
	found := map[string]preflight.Finding{}
	for _, f := range r.Findings {
		if f.Outcome != preflight.Pass {
			found[f.CheckID] = f
		}
	}
	return found
}

// only fails the test unless exactly these findings did not pass.
func only(t *testing.T, out string, ids ...string) map[string]preflight.Finding {
	t.Helper()
	found := outcomes(decode[preflight.Report](t, out))
	for id, f := range found {
		t.Logf("%s: %s: %s", f.Outcome, id, f.Observed)
	}
	for _, id := range ids {
		if _, ok := found[id]; !ok {
			t.Errorf("%s passed", id)
		}
	}
	if len(found) != len(ids) {
		t.Errorf("%d findings did not pass, want %d", len(found), len(ids))
	}
	return found
}

func TestWrongSecurityGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sim.EC2().DefaultVPC().SecurityGroup("sg-closed")
	w.eni.SecurityGroups("sg-closed")
	o := mustCall(t, exitBlocked, w.first("preflight", "--output", "json")...)
	f := only(t, o.out, "network.security-group")["network.security-group"]
	if f.Outcome != preflight.Fail {
		t.Errorf("%s", f.Outcome)
	}
	contains(t, f.Remedy, "aws ec2 authorize-security-group-ingress", "sg-closed", "aws_vpc_security_group_ingress_rule")
	o = mustCall(t, exitBlocked, w.first("run", "--yes")...)
	contains(t, o.out, "FAIL     network.security-group", "sg-closed")
	for _, call := range w.sim.Calls() {
		if strings.Contains(call.Operation, "Migration") {
			t.Errorf("%s was called", call.Operation)
		}
	}
	w.sim.EC2().DefaultVPC().SecurityGroup("sg-open").Ingress(simulator.TCP(w.source.Endpoint().Port), "10.0.0.0/16")
	w.eni.SecurityGroups("sg-open")
	mustCall(t, exitDone, w.first("preflight")...)
}

// TestEC2Denied: a call that is denied leaves the rest whole.
func TestEC2Denied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fault, err := w.sim.Inject(simulator.Fault{Kind: simulator.FaultRefuse, Operation: "DescribeSecurityGroups", Code: "UnauthorizedOperation"})
	if err != nil {
		t.Fatal(err)
	}
	o := mustCall(t, exitDone, w.first("preflight", "--output", "json")...)
	f := only(t, o.out, "network.security-group")["network.security-group"]
	if f.Outcome != preflight.Unknown || f.Severity != preflight.Warning || fault.Hits() == 0 {
		t.Errorf("%+v after %d refusals, want unknown and a warning", f, fault.Hits())
	}
	contains(t, f.Observed+f.Remedy, "ec2:DescribeSecurityGroups", "UnauthorizedOperation")
	mustCall(t, exitBlocked, w.first("preflight", "--severity", "network.*=blocking")...)
	o = mustCall(t, exitDone, w.first("run", "--until", "in_sync", "--yes")...)
	contains(t, o.out, "in_sync")
}

// TestNoEC2ForStatusAndAbort: only what judges looks at the network.
func TestNoEC2ForStatusAndAbort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mustCall(t, exitDone, w.first("status")...)
	mustCall(t, exitDone, w.first("abort", "--yes")...)
	for _, call := range w.sim.Calls() {
		if call.Service == "ec2" {
			t.Errorf("%s was called", call.Operation)
		}
	}
	if len(w.sim.Calls()) == 0 {
		t.Error("nothing was called")
	}
}

// TestSourceVPC: an address that two VPCs have is not guessed.
func TestSourceVPC(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.sim.EC2().VPC("vpc-other", "127.0.0.0/16")
	other.SecurityGroup("sg-other")
	w.sim.EC2().Interface("eni-other", other.Subnet("subnet-other", "us-east-1a", "127.0.0.0/24"), "127.0.0.1", "sg-other")
	o := mustCall(t, exitDone, w.first("preflight", "--output", "json", "--only", "network.address")...)
	f := only(t, o.out, "network.address")["network.address"]
	contains(t, f.Observed, "eni-source", "eni-other")
	o = mustCall(t, exitDone, w.first("preflight", "--output", "json", "--source-vpc", w.sim.EC2().DefaultVPC().ID())...)
	only(t, o.out)
	mustCall(t, exitBlocked, w.first("preflight", "--source-vpc", "vpc-other")...) // nothing connects it
	mustCall(t, exitBlocked, w.first("run", "--yes", "--source-vpc", "vpc-other")...)
}

// TestAnalyze: the Reachability Analyzer is asked, its answer shown, and what it
// needed is gone.
func TestAnalyze(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		outcome simulator.Analysis
		code    int
		want    string
	}{
		{simulator.Analysis{}, exitDone, "pass     network.analyzer"},
		{simulator.Analysis{Explanations: []simulator.Explanation{{Code: "ENI_SG_RULES_MISMATCH", Component: "sg-x"}}}, exitBlocked, "ENI_SG_RULES_MISMATCH"},
	} {
		w.sim.EC2().Analyze(c.outcome)
		before := len(w.sim.Calls())
		o := mustCall(t, c.code, w.first("preflight", "--analyze")...)
		contains(t, o.out, c.want)
		contains(t, o.errOut, "Reachability Analyzer")
		called := map[string]bool{}
		for _, call := range w.sim.Calls()[before:] {
			called[call.Service+":"+call.Operation] = true
		}
		for _, action := range vpc.AnalyzerActions() {
			if !called[action] {
				t.Errorf("%s was not called", action)
			}
		}
		if p, a := w.sim.EC2().InsightsPaths(), w.sim.EC2().InsightsAnalyses(); len(p)+len(a) > 0 {
			t.Errorf("left over: %v, %v", p, a)
		}
	}
}

// TestOneEndpointForBoth: AWS_ENDPOINT_URL is for both APIs. It is not parallel,
// because of the environment.
func TestOneEndpointForBoth(t *testing.T) {
	w := newWorld(t)
	t.Setenv("AWS_ENDPOINT_URL", w.url)
	if err := os.Unsetenv("AWS_ENDPOINT_URL_EC2"); err != nil {
		t.Fatal(err)
	}
	o := mustCall(t, exitDone, "preflight", "--replication-group-id", "test-cluster", "--source", w.source.Addr(), "--plan", w.plan, "--output", "json")
	only(t, o.out)
}

// TestPreflightInterrupted: Ctrl-C is no report.
func TestPreflightInterrupted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := w.plan + ".facts"
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := call(ctx, w.first("preflight", "--facts-out", file)...)
	if o.code != exitFailed || o.out != "" || exists(file) {
		t.Errorf("exit code %d, stdout %q, facts stored: %t", o.code, o.out, exists(file))
	}
	contains(t, o.errOut, "Stopped", "Neither end was changed")
}
