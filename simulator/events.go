package simulator

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/cachelift/cachelift/simulator/internal/wire"
)

// Windows of DescribeEvents (documented).
const (
	eventRetention = 14 * 24 * time.Hour
	eventWindow    = time.Hour
)

// Source types that the simulator emits events for.
const (
	sourceGroup   = "replication-group"
	sourceCluster = "cache-cluster"
)

// sourceTypes are the values that DescribeEvents takes (documented).
func sourceTypes() []string {
	return []string{
		sourceCluster, "cache-parameter-group", "cache-security-group", "cache-subnet-group",
		sourceGroup, "serverless-cache", "serverless-cache-snapshot", "user", "user-group",
	}
}

type event struct {
	number     int // counts up; the order of events within one millisecond
	sourceType string
	source     string
	message    string
	at         time.Time // when it happened, as it says
	shown      time.Time // from when on it can be seen
}

// shuffled is the event's place in an order that is not that of time, in either
// direction.
func (e event) shuffled() int { return e.number ^ 1 }

// record adds an event and forgets those that the service would no longer
// show. The caller holds s.mu.
func (s *Sim) record(sourceType, source, message string) {
	at := now()
	s.recordAt(sourceType, source, message, at, at)
}

// recordAt is record for an event of another time, which can be seen from a
// time on.
func (s *Sim) recordAt(sourceType, source, message string, at, shown time.Time) {
	s.eventCount++
	e := event{number: s.eventCount, sourceType: sourceType, source: source, message: message, at: at, shown: shown}
	expired := e.at.Add(-eventRetention)
	s.events = slices.DeleteFunc(s.events, func(old event) bool { return old.at.Before(expired) })
	s.events = append(s.events, e)
	s.log.Info("event", "source", source, "message", message)
}

// emit adds an event of a migration operation, unless a fault withholds it.
// The caller holds s.mu.
func (s *Sim) emit(g *Group, operation, message string) {
	o := Occasion{Operation: operation, GroupID: g.spec.ID, Message: message}
	if s.takeFault(FaultMissingEvent, o) != nil {
		s.log.Info("event withheld", "source", g.spec.ID, "message", message)
		return
	}
	at := now()
	shown := at
	if late := s.takeFault(FaultLateEvent, o); late != nil {
		shown = at.Add(late.fault.Delay)
	}
	s.recordAt(sourceGroup, g.spec.ID, message, at, shown)
	if again := s.takeFault(FaultDuplicateEvent, o); again != nil {
		delay := again.fault.Delay
		s.recordAt(sourceGroup, g.spec.ID, message, at.Add(delay), shown.Add(delay))
	}
}

func (s *Sim) describeEvents(q wire.Request, look sight) (any, error) {
	source, sourceType := q.ID("SourceIdentifier"), q.String("SourceType")
	if source != "" && sourceType == "" {
		return nil, wire.InvalidCombination("SourceType must be specified when SourceIdentifier is")
	}
	if sourceType != "" && !slices.Contains(sourceTypes(), sourceType) {
		return nil, wire.InvalidValue("SourceType must be one of %v", sourceTypes())
	}
	from, to, err := eventSpan(q, now())
	if err != nil {
		return nil, err
	}
	var found []event
	for _, e := range s.events {
		inside := !e.at.Before(from) && !e.at.After(to) && !e.shown.After(look.at)
		if inside && (sourceType == "" || e.sourceType == sourceType) && (source == "" || e.source == source) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b event) int { // newest first, as in the service's samples
		if look.shuffled {
			return a.shuffled() - b.shuffled()
		}
		return cmp.Or(b.at.Compare(a.at), b.number-a.number)
	})
	page, marker, err := wire.Page(q, found, func(e event) string { return strconv.Itoa(e.number) })
	if err != nil {
		return nil, err
	}
	result := wire.DescribeEventsResult{Marker: marker}
	for _, e := range page {
		result.Events = append(result.Events, wire.Event{
			SourceIdentifier: e.source, SourceType: e.sourceType, Message: e.message, Date: wire.Time(e.at),
		})
	}
	return result, nil
}

// eventSpan returns the span of time asked for. The default of one hour and the
// unit of Duration are documented; how the three members combine is assumed:
// Duration counts from StartTime, or back from EndTime or now, and all three
// together are refused.
func eventSpan(q wire.Request, now time.Time) (from, to time.Time, err error) {
	if from, err = q.Time("StartTime"); err != nil {
		return from, to, err
	}
	if to, err = q.Time("EndTime"); err != nil {
		return from, to, err
	}
	minutes, err := q.Int("Duration", int(eventWindow/time.Minute), 1, int(eventRetention/time.Minute))
	if err != nil {
		return from, to, err
	}
	window := time.Duration(minutes) * time.Minute
	switch hasFrom, hasTo := !from.IsZero(), !to.IsZero(); {
	case hasFrom && hasTo && q.Has("Duration"):
		return from, to, wire.InvalidCombination("StartTime, EndTime and Duration must not be specified together")
	case hasFrom && hasTo:
	case hasFrom && q.Has("Duration"):
		to = from.Add(window)
	case hasFrom:
		to = now
	case hasTo:
		from = to.Add(-window)
	default:
		from, to = now.Add(-window), now
	}
	if to.Before(from) {
		if !q.Has("EndTime") { // a StartTime in the future: nothing has happened yet
			return from, from, nil
		}
		return from, to, wire.InvalidValue("StartTime must not be after EndTime")
	}
	if oldest := now.Add(-eventRetention); from.Before(oldest) {
		from = oldest
	}
	return from, to, nil
}
