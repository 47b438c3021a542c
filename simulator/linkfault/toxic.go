package linkfault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// patience bounds one change of the proxy. It waits for what its connections are
// doing, and one that ends at the very moment may make it wait for ever.
const patience = 10 * time.Second

// errStuck says that the proxy has not taken a change.
var errStuck = errors.New("linkfault: the proxy does not take the change")

// within runs a change of the proxy, but does not wait for it longer than
// patience.
func within(change func() error) error {
	done := make(chan error, 1)
	go func() { done <- change() }()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return errStuck
	}
}

// toxic is what the proxy is told.
type toxic struct {
	Name       string           `json:"name"`
	Type       string           `json:"type"`
	Stream     string           `json:"stream"`
	Attributes map[string]int64 `json:"attributes"`
}

// change puts a toxic in force, or takes it away, unless there are problems.
func (p *Proxy) change(kind string, wanted bool, attributes map[string]int64, only []Direction, problems ...error) error {
	names, err := streams(only)
	if err := errors.Join(append(problems, err)...); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	for _, stream := range names {
		t := toxic{Name: kind + "_" + stream, Type: kind, Stream: stream, Attributes: attributes}
		if err := within(func() error { return p.apply(t, wanted, p.toxics[t.Name]) }); err != nil {
			return fmt.Errorf("linkfault: %s: %w", t.Name, err)
		}
		p.toxics[t.Name] = wanted
	}
	return nil
}

// apply brings the proxy to a toxic that is wanted or not, and is there or not.
func (p *Proxy) apply(t toxic, wanted, there bool) error {
	text, err := json.Marshal(t)
	switch {
	case err != nil:
		return err
	case wanted && there:
		_, err = p.proxy.Toxics.UpdateToxicJson(t.Name, bytes.NewReader(text))
	case wanted:
		_, err = p.proxy.Toxics.AddToxicJson(bytes.NewReader(text))
	case there:
		err = p.proxy.Toxics.RemoveToxic(context.Background(), t.Name)
	}
	return err
}
