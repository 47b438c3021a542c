package lint

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// sample is a tiny project and what a rule must say about it.
type sample struct {
	rule  string
	why   string
	files map[string]string // path to content
	want  []string          // "path:line: text" of each finding, by prefix
}

// TestRules holds each rule against sources that break it and sources that
// come close and do not.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		t.Run(s.rule+"/"+s.why, func(t *testing.T) {
			t.Parallel()
			got := findings(t, s)
			if len(got) != len(s.want) {
				t.Fatalf("got %d findings, want %d:\n%s", len(got), len(s.want), lines(got))
			}
			for i, f := range got {
				if f.Rule != s.rule || f.Text == "" || f.Remedy == "" {
					t.Errorf("incomplete finding %+v", f)
				}
				line := strings.Replace(f.String(), " "+s.rule+": ", " ", 1)
				if !strings.HasPrefix(line, s.want[i]) {
					t.Errorf("got  %s\nwant %s...", line, s.want[i])
				}
			}
		})
	}
}

// TestEveryRuleFails refuses a rule that no sample was seen to break.
func TestEveryRuleFails(t *testing.T) {
	t.Parallel()
	for _, r := range Rules() {
		if !slices.ContainsFunc(samples(), func(s sample) bool { return s.rule == r.Name && len(s.want) > 0 }) {
			t.Errorf("rule %s: no sample breaks it; add one to samples", r.Name)
		}
		if !slices.ContainsFunc(samples(), func(s sample) bool { return s.rule == r.Name && len(s.want) == 0 }) {
			t.Errorf("rule %s: no sample keeps it; add one to samples", r.Name)
		}
	}
}

// findings runs the sample's rule over its files.
func findings(t *testing.T, s sample) []Finding {
	t.Helper()
	fsys := fstest.MapFS{}
	for path, src := range s.files {
		fsys[path] = &fstest.MapFile{Data: []byte(src)}
	}
	tree, err := Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range Rules() {
		if r.Name == s.rule {
			return Run(tree, []Rule{r})
		}
	}
	t.Fatalf("no rule %s", s.rule)
	return nil
}

func lines(found []Finding) string {
	var b strings.Builder
	for _, f := range found {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}
