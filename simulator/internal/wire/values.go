package wire

import (
	"strconv"
	"strings"
	"time"
)

// String returns the member's value, empty when absent.
func (q Request) String(name string) string { return q.values.Get(name) }

// Has reports whether the member was sent, even if empty.
func (q Request) Has(name string) bool { return q.values.Has(name) }

// RequiredID returns a required identifier in lower case: MissingParameter when
// it is absent, InvalidParameterValue when it is blank (assumed).
func (q Request) RequiredID(name string) (string, error) {
	if !q.Has(name) {
		return "", Missing(name)
	}
	id := q.ID(name)
	if id == "" {
		return "", InvalidValue("The parameter %s must not be blank", name)
	}
	return id, nil
}

// Int returns a number within lo and hi, or def when the member is absent.
func (q Request) Int(name string, def, lo, hi int) (int, error) {
	if !q.Has(name) {
		return def, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(q.String(name)))
	if err != nil {
		return 0, InvalidValue("The parameter %s must be an integer, got %q", name, clip(q.String(name)))
	}
	if n < lo || n > hi {
		return 0, InvalidValue("The parameter %s must be between %d and %d, got %d", name, lo, hi, n)
	}
	return n, nil
}

// Bool returns a flag, false when the member is absent.
func (q Request) Bool(name string) (bool, error) {
	switch strings.ToLower(q.String(name)) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "":
		if !q.Has(name) {
			return false, nil
		}
	}
	return false, InvalidValue("The parameter %s must be true or false, got %q", name, clip(q.String(name)))
}

// timeLayouts are the ISO 8601 forms that clients send. A time without a zone is UTC.
func timeLayouts() []string {
	return []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02"}
}

// Time returns a point in time, the zero time when the member is absent.
func (q Request) Time(name string) (time.Time, error) {
	if !q.Has(name) {
		return time.Time{}, nil
	}
	v := strings.TrimSpace(q.String(name))
	for _, layout := range timeLayouts() {
		if t, err := time.Parse(layout, v); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, InvalidValue("The parameter %s must be an ISO 8601 date, got %q", name, clip(v))
}

// clip shortens a value that is quoted back in a message.
func clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
