package simulator

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

func newTestSim(t *testing.T) *Sim {
	t.Helper()
	s, err := New(Options{Timing: FastTiming()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *Sim) recordOne(sourceType, source, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.record(sourceType, source, message)
}

func TestEventWindows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newTestSim(t)
		api := elasticache.NewFromConfig(s.Config())
		begin := time.Now()
		// One event every half hour for 15 days, named by its number.
		for i := range 15 * 48 {
			s.recordOne(sourceGroup, "rg", strconv.Itoa(i))
			<-time.After(30 * time.Minute) // virtual time
		}
		at := func(i int) *time.Time { return aws.Time(begin.Add(time.Duration(i) * 30 * time.Minute)) }
		last := 15*48 - 1
		for name, tc := range map[string]struct {
			in            elasticache.DescribeEventsInput
			newest, count int
		}{
			"last hour by default":            {elasticache.DescribeEventsInput{}, last, 2},
			"duration in minutes":             {elasticache.DescribeEventsInput{Duration: aws.Int32(120)}, last, 4},
			"from a time, both ends included": {elasticache.DescribeEventsInput{StartTime: at(last - 4)}, last, 5},
			"between two times":               {elasticache.DescribeEventsInput{StartTime: at(500), EndTime: at(502)}, 502, 3},
			"an hour up to a time":            {elasticache.DescribeEventsInput{EndTime: at(400)}, 400, 3},
			"a duration from a time":          {elasticache.DescribeEventsInput{StartTime: at(300), Duration: aws.Int32(60)}, 302, 3},
			"a duration up to a time":         {elasticache.DescribeEventsInput{EndTime: at(300), Duration: aws.Int32(30)}, 300, 2},
			"future":                          {elasticache.DescribeEventsInput{StartTime: at(last + 10)}, 0, 0},
			"older than 14 days":              {elasticache.DescribeEventsInput{StartTime: at(0), EndTime: at(47)}, 0, 0},
			"another group":                   {elasticache.DescribeEventsInput{SourceType: types.SourceTypeReplicationGroup, SourceIdentifier: aws.String("no")}, 0, 0},
			"the group in capitals":           {elasticache.DescribeEventsInput{SourceType: types.SourceTypeReplicationGroup, SourceIdentifier: aws.String("RG")}, last, 2},
			"another type":                    {elasticache.DescribeEventsInput{SourceType: types.SourceTypeCacheCluster}, 0, 0},
		} {
			out, err := api.DescribeEvents(t.Context(), &tc.in)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var got, want []string
			for _, e := range out.Events {
				got = append(got, aws.ToString(e.Message))
			}
			for i := range tc.count {
				want = append(want, strconv.Itoa(tc.newest-i))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: events %v, want %v", name, got, want)
			}
		}
	})
}

// Events that arrive between two pages neither repeat nor hide others.
func TestEventPages(t *testing.T) {
	t.Parallel()
	s := newTestSim(t)
	api := elasticache.NewFromConfig(s.Config())
	for i := range 65 {
		s.recordOne(sourceGroup, "rg", fmt.Sprint(i))
	}
	var got []string
	var pages int
	in := &elasticache.DescribeEventsInput{MaxRecords: aws.Int32(20)}
	for p := elasticache.NewDescribeEventsPaginator(api, in); p.HasMorePages(); pages++ {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range out.Events {
			got = append(got, aws.ToString(e.Message))
		}
		s.recordOne(sourceGroup, "rg", "late")
	}
	if pages != 4 || len(got) != 65 || got[0] != "64" || got[64] != "0" || slices.Contains(got, "late") {
		t.Errorf("%d pages with %d events %v", pages, len(got), got)
	}
}
