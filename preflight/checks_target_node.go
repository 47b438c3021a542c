package preflight

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// targetNodeChecks are about the nodes of the group and what they hold.
func targetNodeChecks() []Check {
	return []Check{
		{
			ID: "target.engine", Title: "The target's engine can be migrated to",
			Detail: "Looks at engine and version of the members. Documented: any Valkey, or Redis OSS 5.0.6 or later; some editions of the guide say 5.0.5, so that version is unknown.",
			DocURL: pagePrepare,
			Judge:  onTarget("Valkey, or Redis OSS "+targetFloor().String()+" or later", judgeEngine, "engine", "engine_version"),
		},
		{
			ID: "target.node-type", Title: "The node type has no data tiering",
			Detail: "Looks for the r6gd family in the node type. Documented: a migration to it is not possible, and data tiering is always on there. Where the group says itself that data tiering is enabled, target.data-tiering reports it and this check is left out.",
			DocURL: guide + "data-tiering.html",
			Applies: func(f Facts) bool {
				return f.Target == nil || f.Target.DataTiering != "enabled" || f.absent("target.data_tiering") != ""
			},
			Judge: onTarget("a node type outside the r6gd family", judgeNodeType, "node_type"),
		},
		{
			ID: "target.data-tiering", Title: "Data tiering is off",
			Detail: "Looks at DataTiering of the group. Documented: a migration is not possible to a group that has it enabled.",
			DocURL: guide + "data-tiering.html",
			Judge:  onTarget("data tiering disabled", judgeDataTiering, "data_tiering"),
		},
		{
			ID: "target.network-type", Title: "The target speaks the IP version of the source",
			Detail: "Compares the network type of the group with the IP addresses that the source's address stands for. Assumed: a group that is IPv4 only reaches no IPv6 address and the other way round, and of several addresses the nodes take one that they can reach. Documented: the network type of a group cannot be switched.",
			DocURL: guide + "network-type.html", UnknownSeverity: Warning, // the name may resolve in the VPC alone
			Judge: withTarget("a network type that has the IP version of the source's address", judgeNetworkType, "network_type"),
		},
		{
			ID: "target.empty", Title: "The target holds no data",
			Detail: "Counts the keys that the group's primary node holds. Measured: a full sync discards all of them; on some versions even one that fails. If they may go, waive this check by its id.",
			DocURL: pageOverview,
			Judge:  withTarget("no keys in any database", judgeEmpty),
		},
	}
}

func targetFloor() version { return version{5, 0, 6} }

func judgeEngine(t Target) verdict {
	observed := strings.TrimSpace(cmp.Or(t.Engine, "engine not given") + " " + cmp.Or(t.EngineVersion, "without a version"))
	switch t.Engine {
	case "valkey":
		return passed(observed)
	case "":
		return unknown(observed, lookAt(t))
	case "redis":
	default:
		return failed(observed, "create a group of Valkey"+terraform(`engine = "valkey", engine_version = "8.0"`)+" and migrate to that: the engine of this one cannot be changed to it")
	}
	upgrade := modify(t, "--engine-version 7.1 --cache-parameter-group-name <parameter group of the family redis7>") +
		terraform(`engine_version = "7.1", parameter_group_name`) + "; an upgrade cannot be taken back"
	v, ok := parseVersion(t.EngineVersion)
	switch {
	case !ok:
		return unknown(observed, showMembers)
	case !v.less(targetFloor()):
		return passed(observed)
	case v == version{5, 0, 5}:
		return unknown(observed+": the editions of the guide differ about this version", upgrade)
	default:
		return failed(observed, upgrade)
	}
}

// noTiering is the way out of data tiering.
const noTiering = "create a new group with a node type that has no data tiering, e.g. of the r6g or r7g family (Terraform: node_type, data_tiering_enabled = false), and migrate to that: a group cannot be scaled between the two (documented)"

func judgeNodeType(t Target) verdict {
	switch {
	case t.NodeType == "":
		return unknown("no node type given", lookAt(t))
	case strings.Contains(t.NodeType, ".r6gd."):
		return failed(t.NodeType, noTiering)
	default:
		return passed(t.NodeType)
	}
}

func judgeDataTiering(t Target) verdict {
	switch {
	case t.DataTiering == "disabled":
		return passed("disabled")
	case t.DataTiering == "enabled":
		return failed("enabled, node type "+cmp.Or(t.NodeType, "not given"), noTiering)
	case t.DataTiering == "" && t.NodeType != "" && !strings.Contains(t.NodeType, ".r6gd."):
		return passed("not given; " + t.NodeType + " has none")
	default:
		return unknown(fmt.Sprintf("data tiering %q, node type %q", t.DataTiering, t.NodeType), "see target.node-type, or "+lookAt(t))
	}
}

func judgeNetworkType(f Facts, t Target) verdict {
	v4 := t.NetworkType == "ipv4" || t.NetworkType == "dual_stack"
	v6 := t.NetworkType == "ipv6" || t.NetworkType == "dual_stack"
	if !v4 && !v6 {
		return unknown(fmt.Sprintf("network type %q", t.NetworkType), lookAt(t))
	}
	if f.SourceAddress == nil || len(f.SourceAddress.IPs) == 0 || f.absent("source_address.ips") != "" {
		return unknown("network type "+t.NetworkType+"; IP addresses of the source "+f.why("source_address.ips"),
			"make the source's name resolvable from here, or give its private IP address")
	}
	observed := fmt.Sprintf("network type %s, source %s", t.NetworkType, strings.Join(f.SourceAddress.IPs, ", "))
	read := 0
	for _, s := range f.SourceAddress.IPs {
		ip, err := netip.ParseAddr(s)
		if err != nil {
			continue
		}
		read++
		if four := ip.Unmap().Is4(); four && v4 || !four && v6 {
			return passed(observed)
		}
	}
	if read < len(f.SourceAddress.IPs) {
		return unknown(observed+": not all are IP addresses", "give the source's private IP address")
	}
	return failed(observed, "give an address of the source of the other IP version, or create a new group that has both (aws elasticache create-replication-group --network-type dual_stack; Terraform: network_type = \"dual_stack\"): the network type of a group cannot be switched")
}

func judgeEmpty(f Facts, t Target) verdict {
	if f.TargetNode == nil || f.TargetNode.Keys == nil || f.absent("target_node.keys") != "" {
		return unknown("keys "+f.why("target_node.keys", "target_node"), showNode)
	}
	var databases []int
	keys := int64(0)
	for db, n := range f.TargetNode.Keys {
		if n < 0 || keys+n < keys {
			return unknown(fmt.Sprintf("%d keys in database %d", n, db), showNode)
		}
		if n > 0 {
			databases, keys = append(databases, db), keys+n
		}
	}
	slices.Sort(databases)
	switch {
	case keys > 0 && t.Status == "migrating":
		return unknown(fmt.Sprintf("%d keys, which come from the source that the group follows", keys), "see target.status")
	case keys > 0:
		return failed(fmt.Sprintf("%d keys in %d databases (%s): a full sync discards them", keys, len(databases), list(databases)),
			fmt.Sprintf("if they may go, waive target.empty; else keep them with: aws elasticache create-snapshot --replication-group-id %s --snapshot-name %s-before-migration; or migrate to a new group", t.ID, t.ID))
	case t.NodeGroups <= 0 || f.absent("target.node_groups") != "":
		return unknown("no keys in the shard that was asked; how many shards there are was "+f.why("target.node_groups"),
			lookAt(t)+", and ask the primary node of each: DBSIZE")
	case t.NodeGroups > 1:
		return unknown(fmt.Sprintf("no keys in the shard that was asked; the others of the %d were not", t.NodeGroups),
			"ask the primary node of each shard: DBSIZE; if the data may go, waive target.empty")
	default:
		return passed("no keys")
	}
}

// list writes the first few of the numbers.
func list(numbers []int) string {
	const most = 8
	var b strings.Builder
	for i, n := range numbers {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(numbers)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, n)
	}
	return b.String()
}
