package simulator

import (
	"maps"
	"time"
)

// The services that are simulated, by their prefixes in IAM policies.
const (
	serviceElastiCache = "elasticache"
	serviceEC2         = "ec2"
)

// maxCalls bounds the record of calls; the oldest go first.
const maxCalls = 10000

// Call is one API call as the simulator saw it.
type Call struct {
	// Service is "elasticache" or "ec2": with a colon and the Operation behind
	// it, it is the action that an IAM policy has to allow.
	Service string
	// Operation is the action's name, empty if none could be read.
	Operation string
	// Parameters are the request members by their wire names, for example
	// "CustomerNodeEndpointList.member.1.Port", without Action and Version.
	Parameters map[string]string
	// At is when the call arrived.
	At time.Time
	// Status is the HTTP status of the answer, 0 if no answer was sent.
	Status int
	// Code is the error code of the answer, empty for a success.
	Code string
	// Accepted says that the call took effect, also if its reply was lost.
	Accepted bool
	// Fault is the fault that struck the call, empty for none.
	Fault FaultKind
}

// Calls returns the calls so far, oldest first, at most the last 10,000.
func (s *Sim) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Call, len(s.calls))
	for i, c := range s.calls {
		c.Parameters = maps.Clone(c.Parameters)
		out[i] = c
	}
	return out
}

// note records a call with its answer. The caller holds s.mu.
func (s *Sim) note(q request, at time.Time, answer outcome) {
	c := Call{Service: q.service, Operation: q.operation, Parameters: q.parameters, At: at, Fault: answer.fault}
	switch {
	case answer.err != nil:
		c.Code = answer.err.Code
		c.Status = answer.err.Status
	case answer.lost:
	default:
		c.Status = 200
	}
	c.Accepted = answer.accepted
	if len(s.calls) >= maxCalls {
		s.calls = append(s.calls[:0], s.calls[maxCalls/10:]...)
	}
	s.calls = append(s.calls, c)
}
