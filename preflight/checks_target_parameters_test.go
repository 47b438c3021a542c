package preflight

import (
	"strings"
	"testing"
)

func targetParameterRows() []builtinRow {
	needs := func(n int) func(*Facts) { return func(f *Facts) { f.Target.Parameters.MinReplicasToWrite = n } }
	none := func(f *Facts) { f.Target.Parameters = nil; gap(f, "target.parameters", "AccessDenied") }
	return []builtinRow{
		{"none", good, "target.renamed-commands", Pass, "none", ""},
		{"renamed", func(f *Facts) { f.Target.Parameters.RenamedCommands = []string{"flushall", "keys"} }, "target.renamed-commands", Fail, "renamed: flushall, keys", "aws elasticache reset-cache-parameter-group --cache-parameter-group-name orders-valkey8 --parameter-name-values ParameterName=rename-commands"},
		{"in a group whose name was not given", func(f *Facts) {
			f.Target.Parameters.RenamedCommands, f.Target.ParameterGroup = []string{"keys"}, ""
		}, "target.renamed-commands", Fail, "keys", "--cache-parameter-group-name <parameter group> "},
		{"parameters are denied", none, "target.renamed-commands", Unknown, "AccessDenied", "DescribeCacheParameters"},
		{"nobody asked", func(f *Facts) { f.Target.Parameters = nil }, "target.renamed-commands", Unknown, "no reason was recorded", "DescribeCacheParameters"},
		{"a gap is not an empty value", func(f *Facts) { gap(f, "target.parameters.renamed_commands", "garbled") }, "target.renamed-commands", Unknown, "garbled", "DescribeCacheParameters"},
		{"no group", absent, "target.renamed-commands", Unknown, "group does not exist", "target.exists"},

		{"off", good, "target.min-replicas", Pass, "min-replicas-to-write 0", ""},
		{"as many as there are", needs(1), "target.min-replicas", Pass, "min-replicas-to-write 1, replicas 1", ""},
		{"more than there are", needs(2), "target.min-replicas", Fail, "min-replicas-to-write 2, replicas 1", "--cache-parameter-group-name orders-valkey8 --parameter-name-values ParameterName=min-replicas-to-write,ParameterValue=1"},
		{"more replicas would do", needs(2), "target.min-replicas", Fail, "replicas 1", "increase-replica-count --replication-group-id prod --new-replica-count 2"},
		{"members of all shards", func(f *Facts) {
			needs(1)(f)
			f.Target.NodeGroups = 2
		}, "target.min-replicas", Fail, "replicas 0", "ParameterValue=0"},
		{"no members", func(f *Facts) { needs(1)(f); f.Target.Members = nil }, "target.min-replicas", Unknown, "members not seen", "DescribeCacheClusters"},
		{"parameters are denied", none, "target.min-replicas", Unknown, "AccessDenied", "DescribeCacheParameters"},
		{"nobody asked", func(f *Facts) { f.Target.Parameters = nil }, "target.min-replicas", Unknown, "no reason was recorded", "DescribeCacheParameters"},
		{"no group", absent, "target.min-replicas", Unknown, "group does not exist", "target.exists"},
	}
}

func TestSetParameter(t *testing.T) {
	t.Parallel()
	for _, r := range []struct{ why, group, want string }{
		{"a group of one's own is changed", "ours", "aws elasticache modify-cache-parameter-group --cache-parameter-group-name ours --parameter-name-values ParameterName=maxmemory-policy,ParameterValue=noeviction (Terraform:"},
		{"a default one cannot be", "default.valkey8", `aws elasticache create-cache-parameter-group --cache-parameter-group-name prod-parameters --cache-parameter-group-family valkey8 --description "parameters of prod" && aws elasticache modify-cache-parameter-group --cache-parameter-group-name prod-parameters --parameter-name-values ParameterName=maxmemory-policy,ParameterValue=noeviction && aws elasticache modify-replication-group --replication-group-id prod --cache-parameter-group-name prod-parameters --apply-immediately (Terraform:`},
		{"the family of a default one for cluster mode", "default.redis7.cluster.on", "--cache-parameter-group-family redis7 "},
		{"not known", "", "--cache-parameter-group-name <parameter group> "},
	} {
		got := setParameter(Target{ID: "prod", ParameterGroup: r.group}, "maxmemory-policy", "noeviction")
		if !strings.Contains(got, r.want) || !strings.HasSuffix(got, `parameter { name = "maxmemory-policy", value = "noeviction" })`) {
			t.Errorf("%s:\n got %s\nwant %s", r.why, got, r.want)
		}
	}
}
