package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
)

// newEngine returns a comparison.
func newEngine(source, target *redis.Client, o Options) *engine {
	e := &engine{
		o: o, key: digest.NewKey(), types: map[rdb.Kind]bool{}, began: time.Now(), weaker: map[string]bool{},
		source: newSide("source", source, o.Source, o), target: newSide("target", target, o.Target, o),
	}
	e.report = Report{Mode: o.Mode, Counts: map[Class]int64{}, DBs: []DBReport{}, Began: e.began}
	e.meter.began = e.began
	e.checkpoint.next = e.began.Add(o.CheckpointEvery)
	return e
}

// work runs the comparison with what watches over it.
func (e *engine) work(ctx context.Context) (Report, error) {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, s := range []*side{e.source, e.target} {
		if s.limits.Latency > 0 {
			wg.Go(func() { s.throttle.watch(ctx, s.line(0)) })
		}
	}
	if e.o.OnProgress != nil {
		wg.Go(func() { e.tell(ctx) })
	}
	err := e.run(ctx)
	e.source.control.close()
	e.target.control.close()
	if err == nil {
		e.meter.enter("done", 0)
	}
	cancel()
	wg.Wait()
	return e.finish(err), err
}

// compare compares database after database, and the functions.
func (e *engine) compare(ctx context.Context) error {
	from, err := e.load(ctx)
	if err != nil {
		return err
	}
	dbs, sizes, err := e.databases(ctx)
	if err != nil {
		return err
	}
	var total int64
	for _, db := range dbs {
		total += sizes[db]
	}
	e.meter.expect(total)
	state := &e.checkpoint.state
	if state.Sample == 0 {
		state.Sample = total
	}
	if e.o.Mode == ModeSample {
		e.sample(state.Sample)
	}
	sums := [2]buckets{newBuckets(), newBuckets()}
	for _, db := range dbs {
		if slices.Contains(state.Done, db) {
			continue
		}
		e.mu.Lock()
		e.dbReport(db)
		e.mu.Unlock()
		here := from
		if from != nil && (from.State.Now == nil || from.State.Now.DB != db) {
			here = nil
		}
		if err := e.compareDB(ctx, db, sums, here); err != nil {
			return err
		}
		e.checkpoint.finished(db, e.meter.read())
	}
	if e.o.Functions == FunctionsCompare {
		e.meter.enter("functions", 0)
		if err := e.compareFunctions(ctx); err != nil {
			return err
		}
	}
	if e.o.Checkpoint == nil {
		return nil
	}
	return e.o.Checkpoint.Save(ctx, nil)
}

// finish completes the report.
func (e *engine) finish(err error) Report {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := &e.report
	r.Source, r.Target = e.source.report(), e.target.report()
	r.Took += time.Since(e.began)
	if r.Partial = e.partial || err != nil; err != nil {
		e.weaker["the comparison did not come to its end"] = true
	}
	r.Weaker = sortedKeys(e.weaker)
	r.Verdict, r.Certainty = e.verdict(err), e.certainty()
	return *r
}

// verdict is what the differences come to.
func (e *engine) verdict(err error) Verdict {
	c := e.report.Counts
	switch {
	case c[ClassMissing]+c[ClassExtra]+c[ClassType]+c[ClassValue] > 0:
		return Different
	case err != nil, c[ClassInFlight]+c[ClassNotComparable] > 0, e.partial:
		return NotProven
	case c[ClassExpiry] > 0:
		return EqualButExpiry
	}
	return Equal
}

// certainty says what was compared.
func (e *engine) certainty() string {
	part := "all keys"
	var filters []string
	if e.o.Match != "" {
		filters = append(filters, fmt.Sprintf("with names like %q", e.o.Match))
	}
	if len(e.o.Types) > 0 {
		filters = append(filters, "of type "+strings.Join(e.o.Types, ", "))
	}
	if len(e.o.DBs) > 0 {
		filters = append(filters, fmt.Sprintf("in databases %v", e.o.DBs))
	}
	if len(filters) > 0 {
		part = "the keys " + strings.Join(filters, " ")
	}
	switch e.o.Mode {
	case ModeCounts:
		return "names and types of " + part + " were compared, on both sides; no values"
	case ModeSample:
		text := fmt.Sprintf("the names of %s were compared, on both sides, so that each one that is missing or extra is found; type, value and expiry of a random sample of %.4g %% of them",
			part, 100*e.share)
		if e.o.Sample.Size > 0 {
			return text
		}
		text += fmt.Sprintf(", which finds a difference with %.4g %% probability if ", 100*e.o.Sample.Confidence)
		if e.o.Match != "" || len(e.o.Types) > 0 { // how many these are was not known
			return text + fmt.Sprintf("at least %d of them differ", e.lost)
		}
		return text + fmt.Sprintf("one key in %.6g differs", 1/e.o.Sample.LossRate)
	}
	text := "type, value and expiry of " + part + " were compared, on both sides"
	if e.noExpiry {
		text = "type and value of " + part + " were compared, on both sides"
	}
	return text + ", by 128-bit digests under a random key"
}

// unwrapped is the error that a caller is to see.
func unwrapped(err error) error {
	var stop *stopError
	if errors.As(err, &stop) {
		return stop.error
	}
	return err
}
