package target

import (
	"errors"
	"net"

	"github.com/aws/smithy-go"

	"github.com/cachelift/cachelift/internal/retry"
)

// Ambiguous reports whether a call that failed may have been accepted all the
// same, so that its effect has to be looked for before anything else is done. A
// refusal by the service, throttling, and a connection that was never made are
// not ambiguous; a lost reply, a time-out and HTTP 5xx are. What is not known
// counts as ambiguous: looking does no harm.
func Ambiguous(err error) bool {
	if err == nil {
		return false
	}
	switch Classify(err) {
	case retry.Throttled, retry.Busy, retry.NotInSync, retry.Permission, retry.Permanent:
		return false
	case retry.Server:
		return true
	}
	var (
		dns     *net.DNSError
		dial    *net.OpError
		invalid smithy.InvalidParamsError
		encode  *smithy.SerializationError
	)
	switch {
	case errors.As(err, &dns), errors.As(err, &invalid), errors.As(err, &encode),
		errors.As(err, &dial) && dial.Op == "dial":
		return false
	}
	return true
}
