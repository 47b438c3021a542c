package migrationtest

import (
	"fmt"
	"time"

	"github.com/cachelift/cachelift/simulator"
)

// End is who is asked for something in a scenario.
type End string

const (
	// API is the ElastiCache API; what is asked for are operations, such as
	// "StartMigration".
	API End = "api"
	// Source is the source server; what is asked for are commands, such as
	// "INFO".
	Source End = "source"
	// Target is each node of the replication group.
	Target End = "target"
)

// Request is one request of the library or of a host's step.
type Request struct {
	// To is who is asked.
	To End
	// Name is the operation or, in upper case, the command; of CLIENT, CONFIG
	// and FUNCTION with the subcommand, as in "CONFIG SET". It is "CONNECT" for a
	// connection to a server. A fault for a command that the servers in memory
	// do not know is refused, since it is mostly misspelt.
	Name string
	// Args are the words of the command, the first one included; nil for the
	// API.
	Args []string
	// Parameters are the members of an API call by their wire names, as in
	// [simulator.Call]; nil for servers.
	Parameters map[string]string
	// After is the time since the scenario started.
	After time.Duration
}

// effect is what a fault does to a request.
type effect string

const (
	effectRefuse      effect = "refuse"
	effectLostRequest effect = "lost request"
	effectLostReply   effect = "lost reply"
	effectDelay       effect = "delay"
	effectHang        effect = "hang"
	effectHangReply   effect = "hang after acceptance"
	effectService     effect = "service"
)

// connectName is the request of a connection.
const connectName = "CONNECT"

// Fault is something that goes wrong in a scenario on purpose. It strikes
// requests of the library and of the steps of a host, once unless Times or
// Always says otherwise; it does not strike the clients that
// [Scenario.SourceClient] and [Scenario.TargetClient] return, nor what the
// servers say to each other. It is a value: its methods return a changed copy.
//
//	s.Faults(
//		migrationtest.Throttle("DescribeEvents").Times(3),
//		migrationtest.LostReply(migrationtest.API, "StartMigration"),
//		migrationtest.LostRequest(migrationtest.Source, "INFO").After(10),
//	)
//
// Of several faults that fit a request, the one that was given first strikes.
type Fault struct {
	to      End
	name    string // empty: any
	effect  effect
	code    string
	delay   time.Duration
	skip    int
	times   int // 0: always
	from    time.Duration
	until   time.Duration // 0: none
	when    func(Request) bool
	service simulator.Fault
}

// Throttle refuses an operation of the API with "Throttling".
func Throttle(operation string) Fault { return Refuse(API, operation, "Throttling") }

// ServerError refuses an operation of the API with "InternalFailure", HTTP
// status 500.
func ServerError(operation string) Fault { return Refuse(API, operation, "InternalFailure") }

// Refuse answers a request with an error and without doing it. For the API it is
// an error code, such as "InvalidReplicationGroupState"; for servers the text of
// the error, such as "LOADING Redis is loading the dataset in memory", and a
// pipeline that holds the command is refused as a whole. An empty name fits all.
func Refuse(to End, name, err string) Fault {
	return Fault{to: to, name: name, effect: effectRefuse, code: err, times: 1}
}

// LostRequest breaks the connection before the request arrives, so that nothing
// is done. An empty name fits all.
func LostRequest(to End, name string) Fault {
	return Fault{to: to, name: name, effect: effectLostRequest, times: 1}
}

// LostReply breaks the connection after the request has been done. One that is
// refused by the API does not use it up. An empty name fits all.
func LostReply(to End, name string) Fault {
	return Fault{to: to, name: name, effect: effectLostReply, times: 1}
}

// Delay keeps back the answer for d; an operation of the API also begins that
// much later. An empty name fits all.
func Delay(to End, name string, d time.Duration) Fault {
	return Fault{to: to, name: name, effect: effectDelay, delay: d, times: 1}
}

// Hang never answers, and nothing is done: a call of the API ends when its
// context does, a command when the connection is closed or its deadline has
// passed. A pipeline that holds the command hangs as a whole. An empty name fits
// all.
func Hang(to End, name string) Fault {
	return Fault{to: to, name: name, effect: effectHang, times: 1}
}

// HangReply is Hang after the request has been done. One that is refused by the
// API does not use it up. An empty name fits all.
func HangReply(to End, name string) Fault {
	return Fault{to: to, name: name, effect: effectHangReply, times: 1}
}

// NoConnection refuses a connection to a server. Those that are open stay so;
// together with a LostRequest they break.
func NoConnection(to End) Fault {
	return Fault{to: to, name: connectName, effect: effectLostRequest, times: 1}
}

// InService is a fault inside the service, such as a promotion that fails or a
// failover: what [simulator.Sim.Inject] takes. How often it strikes is in its
// Count, which Times and Always set, as After sets its After. It has conditions of
// its own, in its When; From, Until and When cannot be used with it.
func InService(f simulator.Fault) Fault { return Fault{effect: effectService, times: 1, service: f} }

// Times makes the fault strike n times, at least once.
func (f Fault) Times(n int) Fault {
	if n < 1 {
		n = -1 // a mistake
	}
	f.times = n
	if f.effect == effectService {
		f.times, f.service.Count = 1, n
	}
	return f
}

// Always makes the fault strike from its first time to the end of the scenario,
// or to the time of Until.
func (f Fault) Always() Fault {
	if f.effect == effectService {
		f.service.Count = 0
		return f
	}
	f.times = 0
	return f
}

// After lets the first n requests pass that the fault would strike.
func (f Fault) After(n int) Fault {
	if f.effect == effectService {
		f.service.After = n
		return f
	}
	f.skip = n
	return f
}

// From makes the fault strike no request in the first time d of the scenario.
func (f Fault) From(d time.Duration) Fault { f.from = d; return f }

// Until makes the fault end when the scenario has run for d: from then on it
// strikes no request. Together with From and Always it makes an outage:
//
//	migrationtest.NoConnection(migrationtest.Source).From(time.Hour).Until(time.Hour + time.Minute).Always()
func (f Fault) Until(d time.Duration) Fault {
	if d <= 0 {
		d = -1 // a mistake
	}
	f.until = d
	return f
}

// When makes the fault strike only requests for which fits says true. It is
// called while others wait, so it must not block.
func (f Fault) When(fits func(Request) bool) Fault { f.when = fits; return f }

// String describes the fault in a few words.
func (f Fault) String() string {
	if f.effect == effectService {
		return "in the service: " + f.service.String()
	}
	name := f.name
	if name == "" {
		name = "any request"
	}
	s := fmt.Sprintf("%s of %s to the %s", f.effect, name, f.to)
	if f.code != "" {
		s += fmt.Sprintf(" with %q", f.code)
	}
	return s
}
