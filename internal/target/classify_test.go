package target_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/smithy-go"

	class "github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/internal/target"
)

// wire plays the network below the real SDK client, and counts the requests.
type wire struct {
	status int
	body   string
	err    error
	calls  int
}

func (w *wire) Do(*http.Request) (*http.Response, error) {
	w.calls++
	if w.err != nil {
		return nil, w.err
	}
	return &http.Response{StatusCode: w.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(w.body))}, nil
}

// groupOver returns a group whose client has a retryer of its own that would
// try five times.
func groupOver(w *wire) *target.Group {
	return target.New(elasticache.NewFromConfig(aws.Config{
		Region:     "eu-central-1",
		HTTPClient: w,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "secret"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = 5 })
		},
	}), "prod")
}

func refusal(code string) string {
	return `<ErrorResponse xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/"><Error><Type>Sender</Type><Code>` +
		code + `</Code><Message>because</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`
}

// TestFailuresThroughTheSDK sends every kind of failure through the real client.
func TestFailuresThroughTheSDK(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		wire      wire
		class     class.Class
		ambiguous bool
	}{
		{wire{status: 400, body: refusal("Throttling")}, class.Throttled, false},
		{wire{status: 400, body: refusal("ThrottlingException")}, class.Throttled, false},
		{wire{status: 400, body: refusal("APICallRateForCustomerExceeded")}, class.Throttled, false},
		{wire{status: 503, body: refusal("SlowDown")}, class.Throttled, false},
		{wire{status: 429, body: "slow down"}, class.Throttled, false},
		{wire{status: 500, body: refusal("InternalFailure")}, class.Server, true},
		{wire{status: 503, body: refusal("ServiceUnavailable")}, class.Server, true},
		{wire{status: 502, body: "<html>Bad Gateway"}, class.Server, true},
		{wire{status: 400, body: refusal("RequestTimeout")}, class.Transport, true},
		{wire{status: 400, body: refusal("InvalidReplicationGroupState")}, class.Busy, false},
		{wire{status: 400, body: refusal("InvalidCacheClusterState")}, class.Busy, false},
		{wire{status: 400, body: refusal("MigrationHealthFault")}, class.NotInSync, false},
		{wire{status: 403, body: refusal("AccessDenied")}, class.Permission, false},
		{wire{status: 403, body: refusal("UnrecognizedClientException")}, class.Permission, false},
		{wire{status: 403, body: refusal("ExpiredToken")}, class.Permission, false},
		{wire{status: 403, body: refusal("SomethingNew")}, class.Permission, false},
		{wire{status: 404, body: refusal("ReplicationGroupNotFoundFault")}, class.Permanent, false},
		{wire{status: 400, body: refusal("ReplicationGroupAlreadyUnderMigrationFault")}, class.Permanent, false},
		{wire{status: 400, body: refusal("ReplicationGroupNotUnderMigrationFault")}, class.Permanent, false},
		{wire{status: 400, body: refusal("InvalidParameterValue")}, class.Permanent, false},
		{wire{status: 400, body: refusal("InvalidParameterCombination")}, class.Permanent, false},
		{wire{status: 400, body: refusal("SomethingNew")}, class.Permanent, false},
		{wire{status: 200, body: "<not-xml"}, class.Transport, true},
		{wire{err: io.ErrUnexpectedEOF}, class.Transport, true},
		{wire{err: syscall.ECONNRESET}, class.Transport, true},
		{wire{err: os.ErrDeadlineExceeded}, class.Transport, true},
		{wire{err: &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}}, class.Transport, true},
		{wire{err: &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}}, class.Transport, false},
		{wire{err: &net.DNSError{Err: "no such host", Name: "elasticache"}}, class.Transport, false},
	} {
		name := fmt.Sprintf("%d %s %v", row.wire.status, row.wire.body, row.wire.err)
		err := groupOver(&row.wire).Start(t.Context(), "10.0.0.1", 6379)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if got := target.Classify(err); got != row.class {
			t.Errorf("%s: class %s, want %s (%v)", name, got, row.class, err)
		}
		if got := target.Ambiguous(err); got != row.ambiguous {
			t.Errorf("%s: ambiguous %t, want %t (%v)", name, got, row.ambiguous, err)
		}
		if row.wire.calls != 1 {
			t.Errorf("%s: %d requests, want 1: retries are the caller's", name, row.wire.calls)
		}
	}
}

func TestClassifyTheRest(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := groupOver(&wire{err: context.Canceled}).Start(ctx, "10.0.0.1", 6379)
	if target.Classify(err) != class.Canceled || !target.Ambiguous(err) {
		t.Errorf("canceled: %v is %s", err, target.Classify(err))
	}
	for _, row := range []struct {
		err       error
		class     class.Class
		ambiguous bool
	}{
		{nil, class.Unknown, false},
		{errors.New("no credentials"), class.Unknown, true},
		{context.DeadlineExceeded, class.Transport, true},
		{&smithy.SerializationError{Err: errors.New("x")}, class.Unknown, false},
		{smithy.InvalidParamsError{}, class.Unknown, false},
	} {
		if target.Classify(row.err) != row.class || target.Ambiguous(row.err) != row.ambiguous {
			t.Errorf("%v: class %s, ambiguous %t", row.err, target.Classify(row.err), target.Ambiguous(row.err))
		}
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	code := func(c string) error { return fmt.Errorf("wrapped: %w", &smithy.GenericAPIError{Code: c}) }
	if !target.IsAlreadyUnderMigration(code("ReplicationGroupAlreadyUnderMigrationFault")) || target.IsAlreadyUnderMigration(nil) ||
		!target.IsNotUnderMigration(code("ReplicationGroupNotUnderMigrationFault")) || target.IsNotUnderMigration(code("Throttling")) ||
		!target.IsUnsupported(code("InvalidAction")) || target.IsUnsupported(code("InvalidParameterValue")) ||
		target.Code(code("Throttling")) != "Throttling" || target.Code(io.EOF) != "" {
		t.Error("a code is read wrongly")
	}
}
