package simulator

import (
	"cmp"
	"crypto/sha1"
	"fmt"
	"net/http"

	"github.com/cachelift/cachelift/simulator/internal/ec2wire"
	"github.com/cachelift/cachelift/simulator/internal/wire"
)

// request is one call, in the protocol of its service.
type request struct {
	service    string
	operation  string
	parameters map[string]string
	group      string // the replication group that it names
	malformed  error
	throttled  string                   // the code of a throttled call
	perform    func(sight) (any, error) // the caller holds Sim.mu

	newError    func(code, format string, args ...any) *wire.Error
	writeError  func(w http.ResponseWriter, id string, e *wire.Error)
	writeResult func(w http.ResponseWriter, operation, id string, result any)
}

// outcome is what became of one call.
type outcome struct {
	result   any
	err      *wire.Error
	accepted bool
	lost     bool // no answer is sent
	hangs    bool // nor is the connection broken
	fault    FaultKind
}

// ServeHTTP answers one call of the ElastiCache query protocol, API version
// 2015-02-02, or of the EC2 query protocol, API version 2016-11-15, as POST form
// or GET query. Signatures are accepted unverified. A fault that loses the
// connection panics with [http.ErrAbortHandler], by which net/http breaks a
// connection without an answer; so does a request whose context ends within
// [Timing].Call, and one that hangs when its context ends.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := now()
	q := s.read(r)
	answer := s.answer(q)
	s.mu.Lock()
	s.note(q, at, answer)
	s.requests++
	id := requestID(s.requests)
	s.mu.Unlock()
	if sleep(r.Context(), s.timing.Call) != nil {
		panic(http.ErrAbortHandler) // nobody waits for the answer
	}
	switch {
	case answer.hangs:
		ctx, cancel := s.newContext(r.Context())
		defer cancel()
		<-ctx.Done()
		panic(http.ErrAbortHandler)
	case answer.lost:
		panic(http.ErrAbortHandler)
	case answer.err != nil:
		q.writeError(w, id, answer.err)
	default:
		q.writeResult(w, q.operation, id, answer.result)
	}
}

// read decodes a call of either service.
func (s *Sim) read(r *http.Request) request {
	if q, forEC2, err := ec2wire.Parse(r); forEC2 {
		return s.ec2Request(q, err)
	}
	q, err := wire.Parse(r)
	return request{
		service: serviceElastiCache, operation: q.Action, parameters: q.Parameters(), group: groupOf(q),
		malformed: err, throttled: "Throttling", perform: func(look sight) (any, error) { return s.perform(q, look) },
		newError: wire.NewError, writeError: wire.WriteError, writeResult: wire.WriteResult,
	}
}

// answer decides one call, with the faults in force.
func (s *Sim) answer(q request) outcome {
	if q.malformed != nil {
		return outcome{err: wire.AsError(q.malformed)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return outcome{err: q.newError("ServiceUnavailable", "The simulator has been closed")}
	}
	o := Occasion{Operation: q.operation, Parameters: q.parameters, GroupID: q.group}
	for _, kind := range []FaultKind{FaultThrottle, FaultServerError, FaultRefuse, FaultLostRequest, FaultHang} {
		in := s.takeFault(kind, o)
		switch {
		case in == nil:
		case kind == FaultLostRequest || kind == FaultHang:
			return outcome{lost: true, hangs: kind == FaultHang, fault: kind}
		default:
			return outcome{err: q.newError(cmp.Or(in.fault.Code, q.throttled), "%s", in.fault.Message), fault: kind}
		}
	}
	look, fault := s.sightOf(o)
	result, err := q.perform(look)
	if err != nil {
		return outcome{err: wire.AsError(err), fault: fault}
	}
	s.disrupt(o)
	for _, kind := range []FaultKind{FaultLostReply, FaultHangAccepted} {
		if s.takeFault(kind, o) != nil {
			return outcome{accepted: true, lost: true, hangs: kind == FaultHangAccepted, fault: kind}
		}
	}
	return outcome{result: result, accepted: true, fault: fault}
}

// groupOf is the replication group that a call names: by its id, or as the
// source of the events that it asks for.
func groupOf(q wire.Request) string {
	if q.Action == opDescribeEvents && q.String("SourceType") == sourceGroup {
		return q.ID("SourceIdentifier")
	}
	return q.ID("ReplicationGroupId")
}

// operations are the API operations that are served, of both services.
func operations() []string {
	return append([]string{
		opDescribeGroups, opDescribeClusters, opDescribeSubnetGroups, opDescribeParameters,
		opDescribeEvents, opTest, opStart, opComplete,
	}, ec2OperationNames()...)
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

	opResume = "resume" // of no call: a migration goes on with another primary
)

// perform runs an operation of ElastiCache. None of them waits: what takes time goes on in
// the background. The caller holds s.mu.
func (s *Sim) perform(q wire.Request, look sight) (any, error) {
	switch q.Action {
	case opDescribeGroups:
		return s.describeGroups(q, look)
	case opDescribeClusters:
		return s.describeClusters(q)
	case opDescribeSubnetGroups:
		return s.describeSubnetGroups(q)
	case opDescribeParameters:
		return s.describeParameters(q)
	case opDescribeEvents:
		return s.describeEvents(q, look)
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
