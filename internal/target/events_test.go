package target_test

import (
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/internal/target"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		event := func(age time.Duration, text string) types.Event {
			return types.Event{Date: aws.Time(now.Add(-age)), Message: aws.String(text),
				SourceIdentifier: aws.String("prod"), SourceType: types.SourceTypeReplicationGroup}
		}
		f := newFake()
		f.events = [][]types.Event{
			{event(time.Minute, "third"), event(time.Hour, "first")},
			{event(time.Minute, "third"), event(2*time.Minute, "second"), event(time.Minute, "also third")},
			{event(time.Hour, "first")},
		}
		since := now.Add(-3 * time.Hour)
		events, err := target.New(f, "prod").Events(t.Context(), since)
		var texts []string
		for _, e := range events {
			texts = append(texts, e.Message)
			if e.At.Location() != time.UTC || e.SourceID != "prod" || e.SourceType != "replication-group" {
				t.Errorf("event %+v", e)
			}
		}
		if want := []string{"first", "second", "also third", "third"}; err != nil || !reflect.DeepEqual(texts, want) {
			t.Errorf("got %v, %v, want %v", texts, err, want)
		}
		if len(f.windows) != 3 {
			t.Fatalf("%d calls for 3 pages", len(f.windows))
		}
		for i, w := range f.windows {
			if !w.StartTime.Equal(since) || w.EndTime.Before(now) || w.Duration != nil ||
				aws.ToString(w.SourceIdentifier) != "prod" || w.SourceType != types.SourceTypeReplicationGroup {
				t.Errorf("call %d: %+v", i, w)
			}
		}
	})
}

func TestEventsWindowFitsHistory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		if _, err := target.New(f, "prod").Events(t.Context(), time.Time{}); err != nil {
			t.Fatal(err)
		}
		if back := time.Since(*f.windows[0].StartTime); back >= 14*24*time.Hour || back < 13*24*time.Hour {
			t.Errorf("the window begins %s back, want a little less than 14 days", back)
		}
	})
}

func TestEventsFail(t *testing.T) {
	t.Parallel()
	f := newFake()
	broken := errors.New("broken")
	f.fail["DescribeEvents"] = broken
	if got, err := target.New(f, "prod").Events(t.Context(), time.Now()); !errors.Is(err, broken) || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
}
