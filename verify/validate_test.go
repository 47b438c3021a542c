package verify

import (
	"strings"
	"testing"
	"time"
)

// All that is wrong is told at once, with field, value and what is allowed.
func TestValidate(t *testing.T) {
	t.Parallel()
	bad := &Options{
		Mode: "half", Values: "all", Functions: "some", Types: []string{"hash", "table"}, DBs: []int{-1, 0},
		CheckpointEvery: -1, ExpiryTolerance: -2, MaxBlock: -1, ProgressEvery: -1, SettleFor: -1, WaitFor: -1,
		Source: Limits{KeysPerSecond: -1, BytesPerSecond: -2, Latency: -3}, Target: Limits{KeysPerSecond: -4},
		Parallel: -1, ReportFirst: -2, Rounds: -1, Sample: Sample{Size: -1, LossRate: 2, Confidence: 1},
	}
	_, err := bad.withDefaults()
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{
		`Mode is "half", want counts, sample or full`, `Values is "all"`, `Functions is "some"`, `Types is "table"`, "DBs is -1, want 0 or more",
		"CheckpointEvery is -1ns", "ExpiryTolerance is -2ns, want -1 or more", "MaxBlock", "ProgressEvery", "SettleFor", "WaitFor",
		"Source.KeysPerSecond is -1", "Source.BytesPerSecond is -2", "Source.Latency is -3ns", "Target.KeysPerSecond is -4",
		"Parallel is -1", "ReportFirst is -2, want -1 or more", "Rounds is -1", "Sample.Size is -1",
		"Sample.LossRate is 2", "Sample.Confidence is 1, want", "Sample is set", "want one of the two",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s", want)
		}
	}
	if strings.Contains(err.Error(), `"hash"`) {
		t.Errorf("told although it is right: %v", err)
	}
}

// Nil and zero are the defaults that the fields document; what was set stays.
func TestDefaults(t *testing.T) {
	t.Parallel()
	for _, o := range []*Options{nil, {}} {
		got, err := o.withDefaults()
		if err != nil || got.Mode != ModeFull || got.Values != ValuesDigest || got.Functions != FunctionsCompare || got.ExpiryTolerance != time.Second ||
			got.MaxBlock != 5*time.Millisecond || got.Parallel != 1 || got.ReportFirst != 100 || got.Rounds != 8 || got.SettleFor != 10*time.Second ||
			got.WaitFor != 2*time.Minute || got.CheckpointEvery != 5*time.Second || got.ProgressEvery != time.Second || got.Sample != (Sample{}) {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, o := range []*Options{{Mode: ModeCounts}, {Mode: ModeSample}, {Match: "a*"}, {Types: []string{TypeHash}}, {DBs: []int{0}}} {
		if got, err := o.withDefaults(); err != nil || got.Functions != FunctionsSkip {
			t.Errorf("%+v compares functions, %v", o, err)
		}
	}
	got, err := (&Options{Mode: ModeSample, Rounds: 3, ExpiryTolerance: -1}).withDefaults()
	if err != nil || got.Sample != (Sample{LossRate: 1e-4, Confidence: 0.99}) || got.Rounds != 3 || got.ExpiryTolerance != -1 {
		t.Errorf("%+v, %v", got, err)
	}
}
