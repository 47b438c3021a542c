// Package wire reads and writes the query protocol of ElastiCache API version
// 2015-02-02: form parameters in, XML out. It knows nothing of what the
// operations do.
//
// Signatures are not verified and unknown request members are ignored, as the
// query protocol's services do; both are assumptions of convenience.
package wire

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Version is the only API version that is served (documented).
const Version = "2015-02-02"

// maxBody bounds a request. The largest real one is a few hundred bytes.
const maxBody = 1 << 20

// Request is one decoded call.
type Request struct {
	// Action is the operation's name as sent, for example "StartMigration".
	Action string
	values url.Values
}

// Parse decodes a call from a POST form or a GET query. Every error it returns
// is an [*Error] with a 4xx status. The returned request carries the action
// also when the rest is in error.
func Parse(r *http.Request) (Request, error) {
	raw, err := rawQuery(r)
	if err != nil {
		return Request{}, err
	}
	values, err := url.ParseQuery(raw)
	q := Request{Action: values.Get("Action"), values: values}
	if err != nil {
		return q, NewError("MalformedQueryString", "The query string is malformed")
	}
	if q.Action == "" {
		return q, NewError("MissingAction", "The request is missing an action")
	}
	switch v := values.Get("Version"); v {
	case Version:
		return q, nil
	case "":
		return q, Missing("Version")
	default:
		return q, UnknownAction(q.Action, v)
	}
}

// UnknownAction is the answer to an operation or version that does not exist.
func UnknownAction(action, version string) *Error {
	return NewError("InvalidAction", "Could not find operation %s for version %s", action, version)
}

func rawQuery(r *http.Request) (string, error) {
	switch r.Method {
	case http.MethodGet:
		return r.URL.RawQuery, nil
	case http.MethodPost:
	default:
		return "", &Error{Code: "InvalidAction", Message: "The method must be POST or GET", Status: http.StatusMethodNotAllowed}
	}
	if r.Body == nil {
		return r.URL.RawQuery, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return "", NewError("MalformedQueryString", "The request body could not be read")
	case len(body) > maxBody:
		return "", &Error{Code: "RequestEntityTooLarge", Message: "The request is too large", Status: http.StatusRequestEntityTooLarge}
	case len(body) == 0:
		return r.URL.RawQuery, nil
	}
	return string(body), nil
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

// ID returns an identifier in lower case; the service's names are not case-sensitive.
func (q Request) ID(name string) string {
	return strings.ToLower(strings.TrimSpace(q.values.Get(name)))
}

// AsError returns err as the [*Error] to answer with. Errors of other types do
// not leave this module's handlers; they would be internal failures.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return NewError("InternalFailure", "The request processing has failed because of an unknown error")
}
