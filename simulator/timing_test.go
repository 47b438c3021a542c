package simulator

import (
	"testing"
	"time"
)

func TestTimingDefaults(t *testing.T) {
	t.Parallel()
	if got := (Timing{}).withDefaults(); got != DefaultTiming() {
		t.Errorf("the zero Timing is %+v, want the default", got)
	}
	for _, whole := range []Timing{DefaultTiming(), FastTiming()} {
		if got := whole.withDefaults(); got != whole {
			t.Errorf("%+v became %+v", whole, got)
		}
	}
	got := Timing{Promotion: time.Hour}.withDefaults()
	if got.StartDelay != 0 || got.Attempts != 1 || got.AttemptTimeout != 60*time.Second || got.Poll <= 0 || got.Promotion != time.Hour {
		t.Errorf("a partial Timing became %+v", got)
	}
}

func TestMessagesDefaults(t *testing.T) {
	t.Parallel()
	got := Messages{TestFailed: "mine"}.withDefaults()
	want := DefaultMessages()
	want.TestFailed = "mine"
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
