package preflight

import (
	"cmp"
	"fmt"
	"strings"
)

// usualReserve is reserved-memory-percent where it is not known (documented
// default).
const usualReserve = 25

func judgeMemory(f Facts) Finding {
	const required = "used_memory of the source at most maxmemory of the target's node after the reserved memory"
	return judgeMemorySizes(f).finding(f.pairName(), required)
}

func judgeMemorySizes(f Facts) verdict {
	switch {
	case f.Source == nil:
		return unknown("source: "+f.why("source"), showSource)
	case f.Source.UsedMemory <= 0 || f.absent("source.used_memory") != "":
		return unknown("source: used_memory "+f.why("source.used_memory"), showSource)
	case f.Target != nil && !f.Target.Exists:
		return unknown("group does not exist", "see target.exists")
	}
	used := f.Source.UsedMemory
	limit, whence := f.memoryLimit()
	if limit <= 0 {
		// Every ElastiCache node has a limit: not seeing it is no good news.
		return unknown(fmt.Sprintf("source uses %s, target's maxmemory %s", mib(used), f.why("target_node.maxmemory", "target_node", "target.parameters", "target")),
			showNode+"; or compare with the node type's memory by hand: an ElastiCache node always has a limit")
	}
	observed := fmt.Sprintf("source uses %s, target has %s (%s)", mib(used), mib(limit), whence)
	switch {
	case used > limit:
		return failed(observed+"; "+f.atPromotion(), memoryRemedy(f, used))
	case f.Target != nil && (f.Target.NodeGroups <= 0 || f.absent("target.node_groups") != ""):
		return unknown(observed+"; how many shards share it was "+f.why("target.node_groups"), lookAt(*f.Target))
	case f.Target != nil && f.Target.NodeGroups > 1:
		return unknown(fmt.Sprintf("%s; one shard of %d was looked at", observed, f.Target.NodeGroups),
			"compare used_memory of each shard of the source with maxmemory of the target's nodes")
	default:
		return passed(observed)
	}
}

// memoryLimit is what the target's node has for data, 0 if it is not known,
// and how that is known.
func (f Facts) memoryLimit() (bytes int64, whence string) {
	if n := f.TargetNode; n != nil && n.MaxMemory > 0 && f.absent("target_node.maxmemory") == "" {
		return n.MaxMemory, "maxmemory of its node"
	}
	if f.Target == nil || f.Target.Parameters == nil {
		return 0, ""
	}
	p := f.Target.Parameters
	if f.absent("target.parameters.maxmemory") != "" || f.absent("target.parameters.reserved_memory_percent") != "" ||
		p.ReservedMemoryPercent < 0 || p.ReservedMemoryPercent >= 100 {
		return 0, ""
	}
	return dataMemory(p.MaxMemory, p.ReservedMemoryPercent), fmt.Sprintf("maxmemory %s of the node type less %d %% reserved", mib(p.MaxMemory), p.ReservedMemoryPercent)
}

// atPromotion says what becomes of data that does not fit.
func (f Facts) atPromotion() string {
	policy, known := f.targetPolicy()
	const noError = "the sync itself reports no error, and after the promotion "
	switch {
	case !known:
		return noError + "the target refuses writes or evicts keys; its maxmemory-policy was not seen"
	case policy == "noeviction":
		return noError + "every write is refused with OOM (noeviction)"
	case strings.HasPrefix(policy, "volatile-"):
		return noError + "keys with a TTL are evicted, and every write is refused with OOM once there are none (" + policy + ")"
	default:
		return noError + "keys are evicted, 70 % of them by the first writes in a measured case (" + policy + ")"
	}
}

// memoryRemedy names the node type that has the bytes, if one is known.
func memoryRemedy(f Facts, bytes int64) string {
	reserve := usualReserve
	if f.Target == nil {
		return fmt.Sprintf("choose a node type for the target that has %s for data after the reserved memory", mib(bytes))
	}
	if p := f.Target.Parameters; p != nil && p.ReservedMemoryPercent >= 0 && p.ReservedMemoryPercent < 100 {
		reserve = p.ReservedMemoryPercent
	}
	node := smallestNode(f.Target.NodeType, bytes, reserve)
	if node == "" {
		return fmt.Sprintf("no node type is known here that has %s for data: use a larger one than %s, or keep less data on the source", mib(bytes), cmp.Or(f.Target.NodeType, "the present one"))
	}
	return fmt.Sprintf("%s (now %s; Terraform: aws_elasticache_replication_group, node_type = %q; it has to hold %s after %d %% reserved)",
		modify(*f.Target, "--cache-node-type "+node), cmp.Or(f.Target.NodeType, "not given"), node, mib(bytes), reserve)
}

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
