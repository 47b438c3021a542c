package cachelift_test

import (
	"flag"
	"fmt"
	"strings"

	"github.com/cachelift/cachelift/internal/machine"
)

var update = flag.Bool("update", false, "write generated documents")

// statesDoc is the text of docs/states.md.
func statesDoc() string {
	var b strings.Builder
	b.WriteString("# States and transitions\n\nGenerated from the transition table. What each state means is in the documentation of\n`progress.State`.\n\n```mermaid\n")
	b.WriteString(strings.TrimSpace(machine.Mermaid()))
	b.WriteString("\n```\n\n| trigger | from | to |\n|---|---|---|\n")
	for _, e := range machine.Edges() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", e.Trigger, e.From, e.To)
	}
	return b.String()
}
