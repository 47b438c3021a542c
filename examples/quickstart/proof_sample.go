package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// ttlTolerance is how far apart the same key's expiry may be.
	ttlTolerance = time.Second
	leastSample  = 10_000
	compareAt    = 200     // keys at a time
	compareBytes = 4 << 20 // and about so much of values
)

// sampleProof is the result of comparing values.
type sampleProof struct {
	size, big, withTTL int
	expired            int // before they could be compared
	mismatches         int
}

// checkSample compares the values and the expiry of a random sample: 5 % of
// the keys, but at least 10,000, and all the big ones.
func (p *proof) checkSample(ctx context.Context) error {
	most := max(1, min(compareAt, compareBytes/p.data.valueSize))
	var batch []entry
	err := p.data.sample(max(leastSample, p.data.keys/20), func(e entry) error {
		batch = append(batch, e)
		if !e.big() && len(batch) < most {
			return nil
		}
		defer func() { batch = batch[:0] }()
		return p.compare(ctx, batch)
	})
	if err != nil {
		return err
	}
	return p.compare(ctx, batch)
}

// compare reads the keys of both ends at the same time and compares them.
func (p *proof) compare(ctx context.Context, entries []entry) error {
	var sides [2][]reading
	var errs [2]error
	var wg sync.WaitGroup
	for i, s := range []*server{p.source, p.target} {
		wg.Go(func() { sides[i], errs[i] = readAll(ctx, s, entries) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	now := time.Now()
	for i, e := range entries {
		p.sample.count(e)
		verdict, why := judge(e, sides[0][i], sides[1][i], now)
		switch verdict {
		case expired:
			p.sample.expired++
		case different:
			p.sample.mismatches++
			p.found.add("db %d: %s %s", e.db, e.key, why)
		}
	}
	return nil
}

func (s *sampleProof) count(e entry) {
	s.size++
	if e.big() {
		s.big++
	}
	if e.ttl > 0 {
		s.withTTL++
	}
}

// verdict is what comparing one key gave.
type verdict string

const (
	same      verdict = "same"
	different verdict = "different"
	expired   verdict = "expired"
)

// judge compares what both ends said about a key before now. A key whose time
// came while it was read is no difference.
func judge(e entry, source, target reading, now time.Time) (verdict, string) {
	switch {
	case source.absent() && target.absent():
		if e.outlives() {
			return different, "is on neither end"
		}
		return expired, ""
	case source.absent() || target.absent():
		if source.over(now) || target.over(now) {
			return expired, ""
		}
		if source.absent() {
			return different, "is on the target alone"
		}
		return different, "is not on the target"
	case source.kind != target.kind || source.kind != e.kind:
		return different, fmt.Sprintf("is of type %s on the source and %s on the target, want %s", source.kind, target.kind, e.kind)
	case !sameExpiry(source.expiry, target.expiry):
		return different, fmt.Sprintf("expires at %s on the source and at %s on the target", source.expires(), target.expires())
	case source.over(now) || target.over(now):
		return expired, ""
	case !slices.Equal(source.value, target.value):
		return different, firstDifference(source.value, target.value)
	}
	return same, ""
}

func sameExpiry(a, b time.Duration) bool {
	if a < 0 || b < 0 {
		return a == b
	}
	return (a - b).Abs() <= ttlTolerance
}

// firstDifference shows the first item that differs, from the byte where it does.
func firstDifference(source, target []string) string {
	for i := range min(len(source), len(target)) {
		a, b := source[i], target[i]
		if a == b {
			continue
		}
		from := 0
		for from < min(len(a), len(b)) && a[from] == b[from] {
			from++
		}
		return fmt.Sprintf("differs at item %d, byte %d: %.20q on the source, %.20q on the target", i, from, a[from:], b[from:])
	}
	return fmt.Sprintf("has %d items on the source and %d on the target", len(source), len(target))
}
