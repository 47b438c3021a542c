package simulator

import (
	"maps"
	"slices"
)

// nodeMemories returns maxmemory in bytes by node type before the reserve is
// taken off (documented, guide of 2023).
func nodeMemories() map[string]int64 {
	return map[string]int64{
		"cache.t2.micro":     581959680,
		"cache.t2.small":     1665138688,
		"cache.t2.medium":    3461349376,
		"cache.t3.micro":     536870912,
		"cache.t3.small":     1471026299,
		"cache.t3.medium":    3317862236,
		"cache.t4g.micro":    536870912,
		"cache.t4g.small":    1471026299,
		"cache.t4g.medium":   3317862236,
		"cache.m5.large":     6854542746,
		"cache.m5.xlarge":    13891921715,
		"cache.m5.2xlarge":   27966669210,
		"cache.m5.4xlarge":   56116178125,
		"cache.m5.12xlarge":  168715971994,
		"cache.m5.24xlarge":  337500562842,
		"cache.m6g.large":    6854542746,
		"cache.m6g.xlarge":   13891921715,
		"cache.m6g.2xlarge":  27966669210,
		"cache.m6g.4xlarge":  56116178125,
		"cache.m6g.8xlarge":  111325552312,
		"cache.m6g.12xlarge": 168715971994,
		"cache.m6g.16xlarge": 225000375228,
		"cache.r5.large":     14037181030,
		"cache.r5.xlarge":    28261849702,
		"cache.r5.2xlarge":   56711183565,
		"cache.r5.4xlarge":   113609865216,
		"cache.r5.12xlarge":  341206346547,
		"cache.r5.24xlarge":  682485973811,
		"cache.r6g.large":    14037181030,
		"cache.r6g.xlarge":   28261849702,
		"cache.r6g.2xlarge":  56711183565,
		"cache.r6g.4xlarge":  113609865216,
		"cache.r6g.8xlarge":  225000375228,
		"cache.r6g.12xlarge": 341206346547,
		"cache.r6g.16xlarge": 450000750456,
		"cache.r6gd.xlarge":  28261849702,
		"cache.r6gd.2xlarge": 56711183565,
	}
}

// nodeMemory returns the memory of a node type, 0 for one not in the table.
func nodeMemory(nodeType string) int64 { return nodeMemories()[nodeType] }

func nodeTypes() []string { return slices.Sorted(maps.Keys(nodeMemories())) }
