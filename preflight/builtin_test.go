package preflight

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func gap(f *Facts, subject, reason string) { f.Gaps = append(f.Gaps, Gap{subject, reason}) }

type builtinRow struct {
	why    string
	change func(*Facts)
	check  string
	want   Outcome
	// observed and remedy must contain these.
	observed string
	remedy   string
}

func noTarget(f *Facts) { f.Target, f.TargetNode = nil, nil; gap(f, "target", "AccessDenied") }
func absent(f *Facts)   { f.Target, f.TargetNode = &Target{ID: "prod"}, nil }
func noSource(f *Facts) { f.Source = nil; gap(f, "source", "i/o timeout") }
func good(*Facts)       {}
func unasked(f *Facts)  { *f = Facts{} }
func noProbe(f *Facts)  { f.SourceProbe = nil }
func reply(s string) func(*Facts) {
	return func(f *Facts) { f.SourceProbe.Reply = s }
}

func targetRows() []builtinRow {
	return []builtinRow{
		{"it is there", good, "target.exists", Pass, "exists", ""},
		{"the service does not know it", absent, "target.exists", Fail, "no such group", "describe-replication-groups"},
		{"not allowed to look", noTarget, "target.exists", Unknown, "AccessDenied", "elasticache:DescribeReplicationGroups"},
		{"nothing was gathered", unasked, "target.exists", Unknown, "no reason was recorded", "region"},

		{"available", good, "target.status", Pass, `"available"`, ""},
		{"another change is going on", func(f *Facts) { f.Target.Status = "modifying" }, "target.status", Fail, "modifying", "wait replication-group-available --replication-group-id prod"},
		{"a foreign migration", func(f *Facts) { f.Target.Status = "migrating" }, "target.status", Fail, "migrating", "under way"},
		{"no status", func(f *Facts) { f.Target.Status = "" }, "target.status", Unknown, "no status", "describe-replication-groups"},
		{"no group, no status", absent, "target.status", Unknown, "group does not exist", "target.exists"},

		{"disabled", good, "target.cluster-mode", Pass, "disabled", ""},
		{"older answers have only the flag", func(f *Facts) { f.Target.ClusterMode = "" }, "target.cluster-mode", Pass, "not given", ""},
		{"flag", func(f *Facts) { f.Target.ClusterEnabled = true }, "target.cluster-mode", Fail, "ClusterEnabled true", "new one"},
		{"mode", func(f *Facts) { f.Target.ClusterMode = "enabled" }, "target.cluster-mode", Fail, "cluster mode enabled", "new one"},
		{"undocumented", func(f *Facts) { f.Target.ClusterMode = "compatible" }, "target.cluster-mode", Unknown, "compatible", "new one"},
		{"no group, no mode", absent, "target.cluster-mode", Unknown, "group does not exist", "target.exists"},

		{"off", good, "target.in-transit-encryption", Pass, "disabled", ""},
		{"required takes two steps", func(f *Facts) { f.Target.TransitEncryption, f.Target.TransitEncryptionMode = true, "required" }, "target.in-transit-encryption", Fail, "mode required", "--transit-encryption-mode preferred --apply-immediately && aws elasticache wait"},
		{"preferred is refused as well", func(f *Facts) { f.Target.TransitEncryption, f.Target.TransitEncryptionMode = true, "preferred" }, "target.in-transit-encryption", Fail, "mode preferred", "--replication-group-id prod --no-transit-encryption-enabled --apply-immediately"},
		{"the flag alone", func(f *Facts) { f.Target.TransitEncryption = true }, "target.in-transit-encryption", Fail, "not given", "--no-transit-encryption-enabled"},
		{"a gap is not a false", func(f *Facts) { gap(f, "target.transit_encryption", "garbled") }, "target.in-transit-encryption", Unknown, "garbled", "region"},
		{"no group", absent, "target.in-transit-encryption", Unknown, "group does not exist", "target.exists"},

		{"none", good, "target.auth", Pass, "no AUTH token", ""},
		{"token", func(f *Facts) { f.Target.AuthToken = true }, "target.auth", Fail, "AUTH token is set", "new group"},
		{"user groups", func(f *Facts) { f.Target.UserGroups = []string{"ops", "apps"} }, "target.auth", Fail, "ops, apps", "--remove-user-groups"},
		{"not read", noTarget, "target.auth", Unknown, "AccessDenied", "region"},

		{"both on", good, "target.multi-az", Pass, "Multi-AZ enabled, automatic failover enabled", ""},
		{"off with a replica", func(f *Facts) { f.Target.MultiAZ = "disabled" }, "target.multi-az", Fail, "Multi-AZ disabled", "aws elasticache modify-replication-group --replication-group-id prod --automatic-failover-enabled --multi-az-enabled --apply-immediately"},
		{"off without a replica", func(f *Facts) {
			f.Target.MultiAZ, f.Target.AutomaticFailover, f.Target.Members = "disabled", "disabled", []Member{{ID: "prod-001"}}
		}, "target.multi-az", Fail, "automatic failover disabled", "increase-replica-count --replication-group-id prod --new-replica-count 1"},
		{"not yet", func(f *Facts) { f.Target.AutomaticFailover = "enabling" }, "target.multi-az", Fail, "enabling", "wait until"},
		{"not told", func(f *Facts) { f.Target.MultiAZ = "" }, "target.multi-az", Unknown, `Multi-AZ ""`, "describe-replication-groups"},
		{"no group", absent, "target.multi-az", Unknown, "group does not exist", "target.exists"},
	}
}

func sourceRows() []builtinRow {
	version := func(engine, v string) func(*Facts) {
		return func(f *Facts) { f.Source.Engine, f.Source.Version = engine, v }
	}
	return []builtinRow{
		{"PONG", good, "source.reachable", Pass, "PONG", ""},
		{"an error is an answer too", reply("NOAUTH Authentication required."), "source.reachable", Pass, "NOAUTH", ""},
		{"closed port", func(f *Facts) {
			f.SourceProbe = &Probe{Address: "10.0.0.241:6379", Err: "connection refused"}
		}, "source.reachable", Fail, "connection refused", "listens on 10.0.0.241"},
		{"another protocol", func(f *Facts) {
			f.SourceProbe = &Probe{Address: "10.0.0.241:6379", Reached: true, Err: "the answer is a TLS record"}
		}, "source.reachable", Fail, "TLS record", "without TLS"},
		{"not tried", noProbe, "source.reachable", Unknown, "no reason was recorded", "reachable from here"},

		{"open", good, "source.auth", Pass, "PONG", ""},
		{"password", reply("NOAUTH Authentication required."), "source.auth", Fail, "NOAUTH", `CONFIG SET requirepass ""`},
		{"default user is restricted", reply("NOPERM this user has no permissions to run the 'ping' command"), "source.auth", Fail, "NOPERM", "ACL SETUSER default"},
		{"protected mode", reply("-DENIED Redis is running in protected mode"), "source.auth", Fail, "DENIED", "CONFIG SET protected-mode no"},
		{"loading", reply("LOADING Redis is loading the dataset in memory"), "source.auth", Unknown, "LOADING", "PONG"},
		{"no answer", func(f *Facts) { f.SourceProbe = &Probe{Address: "a:1", Err: "refused"} }, "source.auth", Unknown, "refused", "source.reachable"},

		{"current", good, "source.version", Pass, "redis 7.0.15", ""},
		{"the floor itself", version("redis", "2.8.21"), "source.version", Pass, "2.8.21", ""},
		{"below", version("redis", "2.8.20"), "source.version", Fail, "2.8.20", "upgrade the source to Redis 2.8.21"},
		{"compared as numbers", version("redis", "2.10.0"), "source.version", Pass, "2.10.0", ""},
		{"major below", version("redis", "1.9.99"), "source.version", Fail, "1.9.99", "upgrade"},
		{"release candidate", version("redis", "8.0-rc1"), "source.version", Pass, "8.0-rc1", ""},
		{"any Valkey", version("valkey", "7.2.5"), "source.version", Pass, "valkey 7.2.5", ""},
		{"another engine", version("dragonfly", "1.2.3"), "source.version", Unknown, "dragonfly", "INFO server"},
		{"unreadable", version("redis", "unstable"), "source.version", Unknown, "unstable", "INFO server"},
		{"gap", func(f *Facts) { f.Source.Version = ""; gap(f, "source.version", "INFO is cut") }, "source.version", Unknown, "INFO is cut", "INFO"},

		{"off", good, "source.cluster-mode", Pass, "disabled", ""},
		{"on", func(f *Facts) { f.Source.ClusterEnabled = true }, "source.cluster-mode", Fail, "enabled", "cluster-enabled no"},
		{"a gap is not a false", func(f *Facts) { gap(f, "source.cluster_enabled", "no such field") }, "source.cluster-mode", Unknown, "no such field", "INFO"},
		{"before there was a cluster mode", func(f *Facts) {
			f.Source.Version = "2.8.24"
			gap(f, "source.cluster_enabled", "no such field")
		}, "source.cluster-mode", Pass, "has no cluster mode", ""},
		{"not read", noSource, "source.cluster-mode", Unknown, "i/o timeout", "reachable"},

		{"a primary", good, "source.role", Pass, "role master", ""},
		{"a replica does not know what its primary acknowledged", func(f *Facts) { f.Source.Role, f.Source.UpstreamLink = "slave", "up" }, "source.role", Fail, "role slave", "address of its primary"},
		{"not read", noSource, "source.role", Unknown, "i/o timeout", "reachable"},

		{"the host's matter", good, "source.fence", Pass, "the host pauses", ""},
		{"it can", func(f *Facts) { f.Fence = &Fence{Ready: true} }, "source.fence", Pass, "can be fenced", ""},
		{"it cannot", func(f *Facts) { f.Fence = &Fence{Reason: "CONFIG is not allowed"} }, "source.fence", Fail, "CONFIG is not allowed", "Cutover of your own"},
		{"could not be told", func(f *Facts) { gap(f, "fence", "i/o timeout") }, "source.fence", Unknown, "i/o timeout", "reachable"},
	}
}

func pairRows() []builtinRow {
	return []builtinRow{
		{"equal", good, "pair.databases", Pass, "source 16, target 16", ""},
		{"more on the source corrupts in silence", func(f *Facts) { f.Source.Databases = 32 }, "pair.databases", Fail, "source 32, target 16", "databases 16 in the source's redis.conf"},
		{"own parameter group", func(f *Facts) { f.Target.Databases, f.Target.ParameterGroup = 8, "ours" }, "pair.databases", Fail, "target 8", "--cache-parameter-group-name ours --parameter-name-values ParameterName=databases,ParameterValue=16"},
		{"a default group cannot change", func(f *Facts) { f.Target.Databases = 8 }, "pair.databases", Fail, "target 8", "--cache-parameter-group-name <parameter group>"},
		{"the node stands in", func(f *Facts) { f.Target.Databases, f.TargetNode.Databases = 0, 16 }, "pair.databases", Pass, "target 16", ""},
		{"CONFIG is denied", func(f *Facts) { f.Source.Databases = 0; gap(f, "source.databases", "NOPERM") }, "pair.databases", Unknown, "source not seen, target 16: not seen: NOPERM", "CONFIG GET"},
		{"parameters are denied", func(f *Facts) { f.Target.Databases = 0; gap(f, "target.databases", "AccessDenied") }, "pair.databases", Unknown, "AccessDenied", "DescribeCacheParameters"},
		{"no group", absent, "pair.databases", Unknown, "group does not exist", "target.exists"},

		{"fits", good, "pair.memory", Pass, "source uses 1024.0 MiB, target has 5120.0 MiB", ""},
		{"fits exactly", func(f *Facts) { f.Source.UsedMemory = 5 << 30 }, "pair.memory", Pass, "5120.0 MiB", ""},
		{"one byte too much", func(f *Facts) { f.Source.UsedMemory = 5<<30 + 1 }, "pair.memory", Fail, "5120.0 MiB", "--cache-node-type <larger node type> --apply-immediately (now cache.m6g.large)"},
		{"no limit seen is no good news", func(f *Facts) { f.TargetNode.MaxMemory = 0 }, "pair.memory", Unknown, "maxmemory", "always has a limit"},
		{"source not read", noSource, "pair.memory", Unknown, "i/o timeout", "reachable"},
		{"used_memory is missing", func(f *Facts) { f.Source.UsedMemory = 0; gap(f, "source.used_memory", "cut") }, "pair.memory", Unknown, "cut", "INFO"},
		{"node not read", func(f *Facts) { f.TargetNode = nil; gap(f, "target_node", "no route") }, "pair.memory", Unknown, "no route", "primary endpoint reachable"},
		{"no group", absent, "pair.memory", Unknown, "group does not exist", "target.exists"},
	}
}

func TestBuiltin(t *testing.T) {
	t.Parallel()
	rows := append(append(targetRows(), sourceRows()...), pairRows()...)
	covered := map[string]map[Outcome]bool{}
	for _, r := range rows {
		facts := goodFacts()
		r.change(&facts)
		before := mustJSON(t, facts)
		f := findingOf(t, Judge(facts, Builtin(), nil), r.check)
		if after := mustJSON(t, facts); after != before {
			t.Errorf("%s (%s): judging changed the facts:\n%s\n%s", r.check, r.why, before, after)
		}
		if f.Outcome != r.want || !strings.Contains(f.Observed, r.observed) || !strings.Contains(f.Remedy, r.remedy) {
			t.Errorf("%s (%s): want %s, observed ...%s..., remedy ...%s...; got %+v", r.check, r.why, r.want, r.observed, r.remedy, f)
		}
		complain(t, r.why, f)
		if covered[r.check] == nil {
			covered[r.check] = map[Outcome]bool{}
		}
		covered[r.check][r.want] = true
	}
	for _, c := range Builtin() {
		for _, o := range []Outcome{Pass, Fail, Unknown} {
			if !covered[c.ID][o] {
				t.Errorf("%s has no row for %s", c.ID, o)
			}
		}
	}
}

// complain checks what holds for every finding of a built-in check.
func complain(t *testing.T, why string, f Finding) {
	t.Helper()
	if f.CheckID == "" || f.Title == "" || f.Subject == "" || f.Observed == "" || f.Required == "" || f.DocURL == "" || f.Severity != Blocking {
		t.Errorf("%s (%s): something is empty: %+v", f.CheckID, why, f)
	}
	if (f.Remedy == "") != (f.Outcome == Pass) {
		t.Errorf("%s (%s): outcome %s with remedy %q", f.CheckID, why, f.Outcome, f.Remedy)
	}
	if strings.ContainsAny(f.Remedy+f.Observed+f.Required, "\n\t") || strings.Contains(f.Remedy+f.Observed, "%!") {
		t.Errorf("%s (%s): not one clean line: %+v", f.CheckID, why, f)
	}
}

func TestBuiltinAsASet(t *testing.T) {
	t.Parallel()
	if err := Validate(Builtin(), nil); err != nil {
		t.Error(err)
	}
	if err := Judge(goodFacts(), Builtin(), nil).Err(); err != nil {
		t.Errorf("good facts: %v", err)
	}
	// An absent group gives one failure, not a list of nonsense.
	facts := goodFacts()
	absent(&facts)
	for _, f := range Judge(facts, Builtin(), nil).Findings {
		if f.Outcome == Fail && f.CheckID != "target.exists" {
			t.Errorf("without a group, %s fails: %s", f.CheckID, f.Observed)
		}
	}
	never := map[string]bool{"target.in-transit-encryption": true, "target.auth": true, "source.auth": true, "pair.databases": true}
	for _, c := range Builtin() {
		if (c.Waivable == NeverWaived) != never[c.ID] {
			t.Errorf("%s: waivable is %q", c.ID, c.Waivable)
		}
		if !strings.HasPrefix(c.DocURL, guide) {
			t.Errorf("%s: DocURL %q is not a page of the guide", c.ID, c.DocURL)
		}
	}
	Builtin()[0].ID = "changed"
	if Builtin()[0].ID != "target.exists" {
		t.Error("Builtin returns shared memory")
	}
}

func findingOf(t *testing.T, r Report, id string) Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.CheckID == id {
			return f
		}
	}
	t.Fatalf("no finding of %s", id)
	return Finding{}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func FuzzBuiltin(f *testing.F) {
	for _, r := range append(append(targetRows(), sourceRows()...), pairRows()...) {
		facts := goodFacts()
		r.change(&facts)
		b, err := json.Marshal(facts)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var facts, copied Facts
		if json.Unmarshal(data, &facts) != nil || json.Unmarshal(data, &copied) != nil {
			t.Skip()
		}
		// Not through Judge, which would hide a panic.
		for _, c := range Builtin() {
			got := c.Judge(facts)
			if got.Outcome != Pass && got.Outcome != Fail && got.Outcome != Unknown {
				t.Errorf("%s: outcome %q", c.ID, got.Outcome)
			}
			if got.Subject == "" || got.Observed == "" || got.Required == "" || (got.Remedy == "") != (got.Outcome == Pass) {
				t.Errorf("%s: incomplete: %+v", c.ID, got)
			}
		}
		if !reflect.DeepEqual(facts, copied) {
			t.Error("judging changed the facts")
		}
		if s := Judge(facts, Builtin(), nil).String(); strings.ContainsAny(s, "\x1b\r\t") {
			t.Errorf("control characters reach the terminal: %q", s)
		}
	})
}
