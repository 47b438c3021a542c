// Package retry decides whether an error is worth another try, and waits
// between tries. It knows nothing of AWS or Redis: who makes a call classifies
// its errors.
package retry

// Class is what kind of failure an error is.
type Class string

const (
	// Throttled: the service asks to be called less often.
	Throttled Class = "throttled"
	// Transport: no connection, a broken one, or no answer in time.
	Transport Class = "transport"
	// Server: the service failed by its own account, HTTP status 5xx.
	Server Class = "server"
	// Busy: the other side is in a state that passes, e.g. a replication
	// group that is being modified, or a Redis that loads its data.
	Busy Class = "busy"
	// NotInSync: a completion was refused because the ends are not in sync.
	// What to do about it is not a matter of waiting and asking again, so it
	// is not retried here.
	NotInSync Class = "not_in_sync"
	// Permission: the caller is not allowed, or not known.
	Permission Class = "permission"
	// Permanent: the same call will fail again for the same reason.
	Permanent Class = "permanent"
	// Canceled: the caller gave up.
	Canceled Class = "canceled"
	// Unknown: nobody can tell, so it is not tried again.
	Unknown Class = "unknown"
)

// Retryable reports whether the same call may succeed a little later:
// throttled, transport, server and busy.
func (c Class) Retryable() bool {
	switch c {
	case Throttled, Transport, Server, Busy:
		return true
	}
	return false
}
