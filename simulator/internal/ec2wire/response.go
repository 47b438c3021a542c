package ec2wire

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"time"

	"github.com/cachelift/cachelift/simulator/internal/wire"
)

const namespace = "http://ec2.amazonaws.com/doc/2016-11-15/"

// Result is the answer of an operation: one of this package's response structs.
type Result interface{ setRequestID(id string) }

// Meta is the part that all responses share.
type Meta struct {
	// RequestID is set by WriteResult.
	RequestID string `xml:"requestId"`
}

func (m *Meta) setRequestID(id string) { m.RequestID = id }

// Set is a list as EC2 writes it: an element that is there also when it is
// empty, with an element "item" for each member.
type Set[T any] struct {
	// Items are the members.
	Items []T `xml:"item"`
}

// SetOf returns a list of shapes of the items.
func SetOf[T, S any](items []T, shape func(T) S) Set[S] {
	out := Set[S]{Items: make([]S, len(items))}
	for i, item := range items {
		out.Items[i] = shape(item)
	}
	return out
}

// Time is a timestamp in the form of the service's samples: UTC with milliseconds.
type Time time.Time

// MarshalText writes the timestamp.
func (t Time) MarshalText() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format("2006-01-02T15:04:05.000Z")), nil
}

// WriteResult answers an operation. result is a [Result].
func WriteResult(w http.ResponseWriter, action, requestID string, result any) {
	if r, ok := result.(Result); ok {
		r.setRequestID(requestID)
	}
	body := bytes.NewBufferString(xml.Header)
	err := xml.NewEncoder(body).EncodeElement(result, xml.StartElement{
		Name: xml.Name{Local: action + "Response"},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}},
	})
	if err != nil {
		WriteError(w, requestID, NewError("InternalError", "An internal error has occurred"))
		return
	}
	write(w, http.StatusOK, requestID, body.Bytes())
}

type errorResponse struct {
	XMLName   xml.Name `xml:"Response"`
	Code      string   `xml:"Errors>Error>Code"`
	Message   string   `xml:"Errors>Error>Message"`
	RequestID string   `xml:"RequestID"`
}

// WriteError answers with the protocol's error envelope.
func WriteError(w http.ResponseWriter, requestID string, e *wire.Error) {
	body, err := xml.Marshal(errorResponse{Code: e.Code, Message: e.Message, RequestID: requestID})
	if err != nil { // strings only: cannot happen, and an empty body is still an error to a client
		body = nil
	}
	write(w, e.Status, requestID, append([]byte(xml.Header), body...))
}

func write(w http.ResponseWriter, status int, requestID string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/xml;charset=UTF-8")
	h.Set("X-Amzn-Requestid", requestID)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone; there is nobody to tell
}
