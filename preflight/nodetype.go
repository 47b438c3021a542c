package preflight

import "strings"

// nodeSize is a node type and its maxmemory in bytes before the reserve is
// taken off.
type nodeSize struct {
	name      string
	maxMemory int64
}

// nodeFamily returns the sizes of a family such as "m6g", smallest first; nil
// if it is not known. Documented up to the families m6g and r6g; m7g and r7g
// are assumed to equal them. r6gd is left out: a migration cannot go there.
func nodeFamily(family string) []nodeSize {
	switch family {
	case "t2":
		return []nodeSize{{"micro", 581959680}, {"small", 1665138688}, {"medium", 3461349376}}
	case "t3", "t4g":
		return []nodeSize{{"micro", 536870912}, {"small", 1471026299}, {"medium", 3317862236}}
	case "m4":
		return []nodeSize{{"large", 6892593152}, {"xlarge", 11496376320}, {"2xlarge", 31889126359}, {"4xlarge", 65257290629}, {"10xlarge", 166047614239}}
	case "m5":
		return append(generalSizes(), nodeSize{"12xlarge", 168715971994}, nodeSize{"24xlarge", 337500562842})
	case "m6g", "m7g":
		return append(generalSizes(), nodeSize{"8xlarge", 111325552312}, nodeSize{"12xlarge", 168715971994}, nodeSize{"16xlarge", 225000375228})
	case "r4":
		return []nodeSize{{"large", 13201781556}, {"xlarge", 26898228839}, {"2xlarge", 54197537997}, {"4xlarge", 108858546586}, {"8xlarge", 218255432090}, {"16xlarge", 437021573120}}
	case "r5":
		return append(memorySizes(), nodeSize{"12xlarge", 341206346547}, nodeSize{"24xlarge", 682485973811})
	case "r6g", "r7g":
		return append(memorySizes(), nodeSize{"8xlarge", 225000375228}, nodeSize{"12xlarge", 341206346547}, nodeSize{"16xlarge", 450000750456})
	default:
		return nil
	}
}

// generalSizes are what the families m5 and m6g share.
func generalSizes() []nodeSize {
	return []nodeSize{{"large", 6854542746}, {"xlarge", 13891921715}, {"2xlarge", 27966669210}, {"4xlarge", 56116178125}}
}

// memorySizes are what the families r5 and r6g share.
func memorySizes() []nodeSize {
	return []nodeSize{{"large", 14037181030}, {"xlarge", 28261849702}, {"2xlarge", 56711183565}, {"4xlarge", 113609865216}}
}

// smallestNode returns the smallest node type above current that has bytes for
// data after the reserve, in the same family or else in those with more memory;
// "" if none is, or the family is not known.
func smallestNode(current string, bytes int64, reservedPercent int) string {
	own, sizeName, _ := strings.Cut(strings.TrimPrefix(current, "cache."), ".")
	sizes := nodeFamily(own)
	if sizes == nil {
		return ""
	}
	least := int64(0)
	for _, size := range sizes {
		if size.name == sizeName {
			least = size.maxMemory
		}
	}
	for _, family := range []string{own, "m6g", "r6g", "r5"} {
		for _, size := range nodeFamily(family) {
			if size.maxMemory > least && dataMemory(size.maxMemory, reservedPercent) >= bytes {
				return "cache." + family + "." + size.name
			}
		}
	}
	return ""
}

// dataMemory is what is left for data of maxmemory.
func dataMemory(maxMemory int64, reservedPercent int) int64 {
	return int64(float64(maxMemory) / 100 * float64(100-reservedPercent))
}
