package preflight

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// visit calls change for every member of the objects of a decoded document, of
// lists only for the first element.
func visit(path string, v any, change func(path string, parent map[string]any, name string)) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			below := under(path, name)
			change(below, v, name)
			if below != "extra.house" { // the host's own, of any form
				visit(below, v[name], change)
			}
		}
	case []any:
		if len(v) > 0 {
			visit(path+"[0]", v[0], change)
		}
	}
}

// Every field of a document is taken away, replaced by something of another
// type, and misspelt: the error names it, or, if it is taken away, the facts
// are told from those with it.
func TestEveryFieldIsChecked(t *testing.T) {
	t.Parallel()
	full := everything()
	full.Network.ACLs = goodNetwork().ACLs
	var doc map[string]any
	if err := json.Unmarshal(written(t, full), &doc); err != nil {
		t.Fatal(err)
	}
	read := func() (Facts, error) { return ReadFacts(strings.NewReader(mustJSON(t, doc))) }
	whole, err := read()
	if err != nil {
		t.Fatal(err)
	}
	fields, optional := 0, 0
	visit("", doc, func(path string, parent map[string]any, name string) {
		fields++
		old := parent[name]
		delete(parent, name)
		if got, err := read(); err == nil {
			optional++
			if reflect.DeepEqual(got, whole) && !reflect.ValueOf(old).IsZero() {
				t.Errorf("%s can be taken away without effect", path)
			}
		} else if !strings.Contains(err.Error(), path) {
			t.Errorf("%s taken away: %v", path, err)
		}
		if path == "extra.house" {
			parent[name] = old
			return
		}
		parent[name] = [][]bool{{true}} // no field is of this type
		wants := []string{path + ": is a list"}
		if strings.HasPrefix(mustJSON(t, old), "[") {
			wants = []string{path + "[0]: is a list"}
		}
		if !strings.HasPrefix(path, "extra.") && !strings.Contains(path, ".keys.") {
			capitals := strings.ToUpper(name)
			parent[capitals] = old
			defer delete(parent, capitals)
			wants = append(wants, strings.TrimSuffix(path, name)+capitals+": unknown field")
		}
		_, err := read()
		for _, want := range wants {
			if err == nil || !strings.Contains(err.Error(), "preflight: facts: "+want) {
				t.Errorf("want %q, got %v", want, err)
			}
		}
		parent[name] = old
	})
	if fields < 150 || optional < 50 || optional == fields {
		t.Errorf("%d fields, %d optional: the test looks for the wrong thing", fields, optional)
	}
}

// Wherever a document ends too early, that is said. A few places will do.
func TestTruncatedAnywhere(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := json.Compact(&b, written(t, everything())); err != nil {
		t.Fatal(err)
	}
	doc := b.Bytes()
	for n := 1; n < len(doc); n += 43 {
		_, err := ReadFacts(bytes.NewReader(doc[:n]))
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("the document is cut off here, after %d bytes", n)) {
			t.Fatalf("cut to %d bytes, ending in %q: %v", n, doc[max(0, n-20):n], err)
		}
	}
}

func FuzzReadFacts(f *testing.F) {
	f.Add(written(f, goodFacts()))
	f.Add(written(f, everything()))
	f.Add([]byte(`{"schema":"cachelift.preflight.facts/1","gathered_at":"2026-03-04T12:00:00+01:00","upstream":[],"keys":{},"extra":{"a b":{"<":"\u003c\ud800"}}}`))
	f.Add([]byte(`{"schema":"cachelift.preflight.facts/2"}`))
	f.Add([]byte(`{"schema":"cachelift.preflight.facts/1","gathered_at":"2026-03-04T12:00:00Z","extra":{"a":[[[[`))
	f.Add([]byte(`[{"schema":null}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		facts, err := ReadFacts(bytes.NewReader(data))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "preflight: facts: ") || !reflect.DeepEqual(facts, Facts{}) {
				t.Errorf("error %v with facts %+v", err, facts)
			}
			return
		}
		if err := facts.Validate(); err != nil {
			t.Errorf("what was read is not valid: %v", err)
		}
		again, err := ReadFacts(bytes.NewReader(written(t, facts)))
		if err != nil || !reflect.DeepEqual(again, facts) {
			t.Errorf("read again (%v):\n%+v\nwas\n%+v", err, again, facts)
		}
		report := Judge(facts, Builtin(), nil)
		for _, f := range report.Findings {
			if strings.Contains(f.Observed, "the check panicked") {
				t.Errorf("%s: %s", f.CheckID, f.Observed)
			}
		}
		if s, _ := decodeJUnit(t, report); len(s.Cases) != len(report.Findings) {
			t.Errorf("%d cases for %d findings", len(s.Cases), len(report.Findings))
		}
	})
}
