package preflight

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// field is a field of a struct as JSON has it.
type field struct {
	name     string
	typ      reflect.Type
	optional bool
}

func fieldsOf(t reflect.Type) []field {
	var out []field
	for _, f := range reflect.VisibleFields(t) {
		if name, options, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			out = append(out, field{name, f.Type, options == "omitempty"})
		}
	}
	return out
}

func names(fields []field) string {
	var out []string
	for _, f := range fields {
		out = append(out, f.name)
	}
	return strings.Join(out, ", ")
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// under is the path of a member. A name from a document may be anything.
func under(path, name string) string {
	switch {
	case !plainName.MatchString(name):
		return path + "[" + strconv.Quote(name) + "]"
	case path == "":
		return name
	}
	return path + "." + name
}

func isTime(t reflect.Type) bool { return t == reflect.TypeFor[time.Time]() }

// fits tells whether a value that is no object or list is one of the type.
func fits(token json.Token, t reflect.Type) bool {
	switch v := token.(type) {
	case nil:
		return t.Kind() == reflect.Slice || t.Kind() == reflect.Map
	case bool:
		return t.Kind() == reflect.Bool
	case string:
		return t.Kind() == reflect.String || isTime(t) && new(time.Time).UnmarshalText([]byte(v)) == nil
	case json.Number:
		var err error
		switch t.Kind() {
		case reflect.Int, reflect.Int64:
			_, err = strconv.ParseInt(v.String(), 10, t.Bits())
			return err == nil
		case reflect.Float64:
			_, err = strconv.ParseFloat(v.String(), 64)
			return err == nil
		}
	}
	return false
}

func describe(token json.Token) string {
	switch v := token.(type) {
	case nil:
		return "null"
	case string:
		return "the text " + short(v)
	case json.Number:
		return "the number " + v.String()
	case json.Delim:
		if v == '[' {
			return "a list"
		}
		return "an object"
	}
	return fmt.Sprint(token)
}

// wanted says what a field of the type may hold.
func wanted(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case isTime(t):
		return "a time such as 2026-03-04T12:00:00Z"
	case t.Kind() == reflect.Struct, t.Kind() == reflect.Map:
		return "an object"
	case t.Kind() == reflect.Slice:
		return "a list"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Float64:
		return "a number"
	}
	return "a whole number of 64 bits"
}
