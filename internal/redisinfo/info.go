package redisinfo

import (
	"strconv"
	"strings"
)

// Info is the parsed reply of INFO. Its fields are addressed by their own
// names, whatever section they are in. The zero value has no fields. It is
// read-only and may be used from any goroutine.
type Info struct {
	fields   map[string]string
	sections map[string]bool
}

// ParseInfo parses the text that INFO returns. Lines end in \n or \r\n; lines
// without a colon are skipped; of a field that occurs twice the first value is
// kept, so that a module's section cannot replace the server's own.
func ParseInfo(text string) Info {
	fields, sections := make(map[string]string, strings.Count(text, "\n")+1), map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if title, ok := strings.CutPrefix(line, "#"); ok {
			sections[strings.TrimSpace(title)] = true
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok || key == "" {
			continue
		}
		if _, dup := fields[key]; !dup {
			fields[key] = value
		}
	}
	return Info{fields: fields, sections: sections}
}

// HasSection reports whether there is a section of that heading, such as
// "Keyspace", even if it is empty.
func (i Info) HasSection(title string) bool { return i.sections[title] }

// Has reports whether the field is there, even if it is empty.
func (i Info) Has(field string) bool {
	_, ok := i.fields[field]
	return ok
}

// Str returns the field's value, or "" if it is absent.
func (i Info) Str(field string) string { return i.fields[field] }

// Int returns the field's value, or 0 if it is absent or not an integer.
func (i Info) Int(field string) int64 {
	n, err := strconv.ParseInt(i.fields[field], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Float returns the field's value, or 0 if it is absent or not a number. A
// trailing percent sign is ignored.
func (i Info) Float(field string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSuffix(i.fields[field], "%"), 64)
	if err != nil {
		return 0
	}
	return f
}
