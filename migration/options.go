package migration

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// Options tune a [Migrator]. Nil and the zero value are valid; every field
// says what its zero means. [New] copies them.
type Options struct {
	// Assume holds the answers that AWS's documentation does not give.
	Assume Assumptions
	// Checks are the preflight checks. Nil means [preflight.Builtin].
	Checks []preflight.Check
	// Cutover stops writes and switches the application. Required to go past
	// in_sync; see [SourceFence] for one that is ready-made but for Switch.
	Cutover Cutover
	// CutoverAttempts is how often the cut-over is tried when it has to back
	// out before the point of no return. Zero means 3.
	CutoverAttempts int
	// CutoverRetryAfter is how long after an attempt that backed out the next
	// one may begin; it doubles with each. What refuses a completion, such as a
	// node that is being replaced, takes minutes to pass. Zero means 30 seconds.
	CutoverRetryAfter time.Duration
	// DialContext makes the connections to the Redis servers of both ends, as
	// in net/http: for bastions, tunnels and tests. Nil means [net.Dialer].
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// Facts are sources of facts beside the built-in ones: preflight/vpc for the
	// network, and the host's own. Each is asked once per report, side by side with
	// the others, when the group is known. Without preflight/vpc the network
	// checks are unknown, which is a warning.
	Facts []preflight.FactSource
	// FactsWithin bounds each source of facts, built-in or not; one that takes
	// longer leaves a gap, unless it is a [preflight.SlowFactSource]. A source of
	// the host that does not return 5 seconds after that is abandoned. Zero means 30
	// seconds.
	FactsWithin time.Duration
	// InSyncFor is how long the target must stay in sync without a break
	// before writes are paused. Zero means 5 seconds, -1 not at all.
	InSyncFor time.Duration
	// Lease keeps other processes from driving the same plan; see [FileLease] for
	// one that is ready-made. Nil means none: then it is the host's to see to.
	Lease Lease
	// Ledger keeps the settings of the source that a [SourceFence] changes, outside
	// of the process. Nil means that they are told as events and in Result only.
	Ledger Ledger
	// LinkSpeed is the speed of the network between the source and the target in
	// bytes per second, if it is known: the forecasts of the preflight report rest
	// on it. Zero means not known; then half to ten gigabits are assumed.
	LinkSpeed int64
	// LookupHost resolves the name of the source, if it has one, for the preflight
	// checks and to tell whether it is what the target replicates from: the target
	// reports an address. Nil means the system's resolver. May be called from any
	// goroutine.
	LookupHost func(ctx context.Context, host string) ([]string, error)
	// Logger gets every event through [progress.NewLogObserver]. Nil means no
	// log.
	Logger *slog.Logger
	// MaxWritePause bounds the part of the write pause before the point of no
	// return: pause, drain and the steps of the host between them. When it is
	// used up, writes are resumed. Zero means 30 seconds.
	MaxWritePause time.Duration
	// ObserverWait is how long the end of a run waits for the observers to
	// take the last events. Zero means 5 seconds.
	ObserverWait time.Duration
	// Observers are told what happens.
	Observers []progress.Observer
	// PollEvery is the longest interval between two looks at the ElastiCache
	// API; four times that during a step of the host outside the write pause, and
	// while the target is seen to follow the source, because the end of that would
	// show there first. After each change the library looks
	// sooner, from a second after it. Zero means 15 seconds, the interval of the
	// SDK's own waiters. The Redis servers are sampled more often, which costs
	// them well under 1 % of a core.
	PollEvery time.Duration
	// Retry is how calls that failed for a passing reason are retried, whatever
	// the reason: what is set here takes the place of the defaults in RetryClass.
	Retry Retry
	// RetryClass is how errors of one class are retried, where that is to differ
	// from Retry and from these defaults, which hold from the first failure of the
	// class on:
	//
	//	throttled  delays up to 1 s, doubling to 1 min, for 30 min
	//	transport  up to 500 ms, doubling to 20 s, for 10 min
	//	server     up to 500 ms, doubling to 20 s, for 10 min
	//	busy       up to 1 s, doubling to 30 s, for 30 min
	//	unknown    3 tries with delays up to 500 ms and 1 s
	//	permission 1 try
	//
	// A call whose outcome is not known is never just made again: first its effect
	// is looked for.
	RetryClass map[ErrorClass]Retry
	// SampleFor is how long the source is looked at for the forecasts of the
	// preflight report; where the load varies, take longer. Zero means 250
	// milliseconds, beside which the server's own averages over the last seconds
	// count.
	SampleFor time.Duration
	// Schedule says when writes may be paused. Its zero value means as soon as the
	// target is in sync.
	Schedule Schedule
	// SourceRedis is how the library connects to the source. ElastiCache
	// itself connects without credentials.
	SourceRedis RedisOptions
	// StartAttempts is how often the migration is started at the most, when
	// ElastiCache gives it up for a reason that passes, such as a link that broke;
	// what a second start cannot help ends the run at once. Zero means 3.
	StartAttempts int
	// StartRetryAfter is how long after a start that was given up the next one is
	// made; it doubles with each. Zero means 30 seconds.
	StartRetryAfter time.Duration
	// SyncTimeout bounds the time in syncing. Zero means 24 hours, -1 no
	// bound.
	SyncTimeout time.Duration
	// TargetRedis is how the library connects to the target's primary.
	TargetRedis RedisOptions
	// Verify compares both ends on the way. Its zero value means that nothing is
	// compared, because it reads every key of production; see [Verify].
	Verify Verify
	// Waive lists the ids of preflight checks whose result is overridden.
	Waive []string
	// Workflow is the way of the migration, with the steps of the host. Its
	// zero value is [DefaultWorkflow]. The steps of Verify are added to it.
	Workflow Workflow
}

// RedisOptions are credentials and transport for one Redis server.
type RedisOptions struct {
	// Username is the ACL user. Empty means the default user.
	Username string
	// Password returns the password; it is asked on each connection. Nil
	// means none.
	Password func(context.Context) (string, error)
	// TLS turns TLS on. Nil means plain TCP.
	TLS *tls.Config
}

const (
	defaultWritePause  = 30 * time.Second
	defaultFactsWithin = 30 * time.Second
)

func orDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func (o *Options) resolved() (Options, error) {
	var r Options
	if o != nil {
		r = *o
	}
	r.Workflow = r.Verify.addTo(r.Workflow)
	if err := r.validate(); err != nil {
		return Options{}, err
	}
	if r.Checks == nil {
		r.Checks = preflight.Builtin()
	}
	r.Checks, r.Waive = slices.Clone(r.Checks), slices.Clone(r.Waive)
	r.Facts, r.Observers = slices.Clone(r.Facts), slices.Clone(r.Observers)
	r.RetryClass = maps.Clone(r.RetryClass)
	r.Schedule.Windows = slices.Clone(r.Schedule.Windows)
	if r.Logger != nil {
		r.Observers = append(r.Observers, progress.NewLogObserver(r.Logger))
	}
	if r.DialContext == nil {
		r.DialContext = (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext
	}
	if r.LookupHost == nil {
		r.LookupHost = net.DefaultResolver.LookupHost
	}
	r = r.guarded()
	orDefault(&r.CutoverAttempts, 3)
	orDefault(&r.CutoverRetryAfter, 30*time.Second)
	orDefault(&r.FactsWithin, defaultFactsWithin)
	orDefault(&r.InSyncFor, 5*time.Second)
	orDefault(&r.MaxWritePause, defaultWritePause)
	orDefault(&r.ObserverWait, 5*time.Second)
	orDefault(&r.PollEvery, 15*time.Second)
	orDefault(&r.SampleFor, 250*time.Millisecond)
	orDefault(&r.StartAttempts, 3)
	orDefault(&r.StartRetryAfter, 30*time.Second)
	orDefault(&r.SyncTimeout, 24*time.Hour)
	orDefault(&r.Assume.EventGrace, time.Minute)
	orDefault(&r.Assume.PromotionWithin, 15*time.Minute)
	orDefault(&r.Assume.ReplicationWithin, 30*time.Minute)
	orDefault(&r.Assume.TestWithin, 5*time.Minute)
	return r, nil
}

func (o Options) validate() error {
	var errs []error
	atLeast := func(field string, v, low time.Duration) {
		if v < low {
			errs = append(errs, fmt.Errorf("migration: Options.%s is %v, want at least %v", field, v, low))
		}
	}
	atLeast("Assume.EventGrace", o.Assume.EventGrace, 0)
	atLeast("Assume.PromotionWithin", o.Assume.PromotionWithin, 0)
	atLeast("Assume.ReplicationWithin", o.Assume.ReplicationWithin, 0)
	atLeast("Assume.TestWithin", o.Assume.TestWithin, 0)
	atLeast("CutoverRetryAfter", o.CutoverRetryAfter, 0)
	atLeast("FactsWithin", o.FactsWithin, 0)
	atLeast("InSyncFor", o.InSyncFor, -1)
	atLeast("MaxWritePause", o.MaxWritePause, 0)
	atLeast("ObserverWait", o.ObserverWait, 0)
	atLeast("PollEvery", o.PollEvery, 0)
	atLeast("SampleFor", o.SampleFor, 0)
	atLeast("StartRetryAfter", o.StartRetryAfter, 0)
	atLeast("SyncTimeout", o.SyncTimeout, -1)
	for field, r := range map[string]RedisOptions{"SourceRedis": o.SourceRedis, "TargetRedis": o.TargetRedis} {
		if r.Username != "" && r.Password == nil {
			errs = append(errs, fmt.Errorf("migration: Options.%s has the Username %q and no Password, want both; a user without a password takes any", field, r.Username))
		}
	}
	within := o.FactsWithin
	orDefault(&within, defaultFactsWithin)
	if o.SampleFor >= within {
		errs = append(errs, fmt.Errorf("migration: Options.SampleFor is %v, want less than FactsWithin, %v", o.SampleFor, within))
	}
	if o.LinkSpeed < 0 {
		errs = append(errs, fmt.Errorf("migration: Options.LinkSpeed is %d, want 0 or more bytes per second", o.LinkSpeed))
	}
	errs = append(errs, validateRetry("Options.Retry", o.Retry)...)
	errs = append(errs, validateRetryClass(o.RetryClass)...)
	if o.CutoverAttempts < 0 {
		errs = append(errs, fmt.Errorf("migration: Options.CutoverAttempts is %d, want 0 or more", o.CutoverAttempts))
	}
	if o.StartAttempts < 0 {
		errs = append(errs, fmt.Errorf("migration: Options.StartAttempts is %d, want 0 or more", o.StartAttempts))
	}
	for i, t := range o.Assume.EventTexts {
		if t.Pattern == nil || t.Means.verdict() == "" {
			errs = append(errs, fmt.Errorf("migration: Options.Assume.EventTexts[%d] has pattern %v and meaning %q, want a pattern and one of the EventMeaning constants", i, t.Pattern, t.Means))
		}
	}
	if err := o.Workflow.Validate(); err != nil {
		errs = append(errs, err)
	}
	pause := o.MaxWritePause
	orDefault(&pause, defaultWritePause)
	errs = append(errs, o.Workflow.fits(pause)...)
	errs = append(errs, o.Schedule.validate(pause)...)
	checks := o.Checks
	if checks == nil {
		checks = preflight.Builtin()
	}
	if err := preflight.Validate(checks, o.Waive); err != nil {
		errs = append(errs, fmt.Errorf("migration: Options.Checks, Options.Waive: %w", err))
	}
	for _, id := range preflight.MissingSafety(checks) {
		errs = append(errs, fmt.Errorf("migration: Options.Checks has no check %s as it is built in, and what it finds would corrupt data in silence: start from preflight.Builtin", id))
	}
	errs = append(errs, validateSources(o.Facts)...)
	return errors.Join(errs...)
}

// validateSources finds names that would take the place of other facts.
func validateSources(sources []preflight.FactSource) []error {
	var errs []error
	taken := map[string]bool{"": true}
	for _, part := range []string{"target", "target_node", "source", "upstream", "source_address", "source_probe", "load", "fence", "extra"} {
		taken[part] = true
	}
	for i, s := range sources {
		if s == nil {
			errs = append(errs, fmt.Errorf("migration: Options.Facts[%d] is nil", i))
			continue
		}
		name, err := guard(func() (string, error) { return s.Name(), nil })
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("migration: Options.Facts[%d].Name: %w", i, err))
		case taken[name]:
			errs = append(errs, fmt.Errorf("migration: Options.Facts[%d] has the name %q, want one that is neither empty nor used otherwise", i, name))
		}
		taken[name] = true
	}
	return errs
}
