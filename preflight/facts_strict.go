package preflight

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
)

// inspector compares a JSON document with a Go type, token by token. The
// decoder of encoding/json would stop at the first problem, name an unknown
// field without its place, and take a missing or repeated field in silence.
type inspector struct {
	problems
	dec *json.Decoder
	// schema is the field "schema" as far as it is a text, "" if it is missing.
	schema *string
	// unread tells that the document could not be read to its end.
	unread bool
	// at is the value that is being read.
	at string
	// fields are those of the structs that were met.
	fields map[reflect.Type][]field
}

// inspect looks at the whole document. A field must be there unless it has the
// option omitempty, which marks those whose absence says what their zero does.
func inspect(b []byte, t reflect.Type) *inspector {
	s := &inspector{dec: json.NewDecoder(bytes.NewReader(b)), fields: map[reflect.Type][]field{}}
	s.dec.UseNumber()
	err := s.value("", t)
	if err == nil {
		s.at = ""
		if _, err = s.dec.Token(); errors.Is(err, io.EOF) {
			return s
		}
		err = errors.New("more data follows the document; one JSON object is allowed")
	}
	s.unread = true
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		s.add(s.at, "the document is cut off here, after %d bytes", len(b))
	default:
		s.add(s.at, "at byte %d: %v", s.dec.InputOffset(), err)
	}
	return s
}

// value reads one value. Its error is one that ends the reading.
func (s *inspector) value(path string, t reflect.Type) error {
	s.at = path
	if t == reflect.TypeFor[json.RawMessage]() {
		return s.anything()
	}
	token, err := s.dec.Token()
	if err != nil {
		return err
	}
	if t.Kind() == reflect.Pointer {
		if token == nil {
			return nil
		}
		t = t.Elem()
	}
	switch {
	case token == json.Delim('{') && t.Kind() == reflect.Struct && !isTime(t):
		return s.object(path, t)
	case token == json.Delim('{') && t.Kind() == reflect.Map:
		return s.mapping(path, t)
	case token == json.Delim('[') && t.Kind() == reflect.Slice:
		return s.list(path, t.Elem())
	}
	if text, ok := token.(string); ok && path == "schema" {
		s.schema = &text
	}
	if !fits(token, t) {
		s.add(path, "is %s; %s is allowed", describe(token), wanted(t))
	}
	if _, ok := token.(json.Delim); ok {
		return s.rest()
	}
	return nil
}

// anything reads a value whatever it is.
func (s *inspector) anything() error {
	var raw json.RawMessage
	return s.dec.Decode(&raw)
}

// rest reads the object or list whose beginning was read.
func (s *inspector) rest() error {
	for depth := 1; depth > 0; {
		token, err := s.dec.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return nil
}

func (s *inspector) list(path string, elem reflect.Type) error {
	for i := 0; s.dec.More(); i++ {
		if err := s.value(fmt.Sprintf("%s[%d]", path, i), elem); err != nil {
			return err
		}
	}
	_, err := s.dec.Token()
	return err
}

// members calls read for each member of the object whose beginning was read.
func (s *inspector) members(path string, read func(name, path string) error) error {
	seen := map[string]bool{}
	for s.dec.More() {
		token, err := s.dec.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // the decoder takes nothing else for a name
		below := under(path, name)
		if seen[name] {
			s.add(below, "is there more than once")
		}
		seen[name] = true
		if err := read(name, below); err != nil {
			return err
		}
	}
	_, err := s.dec.Token()
	return err
}

func (s *inspector) mapping(path string, t reflect.Type) error {
	return s.members(path, func(name, below string) error {
		if n, err := strconv.Atoi(name); t.Key().Kind() == reflect.Int && (err != nil || strconv.Itoa(n) != name) {
			s.add(below, "the name %q; a whole number is allowed", name)
		}
		return s.value(below, t.Elem())
	})
}

func (s *inspector) object(path string, t reflect.Type) error {
	if s.fields[t] == nil {
		s.fields[t] = fieldsOf(t)
	}
	fields := s.fields[t]
	found := map[string]bool{}
	err := s.members(path, func(name, below string) error {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i < 0 {
			s.at = below
			s.add(below, "unknown field; allowed are %s", names(fields))
			return s.anything()
		}
		found[name] = true
		return s.value(below, fields[i].typ)
	})
	if err != nil {
		return err
	}
	for _, f := range fields {
		below := under(path, f.name)
		switch {
		case found[f.name] || f.optional:
		case below == "schema":
			s.schema = new(string)
		default:
			s.add(below, "is missing; %s is allowed", wanted(f.typ))
		}
	}
	return nil
}
