package target

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cachelift/cachelift/internal/retry"
)

// Error codes as they are on the wire; the names of the SDK's types differ for
// some of them.
const (
	codeNotFound          = "ReplicationGroupNotFoundFault"
	codeAlreadyMigrating  = "ReplicationGroupAlreadyUnderMigrationFault"
	codeNotUnderMigration = "ReplicationGroupNotUnderMigrationFault"
)

// Code returns the service's error code, or "" if the error is not an answer of
// the service.
func Code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// IsAlreadyUnderMigration reports whether a start was refused because the group
// is under migration: maybe by an earlier request whose reply was lost.
func IsAlreadyUnderMigration(err error) bool { return Code(err) == codeAlreadyMigrating }

// IsNotUnderMigration reports whether a completion was refused because the group
// is not under migration: maybe because an earlier request completed it.
func IsNotUnderMigration(err error) bool { return Code(err) == codeNotUnderMigration }

// IsUnsupported reports whether the endpoint does not know the operation, as
// emulators and old private endpoints may not.
func IsUnsupported(err error) bool {
	switch Code(err) {
	case "InvalidAction", "UnknownOperationException", "UnsupportedOperation", "NotImplemented":
		return true
	}
	return false
}

// Classify tells what kind of failure an error of this package is: first by the
// service's code, then by the HTTP status, then by what happened on the way.
func Classify(err error) retry.Class {
	if c := classOfCode(Code(err)); c != retry.Unknown {
		return c
	}
	switch status := httpStatus(err); {
	case status == 429:
		return retry.Throttled
	case status >= 500:
		return retry.Server
	case status == 401, status == 403:
		return retry.Permission
	case status >= 400:
		return retry.Permanent
	}
	var (
		network net.Error
		send    *smithyhttp.RequestSendError
		garbled *smithy.DeserializationError
	)
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, errSource):
		return retry.Permanent
	case errors.Is(err, context.Canceled):
		return retry.Canceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network), errors.As(err, &send),
		errors.As(err, &garbled), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return retry.Transport
	}
	return retry.Unknown
}

// classOfCode knows the codes of the ElastiCache model, those common to all
// services, and the throttling codes of the SDK.
// APICallRateForCustomerExceeded is ElastiCache's own and not among the SDK's.
func classOfCode(code string) retry.Class {
	switch code {
	case "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
		"TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded",
		"LimitExceededException", "RequestThrottled", "SlowDown", "PriorRequestNotComplete",
		"EC2ThrottledException", "APICallRateForCustomerExceeded":
		return retry.Throttled
	case "InternalFailure", "InternalError", "InternalServerError", "ServiceUnavailable", "ServiceUnavailableException":
		return retry.Server
	case "RequestTimeout", "RequestTimeoutException":
		return retry.Transport
	case "InvalidReplicationGroupState", "InvalidCacheClusterState":
		return retry.Busy
	case "MigrationHealthFault":
		return retry.NotInSync
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "OptInRequired",
		"AuthFailure", "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId",
		"ExpiredToken", "ExpiredTokenException", "RequestExpired", "SignatureDoesNotMatch",
		"InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken",
		"MissingAuthenticationTokenException":
		return retry.Permission
	case codeNotFound, codeAlreadyMigrating, codeNotUnderMigration, "CacheClusterNotFound",
		"CacheParameterGroupNotFound", "InvalidParameterValue", "InvalidParameterCombination",
		"MissingParameter", "MissingAction", "InvalidAction", "ValidationError", "MalformedQueryString":
		return retry.Permanent
	}
	return retry.Unknown
}

// httpStatus is the status of the answer, or 0 if there was none.
func httpStatus(err error) int {
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}
