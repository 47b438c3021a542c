package preflight

import "fmt"

// Summary counts the outcomes in one line, e.g. "12 checks: 10 passed, 1
// failed, 1 unknown; 1 waived, 1 blocks".
func (r Report) Summary() string {
	count := map[Outcome]int{}
	waived := 0
	for _, f := range r.Findings {
		count[f.Outcome]++
		if f.Waived {
			waived++
		}
	}
	noun := "checks"
	if len(r.Findings) == 1 {
		noun = "check"
	}
	s := fmt.Sprintf("%d %s: %d passed, %d failed, %d unknown", len(r.Findings), noun, count[Pass], count[Fail], count[Unknown])
	sep := "; "
	if waived > 0 {
		s += fmt.Sprintf("%s%d waived", sep, waived)
		sep = ", "
	}
	switch n := len(r.Blocking()); n {
	case 0:
		return s + sep + "nothing blocks"
	case 1:
		return s + sep + "1 blocks"
	default:
		return s + fmt.Sprintf("%s%d block", sep, n)
	}
}
