package verify

import (
	"context"
	"fmt"
	"time"

	"github.com/cachelift/cachelift/verify/internal/rdb"
)

// report classifies a key that is not the same on both sides, and delivers it.
// undecided says why it is not proven to differ.
func (k *look) report(ctx context.Context, source, target *record, undecided string) error {
	if k.told[source.key] {
		return nil
	}
	if len(k.told) < toldMost {
		k.told[source.key] = true
	}
	d := Difference{DB: k.db, Key: append([]byte(nil), source.name...)}
	kind := source.kind
	if source.state != present {
		kind = target.kind
	}
	d.Type = nameOfKind(kind)
	d.Source, d.Target = k.e.describe(source), k.e.describe(target)
	now := max(k.e.source.now(), k.e.target.now())
	switch {
	case source.state == unread || target.state == unread:
		d.Class, d.Reason = ClassNotComparable, unreadReason(source, target)
	case undecided != "":
		d.Class, d.Reason = ClassInFlight, undecided
	case source.state != target.state && (source.expired(now) || target.expired(now)):
		d.Class = ClassExpiredMeanwhile
	case target.state == absent:
		d.Class = ClassMissing
	case source.state == absent:
		d.Class = ClassExtra
	case source.kind != target.kind:
		d.Class = ClassType
	case source.weak && source.value != target.value:
		d.Class, d.Reason = ClassNotComparable, "the value of a module has other bytes, which proves nothing"
	case !source.sameValue(target):
		d.Class = ClassValue
		both := *source
		both.timeless = source.timeless || target.timeless
		unreplicated, err := k.detail(ctx, &both, &d)
		if err != nil {
			return err
		}
		if unreplicated {
			delete(k.told, source.key)
			k.e.weak("that consumers read their pending entries again, and consumers without any, are left out: a source does not tell its replicas")
			k.e.settledOne()
			return nil
		}
	default:
		d.Class = ClassExpiry
	}
	return k.e.deliver(d)
}

// unreadReason says why a key could not be read.
func unreadReason(source, target *record) string {
	if source.state == unread {
		return "the source answers: " + source.reason
	}
	return "the target answers: " + target.reason
}

// describe describes a key on one side, without its data.
func (e *engine) describe(r *record) string {
	if r.state != present {
		return ""
	}
	text := r.kind.String()
	switch {
	case e.o.Mode == ModeCounts || r.skip:
		return text
	case r.kind == rdb.String, r.kind == rdb.Module:
		text += fmt.Sprintf(" of %d bytes", r.count)
	default:
		text += fmt.Sprintf(" of %d elements", r.count)
	}
	switch {
	case e.noExpiry:
	case r.expiry >= 0:
		text += ", expires " + time.UnixMilli(r.expiry).UTC().Format("2006-01-02T15:04:05.000Z")
	default:
		text += ", does not expire"
	}
	return text
}

// deliver counts a difference and hands it to the caller.
func (e *engine) deliver(d Difference) error {
	e.mu.Lock()
	e.report.Counts[d.Class]++
	db := e.dbReport(d.DB)
	if db.Differences == nil {
		db.Differences = map[string]map[Class]int64{}
	}
	if db.Differences[d.Type] == nil {
		db.Differences[d.Type] = map[Class]int64{}
	}
	db.Differences[d.Type][d.Class]++
	if len(e.report.Differences) < e.o.ReportFirst {
		e.report.Differences = append(e.report.Differences, d)
	}
	e.mu.Unlock()
	if e.o.OnDifference == nil {
		return nil
	}
	if err := e.o.OnDifference(d); err != nil {
		return &stopError{err}
	}
	return nil
}

// settledOne counts a key that was equal when it was looked at again.
func (e *engine) settledOne() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.report.SecondLooks++
}

// dbReport returns the report of a database. The caller holds e.mu.
func (e *engine) dbReport(db int) *DBReport {
	for i := range e.report.DBs {
		if e.report.DBs[i].DB == db {
			return &e.report.DBs[i]
		}
	}
	e.report.DBs = append(e.report.DBs, DBReport{DB: db, Source: map[string]int64{}, Target: map[string]int64{}})
	return &e.report.DBs[len(e.report.DBs)-1]
}

// counted records how many keys of which type were read.
func (e *engine) counted(db int, source, target kinds) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := e.dbReport(db)
	for kind := rdb.None; kind <= rdb.Module; kind++ {
		name := kind.String()
		if kind == rdb.None {
			name = "not read"
		}
		if source[kind] > 0 {
			r.Source[name] = source[kind]
		}
		if target[kind] > 0 {
			r.Target[name] = target[kind]
		}
	}
}
