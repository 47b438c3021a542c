package vpc_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/preflight/vpc"
	"github.com/cachelift/cachelift/simulator"
)

// outcomes gathers from the simulator and judges the network.
func outcomes(t *testing.T, sim *simulator.Sim, facts preflight.Facts) map[string]preflight.Finding {
	t.Helper()
	if err := sim.EC2().Err(); err != nil {
		t.Fatal(err)
	}
	got, err := vpc.New(ec2.NewFromConfig(sim.Config()), nil).Gather(t.Context(), facts)
	if err != nil || len(got.Gaps) != 0 {
		t.Fatalf("gaps %v, error %v", got.Gaps, err)
	}
	facts.Network = got.Network
	out := map[string]preflight.Finding{}
	for _, f := range preflight.Judge(facts, preflight.Builtin(), nil).Findings {
		out[f.CheckID] = f
	}
	return out
}

// TestManagedInterfaces: what AWS tells of an interface that is not that of a
// server comes through to the checks.
func TestManagedInterfaces(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*simulator.Interface){
		"(network_load_balancer)":        func(i *simulator.Interface) { i.Type("network_load_balancer") },
		"(vpc_endpoint)":                 func(i *simulator.Interface) { i.Type("vpc_endpoint") },
		"(managed by a service of AWS)":  func(i *simulator.Interface) { i.Managed("amazon-elb") },
		"eni-source of i-source in subn": func(i *simulator.Interface) { i.Type("efa") },
	} {
		sim, net := newSim(t)
		net.DefaultVPC().SecurityGroup("sg-source").Ingress(simulator.TCP(6379), defaultGroup)
		change(net.Interface("eni-source", net.DefaultSubnet("c"), "10.0.128.9", "sg-source"))
		outcome := preflight.Unknown
		if strings.Contains(want, "i-source") {
			outcome = preflight.Pass
		}
		found := outcomes(t, sim, simFacts("10.0.128.9"))
		for _, id := range []string{"network.address", "network.route", "network.security-group", "network.acl"} {
			if found[id].Outcome != outcome {
				t.Errorf("%s: %s is %s: %s", want, id, found[id].Outcome, found[id].Observed)
			}
		}
		if f := found["network.address"]; !strings.Contains(f.Observed, want) {
			t.Errorf("observed %q, want %q", f.Observed, want)
		}
		if f := found["network.vpc"]; f.Outcome != preflight.Pass {
			t.Errorf("%s: network.vpc is %s: %s", want, f.Outcome, f.Observed)
		}
	}
}

// TestGroupReferencesThroughGateway: the setting of the attachments comes
// through.
func TestGroupReferencesThroughGateway(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cache, app string
		want       preflight.Outcome
	}{
		{"enable", "enable", preflight.Unknown},
		{"disable", "enable", preflight.Fail},
		{"enable", "disable", preflight.Fail},
	} {
		sim, net := newSim(t)
		app := net.VPC("vpc-app", "10.1.0.0/16")
		private := app.Subnet("subnet-private", "us-east-1a", "10.1.1.0/24")
		app.SecurityGroup("sg-source").Ingress(simulator.TCP(6379), defaultGroup)
		net.Interface("eni-source", private, "10.1.1.9", "sg-source")
		gateway := net.TransitGateway("tgw-1")
		gateway.Attach("tgw-attach-cache", net.DefaultVPC(), net.DefaultSubnet("a"), net.DefaultSubnet("b")).GroupReferences(test.cache)
		gateway.Attach("tgw-attach-app", app, private).GroupReferences(test.app)
		net.DefaultVPC().MainRouteTable().Route("10.1.0.0/16", "tgw-1")
		app.MainRouteTable().Route("10.0.0.0/16", "tgw-1")
		found := outcomes(t, sim, simFacts("10.1.1.9"))
		for _, id := range []string{"network.address", "network.vpc", "network.route", "network.acl"} {
			if found[id].Outcome != preflight.Pass {
				t.Errorf("%+v: %s is %s: %s", test, id, found[id].Outcome, found[id].Observed)
			}
		}
		f := found["network.security-group"]
		if f.Outcome != test.want || !strings.Contains(f.Observed, "SecurityGroupReferencingSupport") {
			t.Errorf("%+v: %s: %s", test, f.Outcome, f.Observed)
		}
	}
}
