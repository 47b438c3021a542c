package diagnose

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/failures.md")

const failuresDoc = "../../docs/failures.md"

// failuresMarkdown is docs/failures.md: a row a rule, in the order in which they count.
func failuresMarkdown() string {
	var b strings.Builder
	b.WriteString(`# What goes wrong, and what to do

Generated from the rules of ` + "`internal/diagnose`" + ` by ` + "`go test ./internal/diagnose -run FailuresDoc -update`" + `; a test keeps it true.

The cause is ` + "`Cause`" + ` of a ` + "`progress.Diagnosis`" + `. It comes with the error of a run that failed, and with a ` + "`progress.Diagnosed`" + ` event and in
` + "`Snapshot.Trouble`" + ` while a migration goes on; the evidence in it is what was seen, verbatim. Of several rows that fit, the first counts. What no row fits is
` + "`unknown`" + `, with all the evidence.

*When*: **end** when a run has ended, **way** while the migration goes on, both if both are named. A run that sees a row marked **stops** on the way ends with it and does not go on to the
cut-over, because the target would not hold what the source holds. *Retry*: whether starting again without a change can help. *Operator*: whether somebody has
to do something, or to decide. Remedies have values where they can be computed.

On the way both ends are looked at four times a second at first, then once, and less often in a sync of hours; a cause is named with one of the two samples
after its evidence is there. "Stuck" is a synchronisation in which no counter of the phase moves for longer than the source's ` + "`repl-timeout`" + ` (60 seconds if it does not tell), or
whose full sync began twice without the target following in between; everything else is slow.

| Cause | What you see | Why | What to do | When | Retry | Operator |
|---|---|---|---|---|---|---|
`)
	for _, r := range append(rules(), unknown()) {
		doc := ""
		if r.doc != "" {
			doc = " ([documentation](" + r.doc + "))"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s%s | %s | %s | %s |\n", r.cause, cell(r.sees), cell(r.summary), cell(r.remedy), doc,
			r.when(), yesNo(r.retryable), yesNo(r.operator))
	}
	return b.String()
}

func (r rule) when() string {
	s := map[moment]string{atTheEnd: "end", onTheWay: "way", always: "way, end"}[r.at]
	if r.ends {
		s += ", **stops**"
	}
	return s
}

func yesNo(yes bool) string { return map[bool]string{true: "yes", false: "no"}[yes] }

// cell makes text fit for a cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "_", `\_`, "*", `\*`).Replace(text)
}

// TestFailuresDoc keeps the page true. With -update it writes it.
func TestFailuresDoc(t *testing.T) {
	t.Parallel()
	want := failuresMarkdown()
	if *update {
		if err := os.WriteFile(failuresDoc, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(failuresDoc)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the rules say: run go test ./internal/diagnose -run FailuresDoc -update", failuresDoc)
	}
}

func TestEveryRuleIsDocumented(t *testing.T) {
	t.Parallel()
	for _, r := range append(rules(), unknown()) {
		if r.sees == "" || r.summary == "" || r.remedy == "" || strings.HasSuffix(r.summary, ".") || strings.HasSuffix(r.remedy, ".") {
			t.Errorf("%s: sees %q, summary %q, remedy %q", r.id, r.sees, r.summary, r.remedy)
		}
		if r.doc != "" && !strings.HasPrefix(r.doc, guide) && !strings.HasPrefix(r.doc, "https://docs.aws.amazon.com/") && !strings.HasPrefix(r.doc, "https://redis.io/docs/") {
			t.Errorf("%s: the link is %q", r.id, r.doc)
		}
	}
}
