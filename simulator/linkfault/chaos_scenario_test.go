package linkfault_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/cachelift/cachelift/simulator"
)

// ending is how a process ends that is not let run to the end.
type ending string

const (
	endCrash  ending = "crash"
	endCancel ending = "cancel"
	endAbort  ending = "abort"
)

// interruption is the end of a process: some time after its beginning, or right
// before or after a call of an operation, if one is named.
type interruption struct {
	how   ending
	after time.Duration
	call  string
	sent  bool // after the call, whose answer it does not see any more
}

// linkChange is one that the link goes through.
type linkChange struct {
	after time.Duration // since the one before
	what  string
	d     time.Duration // of a latency, or how long it lasts
	rate  int64
}

// chaosScenario is all that was drawn for one migration.
type chaosScenario struct {
	seed     uint64
	replicas int
	keys     int
	bypass   bool
	inSync   time.Duration // InSyncFor
	faults   []simulator.Fault
	link     []linkChange
	lives    []interruption // the last process after them is let run
}

func (s chaosScenario) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d replicas, %d keys, bypass %t, in sync for %v", s.seed, s.replicas, s.keys, s.bypass, s.inSync)
	for _, f := range s.faults {
		fmt.Fprintf(&b, "\n  fault: %s", f)
	}
	for _, c := range s.link {
		fmt.Fprintf(&b, "\n  link after %v: %s %v %d", c.after, c.what, c.d, c.rate)
	}
	for _, l := range s.lives {
		fmt.Fprintf(&b, "\n  process: %s after %v, or at %q, sent %t", l.how, l.after, l.call, l.sent)
	}
	return b.String()
}

// has reports whether a kind of fault, or of what happens to the link or to a
// process, was drawn.
func (s chaosScenario) has(what ...string) bool {
	all := s.String()
	for _, w := range what {
		if strings.Contains(all, w) {
			return true
		}
	}
	return false
}

// dice draws from one seed.
type dice struct{ *rand.Rand }

func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

func (d dice) ms(low, high int) time.Duration {
	return time.Duration(low+d.IntN(high-low+1)) * time.Millisecond
}

func pick[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

func draw(seed uint64) chaosScenario {
	d := dice{rand.New(rand.NewPCG(seed, 1))}
	s := chaosScenario{seed: seed, replicas: 1 + d.IntN(2), keys: pick(d, 200, 2000, 10000), bypass: d.chance(60), inSync: d.ms(10, 700)}
	for range 1 + d.IntN(4) {
		s.faults = append(s.faults, drawFault(d))
	}
	for d.chance(45) && len(s.link) < 4 {
		s.link = append(s.link, drawLink(d))
	}
	for d.chance(45) && len(s.lives) < 3 {
		l := interruption{how: pick(d, endCrash, endCrash, endCancel), after: d.ms(0, 1500)}
		if l.how == endCrash && d.chance(60) {
			l.after, l.call, l.sent = 5*time.Second, pick(d, "StartMigration", "CompleteMigration", "CompleteMigration"), d.chance(70)
		}
		s.lives = append(s.lives, l)
	}
	if d.chance(12) {
		s.lives = append(s.lives, interruption{how: endAbort, after: d.ms(0, 1500)})
	}
	return s
}

// drawFault draws one of all kinds, with what it may have. A primary is lost at the
// acceptance of a call, so that it is never lost just after its promotion: then
// the service itself has lost the data, and no client can help it.
func drawFault(d dice) simulator.Fault {
	kinds := simulator.FaultKinds()
	f := simulator.Fault{Kind: kinds[d.IntN(len(kinds))], Count: 1 + d.IntN(3), After: d.IntN(4)}
	call := func() string {
		return pick(d, "", "", "DescribeReplicationGroups", "DescribeEvents", "StartMigration", "CompleteMigration", "TestMigration")
	}
	phase := func() simulator.Phase {
		return pick(d, "", "", simulator.PhaseIdle, simulator.PhaseStarting, simulator.PhaseSyncing, simulator.PhaseMigrating, simulator.PhaseCompleting, simulator.PhasePromoted)
	}
	switch f.Kind {
	case simulator.FaultThrottle, simulator.FaultServerError, simulator.FaultLostRequest, simulator.FaultLostReply:
		f.Operation, f.When.Phase = call(), phase()
		f.Count = 1 + d.IntN(10)
	case simulator.FaultRefuse:
		f.Operation, f.When.Phase, f.Code = call(), phase(), pick(d, "InvalidReplicationGroupState", "AccessDenied", "ServiceUnavailable")
		f.Count = 1
	case simulator.FaultHang, simulator.FaultHangAccepted:
		f.Operation, f.When.Phase, f.Count = call(), phase(), 1
	case simulator.FaultStale:
		f.Operation = pick(d, "", "DescribeReplicationGroups", "DescribeEvents")
		f.When.Phase, f.Delay, f.Count = phase(), d.ms(20, 400), 1+d.IntN(20)
	case simulator.FaultShuffledEvents:
		f.Count = 0
	case simulator.FaultLateEvent:
		f.Operation, f.Delay, f.After = pick(d, "", "StartMigration", "CompleteMigration"), d.ms(20, 600), 0
	case simulator.FaultDuplicateEvent:
		f.Operation, f.Delay, f.After = pick(d, "", "StartMigration", "CompleteMigration"), d.ms(0, 300), 0
	case simulator.FaultMissingEvent:
		f.Operation, f.After = pick(d, "", "TestMigration", "StartMigration", "CompleteMigration"), 0
	case simulator.FaultStuckModifying:
		f.After, f.Lasts = 0, d.ms(100, 3000)
	case simulator.FaultPromotionSlow:
		f.After, f.Delay = d.IntN(2), d.ms(50, 2500)
	case simulator.FaultPromotionFails, simulator.FaultRejectedRDB:
		f.After = d.IntN(2)
	case simulator.FaultFailover, simulator.FaultReplacement:
		f.Count, f.Lasts, f.Then = 1, d.ms(0, 400), pick(d, "", "", simulator.AftermathResumes, simulator.AftermathEnds)
		f.Operation, f.After = "CompleteMigration", 0
		if d.chance(70) {
			f.Operation, f.After = "DescribeReplicationGroups", d.IntN(12)
			f.When.Phase = pick(d, simulator.PhaseStarting, simulator.PhaseSyncing, simulator.PhaseMigrating, simulator.PhaseMigrating)
		}
	}
	return f
}

func drawLink(d dice) linkChange {
	c := linkChange{after: d.ms(100, 2000), what: pick(d, "latency", "bandwidth", "cut", "black hole"), d: d.ms(50, 1500)}
	switch c.what {
	case "latency":
		c.d = d.ms(1, 60)
	case "bandwidth":
		c.d, c.rate = d.ms(200, 2000), 1000*int64(100+d.IntN(2000))
	}
	return c
}
