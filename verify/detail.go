package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
)

const (
	// detailBuckets is how many sums the elements of one value are told apart by.
	detailBuckets = 1 << 12
	// detailKept bounds how many elements are kept to find those that differ.
	detailKept = 4096
	// detailShown is how many elements a difference names.
	detailShown = 10
	// shownBytes is how much of a value is shown.
	shownBytes = 64
)

// detail finds out which elements of a value differ. The value is read twice on
// each side: once into sums, once for the elements of those sums that differ. It
// may have changed meanwhile; then the difference stands without. unreplicated
// tells that there is nothing but what a replica does not learn from its source.
func (k *look) detail(ctx context.Context, rec *record, d *Difference) (unreplicated bool, err error) {
	if rec.kind == rdb.String {
		return false, k.detailText(ctx, rec, d)
	}
	var sums [2]parts
	var found [2]map[digest.Sum]element
	for i := range sums {
		sums[i] = make(parts, detailBuckets)
		f := k.finder(rec.kind, func(id, whole digest.Sum, order uint64, _ func() element) {
			p := &sums[i][partOf(rec.kind, id, order)]
			p.sum.Add(whole)
			p.count++
		})
		if err := k.each(ctx, i, rec, f); err != nil {
			return false, ignoreRefused(err)
		}
	}
	chosen := sums[0].differing(sums[1])
	for i := range found {
		found[i] = map[digest.Sum]element{}
		f := k.finder(rec.kind, func(id, whole digest.Sum, order uint64, get func() element) {
			if chosen[partOf(rec.kind, id, order)] && len(found[i]) < 2*detailKept {
				e := get()
				e.whole = whole
				found[i][id] = e
			}
		})
		if err := k.each(ctx, i, rec, f); err != nil {
			return false, ignoreRefused(err)
		}
	}
	d.Fields, d.FieldCount = nil, 0
	var all []element
	for id, s := range found[0] {
		if t, ok := found[1][id]; !ok || t.whole != s.whole {
			s.there, s.other, s.then = t.value, ok, t.pending
			all = append(all, s)
		}
	}
	for id, t := range found[1] {
		if _, ok := found[0][id]; !ok {
			t.there, t.value, t.extra = t.value, "", true
			all = append(all, t)
		}
	}
	if len(all) > 0 && k.e.report.Replicating {
		all = slices.DeleteFunc(all, element.unreplicated)
		if len(all) == 0 {
			return true, nil
		}
	}
	all = slices.DeleteFunc(all, follows(all))
	slices.SortFunc(all, compareElements)
	k.e.fill(d, all)
	return false, nil
}

// parts are sums of the elements of a value.
type parts []struct {
	sum   digest.Sum
	count int
}

// partOf is where an element belongs: those of a list by their order, so that the
// first differences come first.
func partOf(kind rdb.Kind, id digest.Sum, order uint64) int {
	if kind == rdb.List {
		return int(min(order/64, detailBuckets-1))
	}
	return int(id.A % detailBuckets)
}

// differing chooses parts that differ, not more than can be kept.
func (p parts) differing(o parts) []bool {
	chosen, kept := make([]bool, len(p)), 0
	for i := range p {
		if p[i] == o[i] {
			continue
		}
		n := max(p[i].count, o[i].count)
		if kept > 0 && kept+n > detailKept {
			break
		}
		chosen[i], kept = true, kept+n
	}
	return chosen
}

// fill writes the elements that differ into the difference.
func (e *engine) fill(d *Difference, all []element) {
	d.FieldCount = int64(len(all))
	for _, el := range all[:min(len(all), detailShown)] {
		d.Fields = append(d.Fields, el.label)
	}
	if len(all) == 0 || e.o.Values != ValuesShow {
		return
	}
	if first := all[0]; first.extra {
		d.Target += "; " + first.label + ": " + first.there
	} else {
		d.Source += "; " + first.label + ": " + first.value
		if first.other {
			d.Target += "; " + first.label + ": " + first.there
		}
	}
}

// ignoreRefused drops an error that only means that no details are known.
func ignoreRefused(err error) error {
	if _, ok := refused(err); ok {
		return nil
	}
	return err
}

// follows reports whether a difference follows from another one: a stream's
// counters from its entries, what is in a group from a group that is not there.
func follows(all []element) func(element) bool {
	entries, groups := false, map[string]bool{}
	for _, el := range all {
		entries = entries || el.part == partEntry
		if el.part == partGroup && (el.extra || !el.other) {
			groups[el.label] = true
		}
	}
	return func(el element) bool {
		return el.part == partTail && entries || el.group != "" && groups[el.group]
	}
}

// each hands the elements of a value on one side to the sink.
func (k *look) each(ctx context.Context, i int, rec *record, f *finder) error {
	r := k.readers[i]
	return steady(ctx, r.pieces, func(l *link) error {
		f.index = 0
		if rec.kind == rdb.Stream && !rec.timeless {
			return r.wholeStream(l, rec.name, f)
		}
		w := walker{l: l, key: &k.e.key, sizes: k.e.limits, can: r.side.can, pace: r.pace(ctx, l)}
		err := w.walk(rec.name, rec.kind, f)
		if err == errGone {
			return nil
		}
		return err
	})
}

// element is an element of a value that may differ.
type element struct {
	order  uint64 // of indexes
	label  string
	value  string // only if values are shown
	there  string // the other side's
	whole  digest.Sum
	other  bool // the other side has one of this name
	extra  bool // only the target has it
	number bool
	part   part
	group  string

	pending, then pending // as the sides have it
}

// pending is a pending entry of a stream.
type pending struct {
	consumer  digest.Sum
	count     uint64
	delivered int64 // 0 if that is not known
}

// unreplicated reports whether an element differs only in what a source does not
// tell its replicas, as measured on 7.0: that a consumer read its own pending
// entries again, which counts as a delivery, and that there is a consumer which
// has none.
func (el element) unreplicated() bool {
	switch el.part {
	case partConsumer:
		return !el.extra
	case partPending:
		return el.other && el.pending.consumer == el.then.consumer && el.then.count <= el.pending.count &&
			el.then.delivered <= el.pending.delivered
	}
	return false
}

// part is which part of a stream an element is.
type part byte

const (
	partOther part = iota
	partEntry
	partTail
	partGroup
	partConsumer
	partPending
)

// compareElements orders elements: by number, then by name.
func compareElements(a, b element) int {
	if a.number && b.number && a.order != b.order {
		if a.order < b.order {
			return -1
		}
		return 1
	}
	return bytes.Compare([]byte(a.label), []byte(b.label))
}

// detailText finds where two strings begin to differ.
func (k *look) detailText(ctx context.Context, rec *record, d *Difference) error {
	const window = 64 << 10
	for from := int64(0); ; from += window {
		var parts [2][]byte
		for i := range parts {
			err := steady(ctx, k.readers[i].pieces, func(l *link) error {
				v, err := l.Ask("GETRANGE", string(rec.name), itoa(from), itoa(from+window-1))
				parts[i] = []byte(v.Text)
				return err
			})
			if err != nil {
				return ignoreRefused(err)
			}
		}
		a, b := parts[0], parts[1]
		n := 0
		for n < len(a) && n < len(b) && a[n] == b[n] {
			n++
		}
		if n < len(a) || n < len(b) {
			d.Fields, d.FieldCount = []string{"offset " + itoa(from+int64(n))}, 1
			if k.e.o.Values == ValuesShow {
				d.Source += "; from there " + shown(a[n:])
				d.Target += "; from there " + shown(b[n:])
			}
			return nil
		}
		if len(a) < window {
			return nil // they have become equal meanwhile
		}
	}
}

// shown is the beginning of a value, quoted.
func shown(b []byte) string {
	if len(b) > shownBytes {
		return strconv.Quote(string(b[:shownBytes])) + fmt.Sprintf(" and %d bytes more", len(b)-shownBytes)
	}
	return strconv.Quote(string(b))
}

// label names a part of a value: itself if values are shown, else its digest.
func (e *engine) label(b []byte) string {
	if e.o.Values == ValuesShow {
		return string(b)
	}
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:8])
}
