package redisinfo

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Version is the version of a server.
type Version struct {
	Major int // Major is the first number.
	Minor int // Minor is the second number.
	Patch int // Patch is the third number; 0 if not given.
}

// ParseVersion parses "7.0.15", "7.2" or "8.0.0-rc1"; what follows the numbers
// is ignored.
func ParseVersion(s string) (Version, error) {
	core := s
	if i := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }); i >= 0 {
		core = s[:i]
	}
	parts := strings.Split(core, ".")
	if len(parts) < 2 || len(parts) > 4 {
		return Version{}, fmt.Errorf("redisinfo: version %q is not of the form major.minor.patch", s)
	}
	var n [3]int
	for i, p := range parts[:min(len(parts), 3)] {
		v, err := strconv.Atoi(p)
		if err != nil {
			return Version{}, fmt.Errorf("redisinfo: version %q is not of the form major.minor.patch", s)
		}
		n[i] = v
	}
	return Version{Major: n[0], Minor: n[1], Patch: n[2]}, nil
}

// Compare returns -1, 0 or +1 as v is older than, equal to or newer than o.
func (v Version) Compare(o Version) int {
	return cmp.Or(cmp.Compare(v.Major, o.Major), cmp.Compare(v.Minor, o.Minor), cmp.Compare(v.Patch, o.Patch))
}

// AtLeast reports whether v is o or newer.
func (v Version) AtLeast(o Version) bool { return v.Compare(o) >= 0 }

// String is "major.minor.patch".
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }
