package migrationtest

import (
	"bytes"
	"encoding/xml"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// httpClient makes API calls go wrong on their way to the simulator.
type httpClient struct {
	next   doer
	faults *faults
	takes  time.Duration // how long an answer takes
}

// Do sends the request, or lets a fault strike it.
func (c httpClient) Do(req *http.Request) (*http.Response, error) {
	if c.faults.none() {
		return c.next.Do(req)
	}
	form, err := body(req)
	if err != nil {
		return nil, err
	}
	f := c.faults.strike(apiRequest(form))
	if f == nil {
		return c.next.Do(req)
	}
	switch f.effect {
	case effectDelay:
		if err := wait(req.Context().Done(), f.delay); err != nil {
			return nil, req.Context().Err()
		}
		return c.next.Do(req)
	case effectHang:
		<-req.Context().Done()
		return nil, req.Context().Err()
	case effectLostReply, effectHangReply:
		resp, err := c.next.Do(req)
		if err != nil || resp.StatusCode != http.StatusOK {
			c.faults.spare(f)
			return resp, err
		}
		_ = resp.Body.Close() // in memory
		if f.effect == effectHangReply {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}
		return nil, reset("read")
	}
	if err := wait(req.Context().Done(), c.takes); err != nil {
		return nil, req.Context().Err()
	}
	if f.effect == effectLostRequest {
		return nil, reset("read")
	}
	return refusal(req, f.code)
}

// body reads the members of a call and puts the body back.
func body(req *http.Request) (url.Values, error) {
	if req.Body == nil {
		return url.Values{}, nil
	}
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	_ = req.Body.Close() // read to its end
	req.Body = io.NopCloser(bytes.NewReader(raw))
	return url.ParseQuery(string(raw))
}

func apiRequest(form url.Values) Request {
	r := Request{To: API, Name: form.Get("Action"), Parameters: map[string]string{}}
	for name := range form {
		if name != "Action" && name != "Version" {
			r.Parameters[name] = form.Get(name)
		}
	}
	return r
}

// errorAnswer is how the service says no.
type errorAnswer struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Namespace string   `xml:"xmlns,attr"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

func refusal(req *http.Request, code string) (*http.Response, error) {
	status, who := http.StatusBadRequest, "Sender"
	switch {
	case code == "InternalFailure":
		status, who = http.StatusInternalServerError, "Receiver"
	case code == "ServiceUnavailable":
		status, who = http.StatusServiceUnavailable, "Receiver"
	case strings.Contains(code, "NotFound"):
		status = http.StatusNotFound
	}
	text, err := xml.Marshal(errorAnswer{
		Namespace: "http://elasticache.amazonaws.com/doc/2015-02-02/",
		Type:      who, Code: code, Message: "Refused by a fault of the test",
		RequestID: "00000000-0000-4000-8000-000000000000",
	})
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status:     strconv.Itoa(status) + " " + http.StatusText(status),
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"text/xml"}},
		Body:          io.NopCloser(bytes.NewReader(text)),
		ContentLength: int64(len(text)), Request: req,
	}, nil
}

// reset is the error of a connection that was broken by the other side.
func reset(op string) error { return &net.OpError{Op: op, Net: "tcp", Err: syscall.ECONNRESET} }

// wait waits for d, or returns an error when the channel is closed.
func wait(done <-chan struct{}, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return net.ErrClosed
	case <-timer.C:
		return nil
	}
}
