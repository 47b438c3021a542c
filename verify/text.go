package verify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// textFirst is how many differences the text of a report lists.
const textFirst = 20

// Classes are all classes, in the order in which a report tells of them. The slice
// is the caller's.
func Classes() []Class {
	return []Class{
		ClassMissing, ClassExtra, ClassType, ClassValue, ClassExpiry,
		ClassNotComparable, ClassInFlight, ClassExpiredMeanwhile,
	}
}

// String is the report for a person: the verdict, what it rests on, the counts,
// and the first differences.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s.\n", strings.ToUpper(strings.ReplaceAll(string(r.Verdict), "_", " ")), r.Certainty)
	for _, w := range r.Weaker {
		fmt.Fprintf(&b, "Weaker: %s.\n", w)
	}
	fmt.Fprintf(&b, "\n%s (%s) and %s (%s)", r.Source.Server, roleText(r.Source.Role), r.Target.Server, roleText(r.Target.Role))
	if r.Replicating {
		b.WriteString(", which replicates from it")
	}
	fmt.Fprintf(&b, ", clocks %v apart\n", r.ClockSkew.Abs().Round(100*time.Microsecond))
	fmt.Fprintf(&b, "%d and %d keys, %s and %s, in %v\n", r.Source.Keys, r.Target.Keys,
		bytesText(r.Source.Bytes), bytesText(r.Target.Bytes), r.Took.Round(time.Millisecond))
	r.writeDBs(&b)
	r.writeDifferences(&b)
	return b.String()
}

func roleText(role string) string {
	switch role {
	case "slave":
		return "a replica"
	case "master":
		return "a primary"
	}
	return "role unknown"
}

// bytesText is a number of bytes as a person reads it.
func bytesText(n int64) string {
	switch {
	case n >= 10e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d bytes", n)
}

// writeDBs writes the keys of each database by type.
func (r Report) writeDBs(b *strings.Builder) {
	for _, db := range r.DBs {
		fmt.Fprintf(b, "db %d:", db.DB)
		names := append(sortedKeys(db.Source), sortedKeys(db.Target)...)
		slices.Sort(names)
		for i, name := range slices.Compact(names) {
			if i > 0 {
				b.WriteString(",")
			}
			s, t := db.Source[name], db.Target[name]
			fmt.Fprintf(b, " %d %s", s, name)
			if s != t {
				fmt.Fprintf(b, " (%d on the target)", t)
			}
		}
		if len(names) == 0 {
			b.WriteString(" no keys")
		}
		b.WriteString("\n")
	}
}

// writeDifferences writes the counts and the first differences.
func (r Report) writeDifferences(b *strings.Builder) {
	total := int64(0)
	for _, class := range Classes() {
		if n := r.Counts[class]; n > 0 {
			if total == 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(b, "%d %s\n", n, class)
			total += n
		}
	}
	if total == 0 {
		return
	}
	b.WriteString("\n")
	shown := min(len(r.Differences), textFirst)
	for _, d := range r.Differences[:shown] {
		b.WriteString(d.String() + "\n")
	}
	if rest := total - int64(shown); rest > 0 {
		fmt.Fprintf(b, "... and %d more: the JSON of the report has the first %d, Options.OnDifference gets all\n", rest, len(r.Differences))
	}
}

// String is the difference in one line. The name of the key is quoted where it has
// other than printable ASCII characters.
func (d Difference) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s db %d %s", d.Class, d.Type, d.DB, Quote(d.Key))
	if len(d.Fields) > 0 {
		b.WriteString(" at ")
		for i, f := range d.Fields {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(Quote([]byte(f)))
		}
		if more := d.FieldCount - int64(len(d.Fields)); more > 0 {
			fmt.Fprintf(&b, " and %d more", more)
		}
	}
	if d.Source != "" {
		b.WriteString("; source: " + d.Source)
	}
	if d.Target != "" {
		b.WriteString("; target: " + d.Target)
	}
	if d.Reason != "" {
		b.WriteString("; " + d.Reason)
	}
	return b.String()
}

// Quote returns a name as it is if it consists of printable ASCII characters
// without spaces, quotes and backslashes, and else quoted as a Go string, in which
// every other byte is \x and two digits. Different names stay different.
func Quote(name []byte) string {
	plain := len(name) > 0
	for _, c := range name {
		if c <= ' ' || c >= 0x7f || c == '"' || c == '\\' {
			plain = false
		}
	}
	if plain {
		return string(name)
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range name {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c >= ' ' && c < 0x7f:
			b.WriteByte(c)
		default:
			b.WriteString(`\x`)
			if c < 0x10 {
				b.WriteByte('0')
			}
			b.WriteString(strconv.FormatUint(uint64(c), 16))
		}
	}
	b.WriteByte('"')
	return b.String()
}
