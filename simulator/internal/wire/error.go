package wire

import (
	"fmt"
	"net/http"
)

// Error is an error answer of the API: the code a client branches on, the
// text for a person, and the HTTP status it travels with.
type Error struct {
	// Code is what a client branches on.
	Code string
	// Message is for a person.
	Message string
	// Status is the HTTP status.
	Status int
}

// Error returns code and message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// isNotFound tells the codes that travel with 404 instead of 400
// (documented in the service model).
func isNotFound(code string) bool {
	switch code {
	case "ReplicationGroupNotFoundFault", "CacheClusterNotFound", "CacheParameterGroupNotFound", "MalformedQueryString":
		return true
	}
	return false
}

// NewError returns an error with the status that the service model gives the
// code; codes it does not know are client errors.
func NewError(code, format string, args ...any) *Error {
	status := http.StatusBadRequest
	switch {
	case isNotFound(code):
		status = http.StatusNotFound
	case code == "InternalFailure":
		status = http.StatusInternalServerError
	case code == "ServiceUnavailable":
		status = http.StatusServiceUnavailable
	}
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Status: status}
}

// InvalidValue is the answer to a parameter that is present but wrong.
func InvalidValue(format string, args ...any) *Error {
	return NewError("InvalidParameterValue", format, args...)
}

// InvalidCombination is the answer to parameters that exclude or need each other.
func InvalidCombination(format string, args ...any) *Error {
	return NewError("InvalidParameterCombination", format, args...)
}

// Missing is the answer to an absent required parameter.
func Missing(name string) *Error {
	return NewError("MissingParameter", "The request must contain the parameter %s", name)
}
