package preflight

import "fmt"

// Counts says how many findings of a report are what. Passed, Failed and
// Unknown add up to Checks; Warnings, Waived, Blocking and Passed do too.
type Counts struct {
	// Checks is the number of findings.
	Checks int `json:"checks"`
	// Passed is how many passed.
	Passed int `json:"passed"`
	// Failed is how many failed, waived ones and warnings included.
	Failed int `json:"failed"`
	// Unknown is how many could not be told, waived ones and warnings included.
	Unknown int `json:"unknown"`
	// Warnings is how many did not pass, are not waived and stop nothing.
	Warnings int `json:"warnings"`
	// Waived is how many did not pass and are overridden by an operator.
	Waived int `json:"waived"`
	// Blocking is how many stop the migration.
	Blocking int `json:"blocking"`
}

// Counts counts the findings, for a metric or a table.
func (r Report) Counts() Counts {
	c := Counts{Checks: len(r.Findings)}
	for _, f := range r.Findings {
		switch f.Outcome {
		case Pass:
			c.Passed++
		case Fail:
			c.Failed++
		default:
			c.Unknown++
		}
		switch f.place() {
		case placeBlocks:
			c.Blocking++
		case placeWarns:
			c.Warnings++
		case placeWaived:
			c.Waived++
		}
	}
	return c
}

// Summary counts the outcomes in one line, e.g. "12 checks: 10 passed, 1
// failed, 1 unknown; 1 waived, 1 blocks".
func (r Report) Summary() string {
	c := r.Counts()
	s := fmt.Sprintf("%s: %d passed, %d failed, %d unknown; ", checks(c.Checks), c.Passed, c.Failed, c.Unknown)
	if c.Waived > 0 {
		s += fmt.Sprintf("%d waived, ", c.Waived)
	}
	return s + blocks(c.Blocking)
}

func checks(n int) string {
	if n == 1 {
		return "1 check"
	}
	return fmt.Sprintf("%d checks", n)
}

func blocks(n int) string {
	switch n {
	case 0:
		return "nothing blocks"
	case 1:
		return "1 blocks"
	}
	return fmt.Sprintf("%d block", n)
}
