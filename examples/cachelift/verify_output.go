package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/cachelift/cachelift/verify"
)

// findings are what a comparison writes to stdout: differences as they are found, and
// at last the report.
type findings interface {
	add(verify.Difference) error
	// end writes the rest; what is no result goes to messages.
	end(messages io.Writer, r verify.Report, err error, code int) error
}

func newFindings(output string, w io.Writer, most int) findings {
	switch output {
	case "json":
		return &findingsJSON{json.NewEncoder(w)}
	case "csv":
		return &findingsCSV{csv.NewWriter(w), false}
	}
	return &findingsText{w, most}
}

// findingsText shows the first differences behind the report.
type findingsText struct {
	w    io.Writer
	most int
}

func (*findingsText) add(verify.Difference) error { return nil } // the report keeps the first

func (f *findingsText) end(_ io.Writer, r verify.Report, _ error, _ int) error {
	var b strings.Builder
	b.WriteString(summary(r))
	shown := r.Differences[:min(len(r.Differences), f.most)]
	if len(shown) > 0 {
		b.WriteString("\n")
	}
	for _, d := range shown {
		b.WriteString(d.String() + "\n")
	}
	total := int64(0)
	for _, n := range r.Counts {
		total += n
	}
	if rest := total - int64(len(shown)); rest > 0 {
		fmt.Fprintf(&b, "... and %d more: --max-differences %d shows them, --output csv or json has them as they are found\n", rest, total)
	}
	_, err := io.WriteString(f.w, b.String())
	return err
}

// summary is the report without the differences themselves.
func summary(r verify.Report) string {
	head := r
	head.Counts, head.Differences = nil, nil
	var b strings.Builder
	b.WriteString(head.String())
	first := true
	for _, class := range verify.Classes() {
		if n := r.Counts[class]; n > 0 {
			if first {
				b.WriteString("\n")
			}
			first = false
			fmt.Fprintf(&b, "%d %s\n", n, class)
		}
	}
	return b.String()
}

// findingsJSON writes a line each.
type findingsJSON struct{ *json.Encoder }

// differenceJSON is a line of "verify --output json". Key is base64, Name the same as
// a person reads it.
type differenceJSON struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	verify.Difference
}

// verdictJSON is its last line.
type verdictJSON struct {
	Kind     string        `json:"kind"`
	Report   verify.Report `json:"report"`
	Error    string        `json:"error,omitempty"`
	ExitCode int           `json:"exit_code"`
}

func (f *findingsJSON) add(d verify.Difference) error {
	return f.Encode(differenceJSON{"difference", verify.Quote(d.Key), d})
}

func (f *findingsJSON) end(_ io.Writer, r verify.Report, err error, code int) error {
	last := verdictJSON{Kind: "result", Report: r, ExitCode: code}
	if err != nil {
		last.Error = err.Error()
	}
	return f.Encode(last)
}

// findingsCSV writes a row each, below a line of names.
type findingsCSV struct {
	*csv.Writer
	begun bool
}

func (f *findingsCSV) begin() error {
	if f.begun {
		return nil
	}
	f.begun = true
	return f.Write([]string{"class", "db", "type", "key", "fields", "field_count", "source", "target", "reason"})
}

func (f *findingsCSV) add(d verify.Difference) error {
	if err := f.begin(); err != nil {
		return err
	}
	fields := make([]string, len(d.Fields))
	for i, field := range d.Fields {
		fields[i] = verify.Quote([]byte(field))
	}
	err := f.Write([]string{
		string(d.Class), strconv.Itoa(d.DB), d.Type, verify.Quote(d.Key), strings.Join(fields, " "), strconv.FormatInt(d.FieldCount, 10),
		d.Source, d.Target, d.Reason,
	})
	f.Flush() // as it is found
	if err != nil {
		return err
	}
	return f.Error()
}

func (f *findingsCSV) end(messages io.Writer, r verify.Report, _ error, _ int) error {
	if err := f.begin(); err != nil {
		return err
	}
	f.Flush()
	fmt.Fprint(messages, summary(r))
	return f.Error()
}

// meter shows how far a comparison is: one line that is written over on a terminal,
// else a line now and then.
type meter struct {
	out  io.Writer
	live bool
}

// every is the time between two lines.
func (m meter) every() time.Duration {
	if m.live {
		return time.Second
	}
	return 10 * time.Second
}

func (m meter) tell(p verify.Progress) {
	if p.Phase == "done" {
		return // the report follows
	}
	line := fmt.Sprintf("%s: %5.1f %%, db %d, %d of %d keys, %.0f keys/s", p.Phase, p.Percent, p.DB, p.Keys, p.Total, p.Rate)
	if p.ETA >= 0 {
		line += fmt.Sprintf(", about %v left", p.ETA.Round(time.Second))
	}
	line += fmt.Sprintf(", %d differences", p.Differences)
	if m.live {
		fmt.Fprintf(m.out, "\r%s\x1b[K", line)
		return
	}
	fmt.Fprintln(m.out, line)
}

// end leaves the terminal clean.
func (m meter) end() {
	if m.live {
		fmt.Fprint(m.out, "\r\x1b[K")
	}
}
