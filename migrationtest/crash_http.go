package migrationtest

import "net/http"

// effectHTTP makes the API calls of a process, of which those that change
// something are side effects.
type effectHTTP struct {
	process *process
	next    doer
}

// Do sends the request, unless it is struck.
func (c effectHTTP) Do(req *http.Request) (*http.Response, error) {
	form, err := body(req)
	if err != nil {
		return nil, err
	}
	operation := form.Get("Action")
	if !changesGroup(operation) {
		return c.next.Do(req)
	}
	if form.Get("Force") == "true" {
		operation += " with Force"
	}
	effects := c.process.effects
	id, how := effects.begin(sideEffect{what: operation})
	switch how {
	case kindRefused:
		return refusal(req, "InvalidReplicationGroupState")
	case kindLost:
		return nil, reset("read")
	case kindGoneBefore:
		c.process.gone()
		return nil, c.process.fail(req.Context(), reset("write"))
	}
	resp, err := c.next.Do(req)
	done := err == nil && resp.StatusCode == http.StatusOK
	effects.end(id, done)
	if how == kindNone || how != kindGoneAfter && !done {
		return resp, err
	}
	if err == nil {
		_ = resp.Body.Close() // in memory
	}
	switch how {
	case kindErrorAfter:
		return refusal(req, "InternalFailure")
	case kindGoneAfter:
		c.process.gone()
		return nil, c.process.fail(req.Context(), reset("read"))
	}
	return nil, reset("read")
}
