package migrationtest

import (
	"regexp"
	"strings"
)

// What differs from run to run in the texts of errors and events. The order in
// which stable applies them matters: the longer form comes first.
var (
	stacks    = regexp.MustCompile(`(?s)\n*goroutine \d+ \[.*`)
	times     = regexp.MustCompile(`\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|UTC|[+-]\d\d:?\d\d))*`)
	uuids     = regexp.MustCompile(`\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`)
	hexIDs    = regexp.MustCompile(`\b[0-9a-f]{32,64}\b`)
	randoms   = regexp.MustCompile(`\b[A-Z2-7]{26}\b`)
	pointers  = regexp.MustCompile(`\b0x[0-9a-f]+\b`)
	localEnds = regexp.MustCompile(`(\S:)\d+->`)
	loopbacks = regexp.MustCompile(`(127\.0\.0\.1|\[::1\]|localhost):\d+`)
	durations = regexp.MustCompile(`\b(\d+(\.\d+)?(ns|us|µs|μs|ms|h|m|s))+\b`)
	sizes     = regexp.MustCompile(`\b\d+(\.\d+)? ?([kKMGT]i?)?B\b`)
	tries     = regexp.MustCompile(`\b(after) \d+ (tries|attempts)\b`)
	offsets   = regexp.MustCompile(`\b((?:offset|lag|source's)s?:?) \d+`)
	numbers   = regexp.MustCompile(`(^|[^\w.:-])\d{6,}\b`)
	blanks    = regexp.MustCompile(`\s+`)
)

// stable returns the text on one line, with a word in angle brackets for each
// part that differs from run to run.
func stable(text string) string {
	text = stacks.ReplaceAllString(text, "")
	text = times.ReplaceAllString(text, "<time>")
	text = uuids.ReplaceAllString(text, "<id>")
	text = hexIDs.ReplaceAllString(text, "<id>")
	text = randoms.ReplaceAllString(text, "<random>")
	text = pointers.ReplaceAllString(text, "<pointer>")
	text = localEnds.ReplaceAllString(text, "$1<port>->")
	text = loopbacks.ReplaceAllString(text, "$1:<port>")
	text = durations.ReplaceAllString(text, "<duration>")
	text = sizes.ReplaceAllString(text, "<size>")
	text = tries.ReplaceAllString(text, "$1 <number> $2")
	text = offsets.ReplaceAllString(text, "$1 <offset>")
	text = numbers.ReplaceAllString(text, "$1<number>")
	return strings.TrimSpace(blanks.ReplaceAllString(text, " "))
}
