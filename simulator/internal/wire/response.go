package wire

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"time"
)

const namespace = "http://elasticache.amazonaws.com/doc/2015-02-02/"

// Time is a timestamp in the form of the service's samples: UTC with milliseconds.
type Time time.Time

// MarshalText writes the timestamp.
func (t Time) MarshalText() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format("2006-01-02T15:04:05.000Z")), nil
}

// Empty is an element without content, which the service sends for some unset structures.
type Empty struct{}

// WriteResult answers an operation. result is one of this package's result structs.
func WriteResult(w http.ResponseWriter, action, requestID string, result any) {
	root := xml.StartElement{
		Name: xml.Name{Local: action + "Response"},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}},
	}
	var body bytes.Buffer
	enc := xml.NewEncoder(&body)
	err := enc.EncodeToken(root)
	if err == nil {
		err = enc.EncodeElement(result, xml.StartElement{Name: xml.Name{Local: action + "Result"}})
	}
	if err == nil {
		meta := struct {
			RequestID string `xml:"RequestId"`
		}{requestID}
		err = enc.EncodeElement(meta, xml.StartElement{Name: xml.Name{Local: "ResponseMetadata"}})
	}
	if err == nil {
		err = enc.EncodeToken(root.End())
	}
	if err == nil {
		err = enc.Close()
	}
	if err != nil {
		WriteError(w, requestID, AsError(err))
		return
	}
	write(w, http.StatusOK, requestID, body.Bytes())
}

type errorResponse struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Namespace string   `xml:"xmlns,attr"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

// WriteError answers with the protocol's error envelope.
func WriteError(w http.ResponseWriter, requestID string, e *Error) {
	blame := "Sender"
	if e.Status >= http.StatusInternalServerError {
		blame = "Receiver"
	}
	body, err := xml.Marshal(errorResponse{
		Namespace: namespace, Type: blame, Code: e.Code, Message: e.Message, RequestID: requestID,
	})
	if err != nil { // strings only: cannot happen, and an empty body is still an error to a client
		body = nil
	}
	write(w, e.Status, requestID, body)
}

func write(w http.ResponseWriter, status int, requestID string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/xml")
	h.Set("X-Amzn-Requestid", requestID)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone; there is nobody to tell
}
