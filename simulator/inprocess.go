package simulator

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Config returns an AWS configuration whose calls reach the simulator without
// a network: elasticache.NewFromConfig(sim.Config()) is a client of it, and
// ec2.NewFromConfig(sim.Config()) one of the network of [Sim.EC2]. The SDK
// serialises, signs, retries and decodes as it does towards AWS; the credentials
// are dummies. Change a copy at will, for example its Retryer.
func (s *Sim) Config() aws.Config {
	return aws.Config{
		Region: s.region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIASIMULATOR", SecretAccessKey: "simulator", Source: "cachelift simulator"}, nil
		}),
		HTTPClient: inProcess{handler: s},
	}
}

// inProcess is an HTTP client that calls a handler.
type inProcess struct{ handler http.Handler }

// Do runs one request. A connection that a fault breaks is an ECONNRESET.
func (c inProcess) Do(req *http.Request) (resp *http.Response, err error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		if broken := recover(); broken != nil {
			if broken != http.ErrAbortHandler {
				panic(broken)
			}
			if resp, err = nil, req.Context().Err(); err == nil {
				err = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
			}
		}
	}()
	rec := &recorder{header: http.Header{}, status: http.StatusOK}
	c.handler.ServeHTTP(rec, req.Clone(req.Context()))
	if req.Body != nil {
		_ = req.Body.Close() // read to its end or given up
	}
	return &http.Response{
		Status:        strconv.Itoa(rec.status) + " " + http.StatusText(rec.status),
		StatusCode:    rec.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        rec.header,
		Body:          io.NopCloser(&rec.body),
		ContentLength: int64(rec.body.Len()),
		Request:       req,
	}, nil
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
