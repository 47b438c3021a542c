package preflight

import (
	"cmp"
	"slices"
	"strings"
)

// place is where a report has a finding. What needs a person comes first.
type place int

const (
	placeBlocks place = iota
	placeWarns
	placeWaived
	placePassed
)

func (f Finding) place() place {
	switch {
	case f.Outcome == Pass:
		return placePassed
	case f.Waived:
		return placeWaived
	case f.Blocks():
		return placeBlocks
	}
	return placeWarns
}

// family is the part of the id before the dot: what the check is about.
func (f Finding) family() string {
	family, _, _ := strings.Cut(f.CheckID, ".")
	return family
}

// at returns the findings of one place: failures before what could not be
// told, and in both the families together, in the order of the checks.
func (r Report) at(p place) []Finding {
	order := map[string]int{}
	var out []Finding
	for i, f := range r.Findings {
		if _, seen := order[f.family()]; !seen {
			order[f.family()] = i
		}
		if f.place() == p {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(urgency(a)-urgency(b), order[a.family()]-order[b.family()])
	})
	return out
}

func urgency(f Finding) int {
	if f.Outcome == Unknown {
		return 1
	}
	return 0
}

// passedByFamily splits what passed into its families.
func (r Report) passedByFamily() [][]Finding {
	var out [][]Finding
	for _, f := range r.at(placePassed) {
		if n := len(out); n > 0 && out[n-1][0].family() == f.family() {
			out[n-1] = append(out[n-1], f)
			continue
		}
		out = append(out, []Finding{f})
	}
	return out
}

// inFamily counts the findings of a family.
func (r Report) inFamily(family string) int {
	n := 0
	for _, f := range r.Findings {
		if f.family() == family {
			n++
		}
	}
	return n
}

// byCause puts neighbours together that are unknown for the same reason, such as
// the whole network where nobody could look at it.
func byCause(found []Finding) [][]Finding {
	var out [][]Finding
	for _, f := range found {
		if n := len(out); n > 0 && sameCause(out[n-1][0], f) {
			out[n-1] = append(out[n-1], f)
			continue
		}
		out = append(out, []Finding{f})
	}
	return out
}

func sameCause(a, b Finding) bool {
	return a.Outcome == Unknown && b.Outcome == Unknown && a.family() == b.family() &&
		a.Observed == b.Observed && a.Remedy == b.Remedy && a.Observed != ""
}
