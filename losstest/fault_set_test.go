package losstest

import (
	"context"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

const (
	opComplete = "CompleteMigration"
	opDescribe = "DescribeReplicationGroups"
	opEvents   = "DescribeEvents"

	noFault = "no fault"
)

// faults are all that goes wrong, one a cut-over.
func faults() []fault {
	var all []fault
	for _, part := range [][]fault{{{name: noFault}}, serviceFaults(), promotionFaults(), linkFaults(), hostFaults(), processFaults()} {
		all = append(all, part...)
	}
	return all
}

// serviceFaults are of the calls and the events.
func serviceFaults() []fault {
	return []fault{
		injected("throttled completion", simulator.Fault{Kind: simulator.FaultThrottle, Operation: opComplete, Count: 3}),
		injected("lost request of the completion", simulator.Fault{Kind: simulator.FaultLostRequest, Operation: opComplete, Count: 1}),
		injected("lost reply of the completion", simulator.Fault{Kind: simulator.FaultLostReply, Operation: opComplete, Count: 1}),
		injected("server error of the completion", simulator.Fault{Kind: simulator.FaultServerError, Operation: opComplete, Count: 1}),
		injected("completion hangs and was accepted", simulator.Fault{Kind: simulator.FaultHangAccepted, Operation: opComplete, Count: 1}),
		inPause("API hangs", func(*armed) simulator.Fault {
			return simulator.Fault{Kind: simulator.FaultHang, Operation: opDescribe, Count: 1}
		}),
		injected("refused completion", simulator.Fault{Kind: simulator.FaultRefuse, Code: "InvalidReplicationGroupState", Operation: opComplete, Count: 1}),
		inPause("throttled API", func(*armed) simulator.Fault { return simulator.Fault{Kind: simulator.FaultThrottle, Count: 12} }),
		inPause("API down", func(*armed) simulator.Fault {
			return simulator.Fault{Kind: simulator.FaultServerError, Operation: opDescribe, Count: 20}
		}),
		inPause("stale status", func(a *armed) simulator.Fault {
			return simulator.Fault{Kind: simulator.FaultStale, Operation: opDescribe, Delay: a.between(50*time.Millisecond, 300*time.Millisecond), Count: 20}
		}),
		injected("no event of the completion", simulator.Fault{Kind: simulator.FaultMissingEvent, Operation: opComplete}),
		injected("late event", simulator.Fault{Kind: simulator.FaultLateEvent, Operation: opComplete, Delay: 200 * time.Millisecond}),
		injected("event twice", simulator.Fault{Kind: simulator.FaultDuplicateEvent, Operation: opComplete, Delay: 10 * time.Millisecond}),
		injected("events out of order", simulator.Fault{Kind: simulator.FaultShuffledEvents, Operation: opEvents}),
		{name: "slow API", timing: func(t *simulator.Timing) { t.Call = 60 * time.Millisecond }},
	}
}

// promotionFaults are inside the service.
func promotionFaults() []fault {
	slow := func(d time.Duration) simulator.Fault {
		return simulator.Fault{Kind: simulator.FaultPromotionSlow, Operation: opComplete, Delay: d}
	}
	return []fault{
		injected("slow promotion", slow(300*time.Millisecond)),
		{name: "pause over before the promotion", arm: func(a *armed) error {
			a.opts.MaxWritePause = 600 * time.Millisecond
			return a.inject(slow(900 * time.Millisecond))
		}, tolerates: is(migration.ErrPausedTooLong)},
		injected("promotion fails", simulator.Fault{Kind: simulator.FaultPromotionFails, Operation: opComplete, Count: 1}),
		injected("promotion fails twice", simulator.Fault{Kind: simulator.FaultPromotionFails, Operation: opComplete, Count: 2}),
		{
			name: "node replaced while it completes",
			arm: func(a *armed) error {
				return a.inject(simulator.Fault{Kind: simulator.FaultReplacement, Operation: opComplete, Then: simulator.AftermathResumes, Count: 1})
			},
			tolerates: func(error) bool { return true },
		},
	}
}

// linkFaults are of the link between source and target, in the pause.
func linkFaults() []fault {
	atPause := func(name string, what func(*armed) error) fault {
		return fault{name: name, link: linkBreakable, arm: func(a *armed) error {
			a.hooks.afterPause = func() {
				if a.strikes.Add(1) > 1 {
					return
				}
				a.note(what(a))
				a.later(a.between(20*time.Millisecond, 200*time.Millisecond), a.wires.restore)
			}
			return nil
		}}
	}
	return []fault{
		atPause("link cut while draining", func(a *armed) error { return a.wires.replication.Cut() }),
		atPause("link silent while draining", func(a *armed) error { return a.wires.replication.BlackHole() }),
		atPause("link slow while draining", func(a *armed) error { return a.wires.replication.Latency(100*time.Millisecond, 0) }),
		{name: "link cut when drained", link: linkBreakable, arm: func(a *armed) error {
			a.on(isDrained, func() error {
				a.later(a.between(20*time.Millisecond, 200*time.Millisecond), a.wires.restore)
				return a.wires.replication.Cut()
			})
			return nil
		}},
		{name: "link silent for longer than the pause", link: linkBreakable, arm: func(a *armed) error {
			a.opts.MaxWritePause = 300 * time.Millisecond
			a.hooks.afterPause = func() {
				if a.strikes.Add(1) == 1 {
					a.note(a.wires.replication.BlackHole())
					a.later(500*time.Millisecond, a.wires.restore)
				}
			}
			return nil
		}, tolerates: is(migration.ErrPausedTooLong)},
	}
}

// hostFaults are of what the host brings along.
func hostFaults() []fault {
	return []fault{
		{name: "slow observer", arm: func(a *armed) error {
			a.opts.Observers = append(a.opts.Observers, progress.ObserverFunc(func(ctx context.Context, _ progress.Event) {
				a.strikes.Add(1)
				sleep(ctx, 30*time.Millisecond)
			}))
			return nil
		}},
		{name: "PauseWrites fails when the fence is closed", arm: func(a *armed) error {
			a.hooks.failPause = func() error {
				if a.strikes.Add(1) == 1 {
					return errHost
				}
				return nil
			}
			return nil
		}},
		{name: "Switch fails and is slow", arm: func(a *armed) error {
			a.hooks.beforeSwitch = func() error {
				sleep(context.Background(), 50*time.Millisecond)
				if a.strikes.Add(1) <= 2 {
					return errHost
				}
				return nil
			}
			return nil
		}},
		{name: "budget too small", arm: func(a *armed) error {
			a.opts.MaxWritePause = a.between(2*time.Millisecond, 20*time.Millisecond)
			a.strikes.Add(1)
			return nil
		}, tolerates: is(migration.ErrPausedTooLong)},
	}
}

// processFaults end the process in the middle; another one goes on. One that is stopped
// resumes writes where it may; one that is gone leaves everything as it is.
func processFaults() []fault {
	stopped := func(name string, at func(progress.Event) bool) fault {
		return fault{name: name, arm: func(a *armed) error {
			a.on(at, func() error { a.stop(errHost); return nil })
			return nil
		}, tolerates: is(errHost, context.Canceled, migration.ErrOutcomeUnknown)}
	}
	return []fault{
		{name: "gone when paused", arm: func(a *armed) error {
			gone := a.mayGo()
			a.hooks.afterPause = gone
			return nil
		}, tolerates: is(migration.ErrLeaseLost)},
		{name: "gone in Switch", arm: func(a *armed) error {
			gone := a.mayGo()
			a.hooks.beforeSwitch = func() error { gone(); return errHost }
			return nil
		}, tolerates: is(migration.ErrLeaseLost)},
		stopped("stopped when paused", when(progress.ActionPauseWrites)),
		stopped("stopped when drained", isDrained),
		stopped("stopped while it completes", when(progress.ActionComplete)),
		stopped("stopped when promoted", isPromoted),
	}
}
