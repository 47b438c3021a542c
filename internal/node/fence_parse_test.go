package node

import (
	"slices"
	"strings"
	"testing"
)

// TestParseACL reads lines of ACL LIST, of 6.0 and of 7.0.
func TestParseACL(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		line     string
		rights   []string
		patterns []string
	}{
		{"user default on nopass ~* +@all", []string{"+@all"}, []string{"*"}},
		{"user a off #00 sanitize-payload ~app:* %R~x &news -@all +get +client|list", []string{"-@all", "+get", "+client|list"}, []string{"app:*", "x"}},
		{"user a on resetchannels -@all (~x:* resetchannels -@all +set) (%W~y -@all)", []string{"-@all", "(~x:* resetchannels -@all +set)", "(%W~y -@all)"}, nil},
	} {
		u, ok := parseACL(row.line)
		if !ok || !slices.Equal(u.rights(), row.rights) || !slices.Equal(u.patterns(), row.patterns) {
			t.Errorf("%s: %+v %t, rights %q, patterns %q", row.line, u, ok, u.rights(), u.patterns())
		}
	}
	for _, line := range []string{"", "user", "default on", "user a (~x +set"} {
		if u, ok := parseACL(line); ok {
			t.Errorf("%q: %+v", line, u)
		}
	}
}

// FuzzParseACL: no password is among the rules, and no rule is invented.
func FuzzParseACL(f *testing.F) {
	f.Add("user default on nopass ~* &* +@all")
	f.Add("user a off #00 (~x +set) -@all")
	f.Fuzz(func(t *testing.T, line string) {
		u, ok := parseACL(line)
		if !ok {
			return
		}
		words := strings.Fields(line)
		for _, r := range u.rules {
			if r[0] == '#' {
				t.Errorf("%q: the rule %q is a password", line, r)
			}
			for w := range strings.FieldsSeq(r) {
				if !slices.Contains(words, w) {
					t.Errorf("%q: the rule %q is not in it", line, w)
				}
			}
		}
		_, _, _ = u.patterns(), u.permits(), u.selectors()
	})
}
