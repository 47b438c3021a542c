package migration

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// FenceOptions tune a [SourceFence]. The zero value is valid; every field says what
// its zero means.
type FenceOptions struct {
	// Gate stops the host's own writers. It is closed before the fence and opened
	// after it; where the source cannot be fenced it has to do alone. Nil means
	// none.
	Gate Gate
	// QuietFor is how long no write may be executed on the source before a Gate
	// alone counts as closed. It is part of the write pause. Zero means 500
	// milliseconds.
	QuietFor time.Duration
	// OldClients is what becomes of clients that are still connected to the source
	// after Switch. Zero means [OldClientsKeep].
	OldClients OldClients
	// AfterSwitch is what becomes of the fence then. Zero means
	// [AfterSwitchFenced].
	AfterSwitch AfterSwitch
	// DangerNoScripts states that no client of the source runs scripts or
	// transactions, and none will until the end. It counts below Redis 6.2.7 alone,
	// where those pass the only fence that there may be (measured on 5.0 and 6.0.16):
	// what they write then is lost in silence. False means that such a source cannot be fenced.
	DangerNoScripts bool
}

// OldClients is what becomes of connections to the old primary.
type OldClients string

const (
	// OldClientsKeep leaves them alone: parked writes are refused, and every later
	// one. It is enough to lose nothing.
	OldClientsKeep OldClients = "keep"
	// OldClientsDisconnect closes the connections of all ordinary clients of the
	// source, once, so that those that would rather keep a connection than look up
	// the address again have to. It meets everybody who is connected there,
	// monitoring and those who only read included; needs the right to CLIENT KILL.
	OldClientsDisconnect OldClients = "disconnect"
)

// AfterSwitch is what becomes of the fence on the old primary.
type AfterSwitch string

const (
	// AfterSwitchFenced leaves it closed for good: a late client gets an error.
	AfterSwitchFenced AfterSwitch = "fenced"
	// AfterSwitchOpen opens it after Switch and puts all settings back. What a late
	// client writes to the source from then on is acknowledged and nowhere else. A
	// Gate stays closed. A run that is interrupted after Switch finds the source open
	// and says [ErrEnded].
	AfterSwitchOpen AfterSwitch = "open"
)

// Gate is the host's own means to keep its writers from the source: a feature flag,
// a proxy, or scaling to zero. The methods are called one at a time and are
// idempotent, as those of a [Cutover] are; each returns soon after its context ends.
//
// It is about the source alone: that the application writes to the target after
// Switch is no matter of the Gate, which stays closed.
type Gate interface {
	// Close returns nil when no write can reach the source any more by the ways
	// that the gate covers, those under way included.
	Close(ctx context.Context) error
	// Open undoes Close, also half of one.
	Open(ctx context.Context) error
	// Closed tells the durable truth, which a new process reads: true from Close
	// until Open.
	Closed(ctx context.Context) (bool, error)
}

func (o FenceOptions) validate() error {
	var errs []error
	if o.QuietFor < 0 {
		errs = append(errs, fmt.Errorf("migration: FenceOptions.QuietFor is %v, want 0 or more", o.QuietFor))
	}
	switch o.OldClients {
	case "", OldClientsKeep, OldClientsDisconnect:
	default:
		errs = append(errs, fmt.Errorf("migration: FenceOptions.OldClients is %q, want %q or %q", o.OldClients, OldClientsKeep, OldClientsDisconnect))
	}
	switch o.AfterSwitch {
	case "", AfterSwitchFenced, AfterSwitchOpen:
	default:
		errs = append(errs, fmt.Errorf("migration: FenceOptions.AfterSwitch is %q, want %q or %q", o.AfterSwitch, AfterSwitchFenced, AfterSwitchOpen))
	}
	return errors.Join(errs...)
}
