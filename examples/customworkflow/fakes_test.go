package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
)

// house is a deployment of fakes: no sockets, so that it runs in virtual time.
type house struct {
	deployment
	office *fakeOffice
	funcs  *countedLibrary
	dns    *fakeZone
}

// newHouse decides tickets after a time.
func newHouse(d decision, after time.Duration) house {
	h := house{
		office: &fakeOffice{verdict: d, after: after, opened: map[string]time.Time{}, notices: map[string]string{}},
		funcs:  &countedLibrary{functionLibrary: functionLibrary{name: "orders", code: ordersCode}},
		dns:    &fakeZone{at: migration.Endpoint{Address: "10.0.0.241", Port: 6379}},
	}
	h.deployment = deployment{notices: h.office, tickets: h.office, library: h.funcs, zone: h.dns, lookEvery: 30 * time.Second}
	return h
}

// options are what main gives to migration.New. A day of looks at the API every
// 15 seconds takes a while even in virtual time.
func (h house) options() *migration.Options {
	return &migration.Options{Workflow: h.workflow(), Cutover: h.cutover(), PollEvery: time.Minute}
}

// fakeOffice is a ticket system and a status page in memory.
type fakeOffice struct {
	mu      sync.Mutex
	verdict decision
	after   time.Duration
	outage  time.Duration // after a ticket was opened, the office does not answer for so long
	broken  bool          // looking at a ticket panics
	opened  map[string]time.Time
	notices map[string]string
}

var errOutage = errors.New("503 Service Unavailable")

func (o *fakeOffice) Open(_ context.Context, id, _ string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.opened[id].IsZero() {
		o.opened[id] = time.Now()
	}
	return nil
}

func (o *fakeOffice) Decision(_ context.Context, id string) (decision, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	since := time.Since(o.opened[id])
	switch {
	case o.broken:
		panic("the ticket has no reader")
	case since < o.outage:
		return "", errOutage
	case since < o.after:
		return undecided, nil
	}
	return o.verdict, nil
}

func (o *fakeOffice) Post(_ context.Context, id, text string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.notices[id] = text
	return nil
}

func (o *fakeOffice) Withdraw(_ context.Context, id string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.notices, id)
	return nil
}

// countedLibrary is the library of the release, on servers in memory, which keep
// functions though they cannot call them.
type countedLibrary struct {
	functionLibrary
	loads int
	wrong error // what Check finds
}

func (l *countedLibrary) Load(ctx context.Context, c *redis.Client) error {
	l.loads++
	return l.functionLibrary.Load(ctx, c)
}

func (l *countedLibrary) Check(ctx context.Context, c *redis.Client) error {
	return errors.Join(l.wrong, l.functionLibrary.Check(ctx, c))
}

// fakeZone is a record in memory.
type fakeZone struct {
	at    migration.Endpoint
	moves int
	deaf  bool // updates are taken and not made
}

func (z *fakeZone) Point(_ context.Context, to migration.Endpoint) error {
	z.moves++
	if !z.deaf {
		z.at = to
	}
	return nil
}

func (z *fakeZone) Lookup(context.Context) (migration.Endpoint, error) { return z.at, nil }
