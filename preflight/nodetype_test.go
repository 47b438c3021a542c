package preflight

import "testing"

func TestSmallestNode(t *testing.T) {
	t.Parallel()
	const gib = 1 << 30
	for _, r := range []struct {
		why, current string
		bytes        int64
		reserved     int
		want         string
	}{
		{"the next size", "cache.m6g.large", 6 * gib, 25, "cache.m6g.xlarge"},
		{"the present one was seen to be too small, whatever the table says", "cache.m6g.large", gib, 0, "cache.m6g.xlarge"},
		{"a size that is not in the table", "cache.m6g.32xlarge", 6 * gib, 25, "cache.m6g.xlarge"},
		{"the reserve counts", "cache.r5.large", 11 * gib, 25, "cache.r5.xlarge"},
		{"a family that is too small", "cache.t3.medium", 6 * gib, 25, "cache.m6g.xlarge"},
		{"a family with more memory", "cache.m6g.16xlarge", 300 * gib, 25, "cache.r6g.16xlarge"},
		{"the largest of all", "cache.r6g.16xlarge", 400 * gib, 25, "cache.r5.24xlarge"},
		{"nothing is large enough", "cache.m5.large", 1 << 50, 25, ""},
		{"a family that is not known", "cache.m9x.large", gib, 25, ""},
		{"not a node type", "", gib, 25, ""},
	} {
		if got := smallestNode(r.current, r.bytes, r.reserved); got != r.want {
			t.Errorf("%s: %q, want %q", r.why, got, r.want)
		}
	}
}

func TestNodeFamiliesGrow(t *testing.T) {
	t.Parallel()
	for _, family := range []string{"t2", "t3", "t4g", "m4", "m5", "m6g", "m7g", "r4", "r5", "r6g", "r7g"} {
		last := int64(0)
		for _, size := range nodeFamily(family) {
			if size.maxMemory <= last {
				t.Errorf("%s.%s: %d after %d", family, size.name, size.maxMemory, last)
			}
			last = size.maxMemory
		}
		if last == 0 {
			t.Errorf("%s has no sizes", family)
		}
	}
}
