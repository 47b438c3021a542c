package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// office is the ticket system and the status page, both over HTTP at one base
// URL. PUT and DELETE by id make the calls idempotent.
type office struct {
	base   string
	client *http.Client
}

// Open implements [tickets].
func (o office) Open(ctx context.Context, id, title string) error {
	return o.call(ctx, http.MethodPut, "/tickets/"+url.PathEscape(id), map[string]string{"title": title}, nil)
}

// Decision implements [tickets].
func (o office) Decision(ctx context.Context, id string) (decision, error) {
	var t struct {
		State decision `json:"state"`
	}
	if err := o.call(ctx, http.MethodGet, "/tickets/"+url.PathEscape(id), nil, &t); err != nil {
		return "", err
	}
	switch t.State {
	case undecided, approved, denied:
		return t.State, nil
	}
	return "", fmt.Errorf("ticket %s has the state %q, want %s, %s or %s", id, t.State, undecided, approved, denied)
}

// Post implements [notices].
func (o office) Post(ctx context.Context, id, text string) error {
	return o.call(ctx, http.MethodPut, "/notices/"+url.PathEscape(id), map[string]string{"text": text}, nil)
}

// Withdraw implements [notices].
func (o office) Withdraw(ctx context.Context, id string) error {
	return o.call(ctx, http.MethodDelete, "/notices/"+url.PathEscape(id), nil, nil)
}

// call sends in as JSON, unless it is nil, and reads the answer into out, unless
// that is nil.
func (o office) call(ctx context.Context, method, path string, in map[string]string, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, o.base+path, body)
	if err != nil {
		return err
	}
	resp, err := o.client.Do(req)
	if err != nil {
		return err // it names method and URL
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}
