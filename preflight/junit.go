package preflight

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// The document of [Report.WriteJUnit]. No standard defines the format; these
// are the elements that pipelines have in common.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Timestamp string      `xml:"timestamp,attr,omitempty"`
		Cases     []junitCase `xml:"testcase"`
		Out       string      `xml:"system-out,omitempty"`
	}
	junitCase struct {
		Family  string       `xml:"classname,attr"`
		ID      string       `xml:"name,attr"`
		Failure *junitResult `xml:"failure"`
		Error   *junitResult `xml:"error"`
		Skipped *junitResult `xml:"skipped"`
		Out     string       `xml:"system-out,omitempty"`
	}
	junitResult struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the report as JUnit XML, which most pipelines show: one
// suite with a case for each finding, in the order of the checks. What blocks is
// a failure, or an error if it could not be told; what is waived is skipped;
// what passed, and a warning, is a passed case, the latter with its text as
// output. Characters that XML cannot have are left out. It returns the error of
// w, if any.
func (r Report) WriteJUnit(w io.Writer) error {
	s := junitSuite{Name: "cachelift preflight", Tests: len(r.Findings)}
	if !r.At.IsZero() {
		s.Timestamp = r.At.UTC().Format("2006-01-02T15:04:05")
	}
	for _, f := range r.Findings {
		c := f.junit()
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
		s.Cases = append(s.Cases, c)
	}
	s.Out = r.Summary()
	if len(r.UnusedWaivers) > 0 {
		s.Out = printable("waivers without effect: "+strings.Join(r.UnusedWaivers, ", ")) + "\n" + s.Out
	}
	b, err := xml.MarshalIndent(junitSuites{Suite: s}, "", "  ")
	if err != nil {
		return fmt.Errorf("preflight: JUnit: %w", err)
	}
	_, err = io.WriteString(w, xml.Header+string(b)+"\n")
	return err
}

func (f Finding) junit() junitCase {
	c := junitCase{Family: printable(f.family()), ID: printable(f.CheckID)}
	result := &junitResult{Message: printable(f.Title + f.mark() + ": " + f.Observed)}
	for _, line := range f.details() {
		result.Text += fmt.Sprintf("%s: %s\n", line[0], printable(line[1]))
	}
	switch f.place() {
	case placeWarns:
		c.Out = printable("warning: "+f.Title) + "\n" + "outcome: " + printable(string(f.Outcome)) + "\n" + result.Text
	case placeWaived:
		c.Skipped = result
	case placeBlocks:
		c.Failure = result
		if f.Outcome == Unknown {
			c.Failure, c.Error = nil, result
		}
	}
	return c
}

// printable leaves out what is no character of XML 1.0, which a parser refuses
// even as a reference, and the control characters that it would allow.
func printable(s string) string {
	s = clean(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		if r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, s)
}
