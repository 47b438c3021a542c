package simulator_test

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
)

// records are what one script brought on both sides.
type records struct {
	strict      bool // else only what both sides have is compared
	real, model []entry
}

// line is one thing that is compared.
type line struct{ label, value string }

// differences are what does not agree, and what does not hold on a side.
func (r records) differences() []string {
	var out []string
	if len(r.real) < 5 {
		out = append(out, fmt.Sprintf("the real servers gave %d entries only", len(r.real)))
	}
	out = append(out, r.compareLines()...)
	out = append(out, r.compareSizes()...)
	for side, entries := range map[string][]entry{"real": r.real, "memory": r.model} {
		for _, problem := range slices.Concat(unrelated(entries), notGrown(entries)) {
			out = append(out, side+": "+problem)
		}
	}
	return out
}

// lines writes entries so that they can be compared.
func lines(entries []entry) []line {
	var out []line
	ids, kinds := names{}, fields()
	sorted := slices.Sorted(maps.Keys(kinds))
	for _, e := range entries {
		if e.seen == nil {
			out = append(out, line{e.label, e.value})
			continue
		}
		for _, f := range sorted {
			out = append(out, line{e.label + " " + f, ids.normal(e.seen, f, kinds[f])})
		}
		for _, f := range e.seen.numbered() {
			out = append(out, line{e.label + " " + f, e.seen.list(f)})
		}
		out = append(out, line{e.label + " ROLE", e.seen.role})
	}
	return out
}

func (r records) compareLines() []string {
	var out []string
	want, got := lines(r.real), lines(r.model)
	nothing := line{"", "(nothing)"}
	for i := range max(len(want), len(got)) {
		w, g := nothing, nothing
		if i < len(want) {
			w = want[i]
		}
		if i < len(got) {
			g = got[i]
		}
		if w.label != g.label {
			// Out of step: the rest says nothing.
			return append(out, fmt.Sprintf("line %d:\n  real   %s = %s\n  memory %s = %s", i, w.label, w.value, g.label, g.value))
		}
		if w.value != g.value && (r.strict || !alike(w.value, g.value)) {
			out = append(out, fmt.Sprintf("%s:\n  real   %s\n  memory %s", w.label, w.value, g.value))
		}
	}
	return out
}

// alike compares across versions: fields that either side lacks, and the words
// of errors behind their code, do not count.
func alike(w, g string) bool {
	code := regexp.MustCompile(`error (\S+)[^\]]*`)
	return w == "absent" || g == "absent" || code.ReplaceAllString(w, "error $1") == code.ReplaceAllString(g, "error $1")
}

// Sizes of the same data may differ by sizeFactor. What a server with a few
// keys calls its data is mostly buffers, up to 1 MB of them (measured on 7.0).
const (
	sizeFactor = 3
	fewKeys    = 1000
	buffers    = 2 << 20
)

// keys is how many keys the server holds.
func (s *sighting) keys() int64 {
	total := int64(0)
	for _, f := range s.numbered() {
		var n int64
		if _, err := fmt.Sscanf(s.info[f], "keys=%d", &n); err == nil {
			total += n
		}
	}
	return total
}

// farOff reports whether two sizes are not about the same.
func farOff(a, b, slack int64) bool {
	most, least := max(a, b), min(a, b)
	return most-least > slack && most > sizeFactor*least
}

// compareSizes compares the sizes that the two sides tell at the same look.
func (r records) compareSizes() []string {
	var out, sizes []string
	for f, k := range fields() {
		if k == size {
			sizes = append(sizes, f)
		}
	}
	slices.Sort(sizes)
	for i := range min(len(r.real), len(r.model)) {
		w, g := r.real[i].seen, r.model[i].seen
		if w == nil || g == nil {
			continue
		}
		slack := int64(0)
		if w.keys() < fewKeys && w.info["loading"] != "1" {
			slack = buffers
		}
		for _, f := range sizes {
			if !w.has(f) || !g.has(f) {
				continue
			}
			a, b := w.number(f), g.number(f)
			if farOff(a, b, slack) {
				out = append(out, fmt.Sprintf("%s %s is too far off:\n  real   %d\n  memory %d", r.real[i].label, f, a, b))
			}
		}
	}
	return out
}

// relation is what must hold between fields, whatever their values are.
type relation struct {
	name  string
	holds func(s *sighting) bool
}

func relations() []relation {
	return []relation{
		{"second_repl_offset-1 <= master_repl_offset", func(s *sighting) bool {
			return s.number("second_repl_offset")-1 <= s.number("master_repl_offset")
		}},
		{"repl_backlog_histlen reaches from the first byte to master_repl_offset", func(s *sighting) bool {
			return s.info["repl_backlog_active"] != "1" ||
				s.number("repl_backlog_first_byte_offset")+s.number("repl_backlog_histlen")-1 == s.number("master_repl_offset")
		}},
		{"loading_loaded_bytes <= loading_total_bytes", func(s *sighting) bool {
			return s.number("loading_loaded_bytes") <= s.number("loading_total_bytes")
		}},
		{"current_save_keys_processed <= current_save_keys_total", func(s *sighting) bool {
			return s.number("current_save_keys_processed") <= s.number("current_save_keys_total")
		}},
		{"used_memory_dataset < used_memory", func(s *sighting) bool {
			return s.number("used_memory_dataset") < s.number("used_memory")
		}},
		{"slave_repl_offset <= slave_read_repl_offset", func(s *sighting) bool {
			return s.number("slave_repl_offset") <= s.number("slave_read_repl_offset")
		}},
		{"master_sync_read_bytes + master_sync_left_bytes = master_sync_total_bytes", func(s *sighting) bool {
			return s.number("master_sync_read_bytes")+s.number("master_sync_left_bytes") == s.number("master_sync_total_bytes")
		}},
		{"master_sync_read_bytes <= master_sync_total_bytes", func(s *sighting) bool {
			total := s.number("master_sync_total_bytes")
			return total <= 0 || s.number("master_sync_read_bytes") <= total
		}},
		{"loading_loaded_perc = loading_loaded_bytes / loading_total_bytes", func(s *sighting) bool {
			return s.part("loading_loaded_perc", "loading_loaded_bytes", "loading_total_bytes")
		}},
		{"current_fork_perc = current_save_keys_processed / current_save_keys_total", func(s *sighting) bool {
			return s.part("current_fork_perc", "current_save_keys_processed", "current_save_keys_total")
		}},
		{"master_sync_perc = master_sync_read_bytes / master_sync_total_bytes", func(s *sighting) bool {
			return s.part("master_sync_perc", "master_sync_read_bytes", "master_sync_total_bytes")
		}},
	}
}

// named writes the fields that a text names.
func (s *sighting) named(text string) string {
	out := ""
	for _, f := range regexp.MustCompile("[a-z0-9_]+").FindAllString(text, -1) {
		if s.has(f) {
			out += " " + f + ":" + s.info[f]
		}
	}
	return out
}

// part reports whether a percentage is that of a part in its whole.
func (s *sighting) part(perc, part, whole string) bool {
	if !s.has(perc) {
		return true
	}
	got, err := strconv.ParseFloat(s.info[perc], 64)
	want := 0.0
	if n := s.number(whole); n != 0 {
		want = 100 * float64(s.number(part)) / float64(n)
	}
	return err == nil && math.Abs(got-want) < 0.011 // two decimals
}

// unrelated are the relations that do not hold, of each server and between
// them: what a replica has read is not more than its source has.
func unrelated(entries []entry) []string {
	var out []string
	most := map[string]int64{} // memory used at a look
	rules := relations()
	for _, e := range entries {
		if e.seen == nil {
			continue
		}
		most[e.seen.look] = max(most[e.seen.look], e.seen.number("used_memory"))
		for _, r := range rules {
			if !r.holds(e.seen) {
				out = append(out, fmt.Sprintf("%s: %s does not hold:%s", e.label, r.name, e.seen.named(r.name)))
			}
		}
	}
	for _, e := range entries {
		if e.seen != nil && e.seen.number("master_sync_total_bytes") == 0 && e.seen.number("master_sync_read_bytes") > most[e.seen.look] {
			out = append(out, e.label+": master_sync_read_bytes is more than any server uses: "+e.seen.info["master_sync_read_bytes"])
		}
	}
	return out
}

// notGrown are the fields that had to grow since a server's last look.
func notGrown(entries []entry) []string {
	var out []string
	last := map[string]*sighting{}
	for _, e := range entries {
		if e.seen == nil {
			continue
		}
		for _, f := range e.seen.grown {
			if before := last[e.seen.server]; before == nil || e.seen.number(f) <= before.number(f) {
				out = append(out, fmt.Sprintf("%s: %s has not grown: %q", e.label, f, e.seen.info[f]))
			}
		}
		last[e.seen.server] = e.seen
	}
	return out
}
