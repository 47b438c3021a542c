package simulator

import (
	"crypto/sha1"
	"fmt"
	"net/http"

	"github.com/cachelift/cachelift/simulator/internal/wire"
)

// outcome is what became of one call.
type outcome struct {
	result   any
	err      *wire.Error
	accepted bool
	lost     bool // no answer is sent
	fault    FaultKind
}

// ServeHTTP answers one call of the ElastiCache query protocol, API version
// 2015-02-02, as POST form or GET query. Signatures are accepted unverified.
// A fault that loses the connection panics with [http.ErrAbortHandler], by
// which net/http breaks a connection without an answer; so does a request whose
// context ends within [Timing].Call.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := now()
	q, err := wire.Parse(r)
	answer := s.answer(q, err)
	s.mu.Lock()
	s.note(q, at, answer)
	s.requests++
	id := requestID(s.requests)
	s.mu.Unlock()
	if sleep(r.Context(), s.timing.Call) != nil {
		panic(http.ErrAbortHandler) // nobody waits for the answer
	}
	switch {
	case answer.lost:
		panic(http.ErrAbortHandler)
	case answer.err != nil:
		wire.WriteError(w, id, answer.err)
	default:
		wire.WriteResult(w, q.Action, id, answer.result)
	}
}

// answer decides one call, with the faults in force.
func (s *Sim) answer(q wire.Request, parseErr error) outcome {
	if parseErr != nil {
		return outcome{err: wire.AsError(parseErr)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return outcome{err: wire.NewError("ServiceUnavailable", "The simulator has been closed")}
	}
	group := q.ID("ReplicationGroupId")
	for _, kind := range []FaultKind{FaultThrottle, FaultServerError, FaultRefuse, FaultLostRequest} {
		f := s.takeFault(kind, q.Action, group)
		switch {
		case f == nil:
		case kind == FaultLostRequest:
			return outcome{lost: true, fault: kind}
		default:
			return outcome{err: wire.NewError(f.Code, "%s", f.Message), fault: kind}
		}
	}
	result, err := s.perform(q)
	if err != nil {
		return outcome{err: wire.AsError(err)}
	}
	if s.takeFault(FaultLostReply, q.Action, group) != nil {
		return outcome{accepted: true, lost: true, fault: FaultLostReply}
	}
	return outcome{result: result, accepted: true}
}

// operations are the API operations that are served.
func operations() []string {
	return []string{
		opDescribeGroups, opDescribeClusters, opDescribeSubnetGroups, opDescribeParameters,
		opDescribeEvents, opTest, opStart, opComplete,
	}
}

const (
	opDescribeGroups       = "DescribeReplicationGroups"
	opDescribeClusters     = "DescribeCacheClusters"
	opDescribeSubnetGroups = "DescribeCacheSubnetGroups"
	opDescribeParameters   = "DescribeCacheParameters"
	opDescribeEvents       = "DescribeEvents"
	opTest                 = "TestMigration"
	opStart                = "StartMigration"
	opComplete             = "CompleteMigration"
)

// perform runs an operation. None of them waits: what takes time goes on in
// the background. The caller holds s.mu.
func (s *Sim) perform(q wire.Request) (any, error) {
	switch q.Action {
	case opDescribeGroups:
		return s.describeGroups(q)
	case opDescribeClusters:
		return s.describeClusters(q)
	case opDescribeSubnetGroups:
		return s.describeSubnetGroups(q)
	case opDescribeParameters:
		return s.describeParameters(q)
	case opDescribeEvents:
		return s.describeEvents(q)
	case opTest:
		return s.testMigration(q)
	case opStart:
		return s.startMigration(q)
	case opComplete:
		return s.completeMigration(q)
	}
	return nil, wire.UnknownAction(q.Action, wire.Version)
}

// requestID returns an identifier in the service's form, the same in each run:
// clients write it into their errors.
func requestID(number int) string {
	b := sha1.Sum(fmt.Appendf(nil, "request %d", number))
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
