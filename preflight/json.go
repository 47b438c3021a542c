package preflight

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ReportSchema is the name and version of the JSON document of a [Report].
// docs/preflight.md lists its fields.
const ReportSchema = "cachelift.preflight.report/1"

// reportDocument is the JSON document of a report. Ready, Summary and Blocking
// follow from Findings and are for programs that only want the verdict.
type reportDocument struct {
	Schema        string    `json:"schema"`
	At            time.Time `json:"at"`
	Ready         bool      `json:"ready"`
	Summary       Counts    `json:"summary"`
	Blocking      []string  `json:"blocking"`
	Findings      []Finding `json:"findings"`
	UnusedWaivers []string  `json:"unused_waivers,omitempty"`
}

// MarshalJSON writes the report as a document of [ReportSchema].
func (r Report) MarshalJSON() ([]byte, error) {
	d := reportDocument{
		Schema: ReportSchema, At: r.At, Ready: r.Err() == nil, Summary: r.Counts(),
		Blocking: []string{}, Findings: r.Findings, UnusedWaivers: r.UnusedWaivers,
	}
	for _, f := range r.Blocking() {
		d.Blocking = append(d.Blocking, f.CheckID)
	}
	if d.Findings == nil {
		d.Findings = []Finding{} // a list is never null
	}
	return json.Marshal(d)
}

// UnmarshalJSON reads a document of [ReportSchema]. A schema that is missing,
// unknown or newer is an error, as are missing findings, and findings with an outcome or a severity
// that does not exist. Fields that it does not know are left out: a later
// version of the library may add some within the same schema. What follows from
// the findings, such as "ready", is not read but told anew.
func (r *Report) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil // as every type of encoding/json does
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return fmt.Errorf("preflight: report: %w", err)
	}
	if err := checkSchema(head.Schema, ReportSchema); err != nil {
		return fmt.Errorf("preflight: report: %w", err)
	}
	var d struct {
		At            time.Time `json:"at"`
		Findings      []Finding `json:"findings"`
		UnusedWaivers []string  `json:"unused_waivers"`
	}
	if err := json.Unmarshal(b, &d); err != nil {
		return fmt.Errorf("preflight: report: %w", err)
	}
	if d.Findings == nil { // which would look like a report that nothing blocks
		return errors.New("preflight: report: findings: is missing; a list is allowed")
	}
	var errs []error
	for i, f := range d.Findings {
		for _, m := range f.mistakes(fmt.Sprintf("findings[%d]", i)) {
			errs = append(errs, fmt.Errorf("preflight: report: %w", m))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	*r = Report{At: d.At, Findings: d.Findings, UnusedWaivers: d.UnusedWaivers}
	return nil
}

// mistakes finds what would make a finding mean something else than was meant:
// one of a severity that does not exist would not block.
func (f Finding) mistakes(path string) []error {
	var errs []error
	if f.CheckID == "" {
		errs = append(errs, fmt.Errorf("%s.check: is empty; the id of a check is allowed", path))
	}
	if !slices.Contains([]Outcome{Pass, Fail, Unknown}, f.Outcome) {
		errs = append(errs, fmt.Errorf("%s.outcome: %q; allowed are %q, %q and %q", path, f.Outcome, Pass, Fail, Unknown))
	}
	if f.Severity != Blocking && f.Severity != Warning {
		errs = append(errs, fmt.Errorf("%s.severity: %q; allowed are %q and %q", path, f.Severity, Blocking, Warning))
	}
	return errs
}

// checkSchema compares the schema of a document with the one that is read.
func checkSchema(got, want string) error {
	if got == want {
		return nil
	}
	if got == "" {
		return fmt.Errorf("schema: is missing; allowed is %q", want)
	}
	name, version, _ := strings.Cut(want, "/")
	if v, ok := strings.CutPrefix(got, name+"/"); ok {
		mine, _ := strconv.Atoi(version)
		if n, err := strconv.Atoi(v); err == nil && n > mine {
			return fmt.Errorf("schema: %q is newer than this version of the library can read; allowed is %q", got, want)
		}
	}
	return fmt.Errorf("schema: %q is unknown; allowed is %q", got, want)
}
