// Package ec2wire reads and writes the query protocol of EC2 API version
// 2016-11-15: form parameters in, XML out. It knows nothing of what the
// operations do.
//
// The names of parameters and elements are those that the AWS SDK for Go sends
// and reads (documented). Signatures are not verified and unknown request
// members are ignored, which is assumed; EC2 answers UnknownParameter to them.
package ec2wire

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"github.com/cachelift/cachelift/simulator/internal/wire"
)

// Version is the only API version that is served (documented).
const Version = "2016-11-15"

// maxBody bounds a request. The largest real one is a few kilobytes.
const maxBody = 1 << 20

// Request is one decoded call.
type Request struct {
	// Action is the operation's name as sent, for example "DescribeSubnets".
	Action string
	values url.Values
}

// Parse decodes a call from a POST form or a GET query, if it is one of EC2: by
// its Version, or because it was sent to a host named "ec2.". If it is not,
// forEC2 is false and r can be read as if nothing had happened. Every error it
// returns is a [*wire.Error] with a 4xx status.
func Parse(r *http.Request) (q Request, forEC2 bool, err error) {
	raw, err := peek(r)
	if err != nil {
		return Request{}, false, nil // whoever reads it next sees the same
	}
	values, err := url.ParseQuery(raw)
	q = Request{Action: values.Get("Action"), values: values}
	version := values.Get("Version")
	if version != Version && !strings.HasPrefix(r.Host, "ec2.") {
		return Request{}, false, nil
	}
	switch {
	case err != nil:
		return q, true, NewError("MalformedQueryString", "The query string is malformed")
	case q.Action == "":
		return q, true, NewError("MissingAction", "The request is missing an action")
	case version != Version:
		return q, true, NewError("NoSuchVersion", "The requested version (%s) of service AmazonEC2 does not exist", clip(version))
	}
	return q, true, nil
}

// peek returns a call's query string and leaves r as it was.
func peek(r *http.Request) (string, error) {
	if r.Method != http.MethodPost || r.Body == nil {
		return r.URL.RawQuery, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
	if len(body) == 0 && err == nil {
		return r.URL.RawQuery, nil
	}
	return string(body), err
}

// Parameters returns the request members without Action and Version.
func (q Request) Parameters() map[string]string {
	out := make(map[string]string, len(q.values))
	for name := range q.values {
		if name != "Action" && name != "Version" {
			out[name] = q.values.Get(name)
		}
	}
	return out
}

// String returns the member's value, empty when absent.
func (q Request) String(name string) string { return q.values.Get(name) }

// Required returns the value of a member that must be there: MissingParameter
// when it is absent or empty.
func (q Request) Required(name string) (string, error) {
	if v := q.String(name); v != "" {
		return v, nil
	}
	return "", Missing(name)
}

// Int returns a number within lo and hi, or def when the member is absent.
func (q Request) Int(name string, def, lo, hi int) (int, error) {
	if !q.values.Has(name) {
		return def, nil
	}
	n, err := strconv.Atoi(q.String(name))
	if err != nil || n < lo || n > hi {
		return 0, InvalidValue("Value (%s) for parameter %s is invalid. Expecting a value between %d and %d", clip(q.String(name)), name, lo, hi)
	}
	return n, nil
}

// List returns the values of a list, "name.1", "name.2" and so on, in the order
// of their numbers.
func (q Request) List(name string) []string {
	var numbers []int
	for key := range q.values {
		rest, ok := strings.CutPrefix(key, name+".")
		if n, err := strconv.Atoi(rest); ok && err == nil {
			numbers = append(numbers, n)
		}
	}
	sort.Ints(numbers)
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = q.values.Get(name + "." + strconv.Itoa(n))
	}
	return out
}

// clip shortens a value that is quoted back in a message.
func clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}

// NewError returns an error with the HTTP status that EC2 gives the code: 403
// for a denied call is documented, 503 for a throttled one and 412 for a dry run
// are reported; codes that are not listed here are client errors.
func NewError(code, format string, args ...any) *wire.Error {
	e := wire.NewError(code, format, args...)
	switch code {
	case "UnauthorizedOperation":
		e.Status = http.StatusForbidden
	case "AuthFailure":
		e.Status = http.StatusUnauthorized
	case "DryRunOperation":
		e.Status = http.StatusPreconditionFailed
	case "RequestLimitExceeded", "Unavailable", "ServiceUnavailable":
		e.Status = http.StatusServiceUnavailable
	case "InternalError", "InternalFailure":
		e.Status = http.StatusInternalServerError
	default:
		e.Status = http.StatusBadRequest
	}
	return e
}

// InvalidValue is the answer to a parameter that is present but wrong.
func InvalidValue(format string, args ...any) *wire.Error {
	return NewError("InvalidParameterValue", format, args...)
}

// Missing is the answer to an absent required parameter.
func Missing(name string) *wire.Error {
	return NewError("MissingParameter", "The request must contain the parameter %s", name)
}
