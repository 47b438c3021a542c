package preflight

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// FactsSchema is the name and version of the JSON document that [WriteFacts]
// writes and [ReadFacts] reads. docs/preflight.md describes it.
const FactsSchema = "cachelift.preflight.facts/1"

// maxFacts bounds what ReadFacts reads. The facts of a VPC with thousands of
// rules take less than one MiB.
const maxFacts = 16 << 20

type factsDocument struct {
	Schema string `json:"schema"`
	Facts
}

// WriteFacts writes the facts as a JSON document of [FactsSchema], from which
// [ReadFacts] gets them back. It writes nothing if [Facts.Validate] finds a
// problem, and returns that or the error of w. The document holds no secrets but
// tells much of both ends: addresses, rules, names of users.
func WriteFacts(w io.Writer, f Facts) error {
	if err := f.Validate(); err != nil {
		return err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // or Facts.Extra would come back with other bytes
	enc.SetIndent("", "  ")
	if err := enc.Encode(factsDocument{FactsSchema, f}); err != nil {
		return fmt.Errorf("preflight: facts: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// ReadFacts reads what [WriteFacts] wrote, maybe edited by hand since, to judge
// it again. It is strict, because a fact that is misspelt or missing would
// otherwise be judged as zero: a document that is empty, cut off, followed by
// anything, longer than 16 MiB or of another schema is an error, and so are
// fields that are unknown, missing, repeated or of another type, and whatever
// [Facts.Validate] refuses. The error names the field by its path, the value,
// and what is allowed, for all problems that can be told at once.
func ReadFacts(r io.Reader) (Facts, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFacts+1))
	switch {
	case err != nil:
		return Facts{}, fmt.Errorf("preflight: facts: %w", err)
	case len(b) > maxFacts:
		return Facts{}, fmt.Errorf("preflight: facts: the document is longer than %d MiB", maxFacts>>20)
	case len(bytes.TrimSpace(b)) == 0:
		return Facts{}, errors.New("preflight: facts: the document is empty")
	}
	facts, found := parseFacts(b)
	if len(found) > 0 {
		return Facts{}, found.err()
	}
	return canonical(facts)
}

func parseFacts(b []byte) (Facts, problems) {
	var d factsDocument
	s := inspect(b, reflect.TypeOf(d))
	if s.schema != nil {
		if err := checkSchema(*s.schema, FactsSchema); err != nil {
			return Facts{}, problems{{"", err.Error()}} // the others may follow from it
		}
	}
	if s.unread {
		return Facts{}, s.problems
	}
	if err := json.Unmarshal(b, &d); err != nil {
		if len(s.problems) == 0 { // so the inspector does not know of it
			s.add("", "%v", err)
		}
		return Facts{}, s.problems
	}
	for _, p := range d.problems() {
		if !s.has(p.path) {
			s.problems = append(s.problems, p)
		}
	}
	return d.Facts, s.problems
}

// canonical gives facts the form in which a document has them: an optional
// list without elements is nil, and Extra has no white space.
func canonical(f Facts) (Facts, error) {
	var out Facts
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		return Facts{}, fmt.Errorf("preflight: facts: %w", err)
	}
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		return Facts{}, fmt.Errorf("preflight: facts: %w", err)
	}
	return out, nil
}
