package target

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/progress"
)

const (
	// History is how far back the service keeps events, 14 days (documented),
	// less a margin for the clocks: an older start may be refused (assumed).
	History = 14*24*time.Hour - time.Hour
	// clockMargin is how far ahead the window ends, so that an event is not
	// missed because this machine's clock is behind (assumed to be accepted).
	clockMargin = 10 * time.Minute
)

// Events returns the replication group's events since that time, oldest first,
// each once; times are in UTC, so that events can be compared and used as map
// keys. The window is always given in full, because by default the service
// returns the last hour only (documented). Whoever asks should begin a little
// early, for the clocks may differ, and remember what was there before.
func (g *Group) Events(ctx context.Context, since time.Time) ([]progress.ServiceEvent, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	now := time.Now()
	if oldest := now.Add(-History); since.Before(oldest) {
		since = oldest
	}
	var (
		events []progress.ServiceEvent
		seen   = map[progress.ServiceEvent]bool{}
		marker *string
	)
	for {
		out, err := g.api.DescribeEvents(ctx, &elasticache.DescribeEventsInput{
			SourceType:       types.SourceTypeReplicationGroup,
			SourceIdentifier: aws.String(g.id),
			StartTime:        aws.Time(since),
			EndTime:          aws.Time(now.Add(clockMargin)),
			Marker:           marker,
		}, once)
		if err != nil {
			return nil, g.failed("DescribeEvents", err)
		}
		for _, e := range out.Events {
			event := serviceEvent(e)
			if !seen[event] {
				seen[event] = true
				events = append(events, event)
			}
		}
		if marker = out.Marker; last(marker) {
			break
		}
	}
	slices.SortStableFunc(events, older)
	return events, nil
}

func serviceEvent(e types.Event) progress.ServiceEvent {
	return progress.ServiceEvent{
		At:         aws.ToTime(e.Date).UTC().Round(0),
		SourceID:   aws.ToString(e.SourceIdentifier),
		SourceType: string(e.SourceType),
		Message:    aws.ToString(e.Message),
	}
}

// older orders by time. The service promises no order, so events of one instant
// are ordered by text, for the same result each time.
func older(a, b progress.ServiceEvent) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	return strings.Compare(a.Message, b.Message)
}
