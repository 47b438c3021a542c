package migration

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/verify"
)

// VerifyResult is what one comparison of both ends found.
type VerifyResult struct {
	// Step is the step that compared.
	Step progress.State `json:"step"`
	// Report is what it found. Its differences have the first eight bytes of the
	// SHA-256 in place of the name of a key, and no values whatever the options were.
	// For the names, see [verify.Options].OnDifference.
	Report verify.Report `json:"report"`
	// Err is why the comparison did not come to its end; empty if it did.
	Err string `json:"err,omitempty"`
}

// redacted are differences without keys and values.
func redacted(all []verify.Difference, shown verify.Values) []verify.Difference {
	all = slices.Clone(all)
	for i := range all {
		d := &all[i]
		sum := sha256.Sum256(d.Key)
		d.Key = fmt.Appendf(nil, "sha256:%x", sum[:8])
		if shown == verify.ValuesShow {
			d.Fields, d.Source, d.Target = nil, "", ""
		}
	}
	return all
}

// compared keeps a result for the run, in the place of an earlier one of the same
// step. Nothing is kept of a step that was abandoned.
func (s *Session) compared(v VerifyResult) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	all := slices.DeleteFunc(s.run.result.Verify, func(old VerifyResult) bool { return old.Step == v.Step })
	s.run.result.Verify = append(all, v)
}

// markdownDifferences is how many differences of a comparison a change ticket
// shows.
const markdownDifferences = 10

func (r Result) writeVerify(b *strings.Builder) {
	for _, v := range r.Verify {
		fmt.Fprintf(b, "\n## Comparison of both ends: %s\n\n", v.Step)
		t := table{b}
		t.head("What", "Value")
		t.row("verdict", string(v.Report.Verdict))
		t.row("mode", string(v.Report.Mode))
		t.row("certainty", v.Report.Certainty)
		for _, weaker := range v.Report.Weaker {
			t.row("weaker", weaker)
		}
		if v.Err != "" {
			t.row("ended by", v.Err)
		}
		t.row("began", stamp(v.Report.Began))
		t.row("took", rounded(v.Report.Took))
		t.row("keys read", fmt.Sprintf("%d of the source, %d of the target", v.Report.Source.Keys, v.Report.Target.Keys))
		for _, class := range verify.Classes() {
			if n := v.Report.Counts[class]; n > 0 {
				t.row(string(class), fmt.Sprint(n))
			}
		}
		writeDifferences(b, v.Report.Differences)
	}
}

func writeDifferences(b *strings.Builder, all []verify.Difference) {
	if len(all) == 0 {
		return
	}
	b.WriteString("\nThe first differences, keys by digest:\n\n")
	t := table{b}
	t.head("Class", "DB", "Type", "Key", "Elements")
	for _, d := range all[:min(len(all), markdownDifferences)] {
		t.row(string(d.Class), fmt.Sprint(d.DB), d.Type, string(d.Key), fmt.Sprint(d.FieldCount))
	}
}
