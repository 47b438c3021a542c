package preflight

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestValidateFacts(t *testing.T) {
	t.Parallel()
	if err := everything().Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(*Facts)
		want   string
	}{
		{func(f *Facts) { *f = Facts{} }, "gathered_at: is missing"},
		{func(f *Facts) { f.Target.ID = "" }, "target.id: is empty"},
		{func(f *Facts) { f.Target.NodeGroups = -1 }, "target.node_groups: -1; at least 0 is allowed"},
		{func(f *Facts) { f.Target.Members[1].ID = "" }, "target.members[1].id: is empty"},
		{func(f *Facts) { f.Target.Members[1].Endpoint = "x" }, `target.members[1].endpoint: "x" is not an address with a port`},
		{func(f *Facts) { f.Target.Primary = "prod:0" }, `target.primary: "prod:0" is not`},
		{func(f *Facts) { f.Target.Primary = ":6379" }, `target.primary: ":6379" is not`},
		{func(f *Facts) { f.Target.Primary = "prod:65536" }, `target.primary: "prod:65536" is not`},
		{func(f *Facts) { f.Target.SecurityGroups = []string{"sg-1", ""} }, "target.security_groups[1]: is empty"},
		{func(f *Facts) { f.Target.Parameters.ReservedMemoryPercent = 101 }, "target.parameters.reserved_memory_percent: 101; 0 to 100 is allowed, and -1"},
		{func(f *Facts) { f.TargetNode.UsedMemory = -5 }, "target_node.used_memory: -5; at least 0"},
		{func(f *Facts) { f.Source.LastSaveSeconds = -2 }, "source.last_save_seconds: -2; at least -1"},
		{func(f *Facts) { f.Source.LastSaveAgeSeconds = -2 }, "source.last_save_age_seconds: -2; at least -1"},
		{func(f *Facts) { f.Source.DefaultUserDenied = []string{"psync", ""} }, "source.default_user_denied[1]: is empty"},
		{func(f *Facts) { f.Source.Commands.Missing = []string{"FLUSHALL", ""} }, "source.commands.missing[1]: is empty"},
		{func(f *Facts) { f.Source.Commands.Disabled = []string{"flushall", ""} }, "source.commands.disabled[1]: is empty"},
		{func(f *Facts) { f.Load.ReplicationAverage = -1 }, "load.replication_average: -1; at least 0"},
		{func(f *Facts) { f.Load.InputAverage = -1 }, "load.input_average: -1; at least 0"},
		{func(f *Facts) { f.Load.Scripts = -2 }, "load.scripts: -2; at least -1"},
		{func(f *Facts) { f.Load.MemoryBytesPerSecond = math.Inf(-1) }, "load.memory_bytes_per_second: -Inf; a number is allowed"},
		{func(f *Facts) { f.Source.Keys[-1] = 1 }, "source.keys.-1: the database -1"},
		{func(f *Facts) { f.Source.Keys[3] = -1 }, "source.keys.3: -1; at least 0"},
		{func(f *Facts) { f.Source.Config.Port = 65536 }, "source.config.port: 65536; a port from 0 to 65535"},
		{func(f *Facts) { f.Source.Config.ReplicaBuffer.Soft = -1 }, "source.config.replica_buffer.soft: -1"},
		{func(f *Facts) { f.Upstream[0].Databases = -1 }, "upstream[0].databases: -1"},
		{func(f *Facts) { f.SourceAddress.IPs = nil }, "source_address.ips: is empty"},
		{func(f *Facts) { f.SourceAddress.IPs = []string{"10.0.0.300"} }, `source_address.ips[0]: "10.0.0.300" is not an IP address`},
		{func(f *Facts) { f.SourceProbe.Address = "10.0.0.241" }, `source_probe.address: "10.0.0.241" is not`},
		{func(f *Facts) { f.Load.InputBytesPerSecond = math.NaN() }, "load.input_bytes_per_second: NaN; a number is allowed"},
		{func(f *Facts) { f.Load.WindowSeconds = math.Inf(1) }, "load.window_seconds: +Inf"},
		{func(f *Facts) { f.Load.ChangesPerSecond = -0.5 }, "load.changes_per_second: -0.5; at least 0"},
		{func(f *Facts) { f.Extra[""] = json.RawMessage("1") }, "extra: has an empty name"},
		{func(f *Facts) { f.Extra["a b"] = json.RawMessage("{") }, `extra["a b"]: is not JSON`},
		{func(f *Facts) { f.Extra["nil"] = nil }, "extra.nil: is not JSON"},
		{func(f *Facts) { gap(f, "", "why") }, "gaps[2].subject: is empty"},
		{func(f *Facts) { gap(f, "target", "") }, "gaps[2].reason: is empty"},
		{func(f *Facts) { gap(f, "target.databses", "why") }, `gaps[2].subject: "target.databses" is no field of target; allowed are id, `},
		{func(f *Facts) { gap(f, "network.acl", "why") }, `gaps[2].subject: "network.acl" is no field of network`},
	} {
		f := everything()
		c.change(&f)
		onlyProblem(t, f, c.want)
	}
	for _, subject := range []string{"network", "upstream", "source.config", "source.config.bind", "house", "house.own", "target.parameters"} {
		f := everything()
		gap(&f, subject, "why")
		if err := f.Validate(); err != nil {
			t.Errorf("the gap %s: %v", subject, err)
		}
	}
}

func onlyProblem(t *testing.T, f Facts, want string) {
	t.Helper()
	err := f.Validate()
	if err == nil || !strings.HasPrefix(err.Error(), "preflight: facts: "+want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want %s... and nothing else", err, want)
	}
	if again := WriteFacts(brokenWriter{}, f); again == nil || fmt.Sprint(again) != fmt.Sprint(err) {
		t.Errorf("WriteFacts says %v, Validate %v", again, err)
	}
}

func TestValidateNetworkFacts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		change func(*Network)
		want   string
	}{
		{func(n *Network) { n.SourceInterfaces[0].ID = "" }, "network.source_interfaces[0].id: is empty"},
		{func(n *Network) { n.SourceInterfaces[0].IPs[0] = "" }, `network.source_interfaces[0].ips[0]: "" is not an IP address`},
		{func(n *Network) { n.Subnets[1].CIDRs[0] = "10.0.0.0/33" }, `network.subnets[1].cidrs[0]: "10.0.0.0/33" is not an address range`},
		{func(n *Network) { n.RouteTables[0].Routes[0].CIDR = "" }, `network.route_tables[0].routes[0].cidr: "" beside the prefix_list ""; one of the two is needed`},
		{func(n *Network) { n.RouteTables[0].Routes[0].PrefixList = "pl-1" }, `network.route_tables[0].routes[0].cidr: "10.0.0.0/16" beside the prefix_list "pl-1"`},
		{func(n *Network) { n.RouteTables[0].Routes[0].CIDR = "any\n" }, `network.route_tables[0].routes[0].cidr: "any\n" is not`},
		{func(n *Network) { n.SecurityGroups[0].Ingress[0].Protocol = "TCP" }, `network.security_groups[0].ingress[0].protocol: "TCP"; allowed are`},
		{func(n *Network) { n.SecurityGroups[0].Ingress[0].Protocol = "256" }, `network.security_groups[0].ingress[0].protocol: "256"`},
		{func(n *Network) { n.SecurityGroups[0].Ingress[0].FromPort = -1 }, "network.security_groups[0].ingress[0].from_port: -1; a port from 0"},
		{func(n *Network) { n.SecurityGroups[0].Ingress[0].FromPort = 6380 }, "network.security_groups[0].ingress[0].from_port: 6380 is above to_port, which is 6379"},
		{func(n *Network) { n.SecurityGroups[0].Ingress[0].Groups[0].ID = "" }, "network.security_groups[0].ingress[0].groups[0].id: is empty"},
		{func(n *Network) { n.SecurityGroups[1].Egress[0].CIDRs[0] = "::/129" }, `network.security_groups[1].egress[0].cidrs[0]: "::/129"`},
		{func(n *Network) { n.ACLs = goodNetwork().ACLs; n.ACLs[0].Entries[0].Number = 0 }, "network.acls[0].entries[0].number: 0; at least 1"},
		{func(n *Network) { n.ACLs = goodNetwork().ACLs; n.ACLs[1].Entries[3].CIDR = "" }, `network.acls[1].entries[3].cidr: "" is not`},
		{func(n *Network) { n.ACLs = goodNetwork().ACLs; n.ACLs[1].Subnets[0] = "" }, "network.acls[1].subnets[0]: is empty"},
		{func(n *Network) { n.Peerings[0].Requester.CIDRs[0] = "x" }, `network.peerings[0].requester.cidrs[0]: "x"`},
		{func(n *Network) { n.PrefixLists[0].ID = "" }, "network.prefix_lists[0].id: is empty"},
		{func(n *Network) { n.Attachments[0].Gateway = "" }, "network.attachments[0].gateway: is empty"},
		{func(n *Network) { n.Attachments[0].Subnets[0].CIDRs[0] = "10/8" }, `network.attachments[0].subnets[0].cidrs[0]: "10/8"`},
		{func(n *Network) { n.TransitRoutes[0].Address = "here" }, `network.transit_routes[0].address: "here"`},
		{func(n *Network) { n.TransitRoutes[0].CIDR = "here" }, `network.transit_routes[0].cidr: "here"`},
		{func(n *Network) { n.TransitRoutes[0].RouteTable = "" }, "network.transit_routes[0].route_table: is empty"},
	} {
		f := everything()
		c.change(f.Network)
		onlyProblem(t, f, c.want)
	}
	// What AWS has for ICMP, and what is left empty where nothing is known.
	f := everything()
	f.Network.SecurityGroups[0].Ingress = append(f.Network.SecurityGroups[0].Ingress, Rule{Protocol: "icmp", FromPort: -1, ToPort: -1}, Rule{Protocol: "50"}, Rule{Protocol: "58", FromPort: 8, ToPort: 0})
	f.Network.TransitRoutes[0].Address, f.Network.TransitRoutes[0].CIDR = "10.0.0.0/16", ""
	if err := f.Validate(); err != nil {
		t.Error(err)
	}
}

func TestManyProblems(t *testing.T) {
	t.Parallel()
	f := goodFacts()
	f.Target.SecurityGroups = make([]string, 1000)
	err := f.Validate()
	if err == nil || strings.Count(err.Error(), "\n") != 50 || !strings.HasSuffix(err.Error(), "\npreflight: facts: and 950 more problems") {
		t.Errorf("got %v", err)
	}
}
