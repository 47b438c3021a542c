package verify

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Validate reports all that is wrong with the options at once, each by the field's
// name; nil options are right. [Compare] does the same before anything else.
func (o *Options) Validate() error {
	_, err := o.withDefaults()
	return err
}

// withDefaults returns a copy of the options in which what was left out is filled
// in, or all that is wrong with them.
func (o *Options) withDefaults() (Options, error) {
	var out Options
	if o != nil {
		out = *o
	}
	err := out.validate()
	out.DBs, out.Types = slices.Clone(out.DBs), slices.Clone(out.Types)
	def(&out.Mode, ModeFull)
	def(&out.Values, ValuesDigest)
	def(&out.CheckpointEvery, 5*time.Second)
	def(&out.ExpiryTolerance, time.Second)
	def(&out.MaxBlock, 5*time.Millisecond)
	def(&out.Parallel, 1)
	def(&out.ProgressEvery, time.Second)
	def(&out.ReportFirst, 100)
	def(&out.Rounds, 8)
	def(&out.SettleFor, 10*time.Second)
	def(&out.WaitFor, 2*time.Minute)
	if out.Mode == ModeSample {
		def(&out.Sample.LossRate, 1e-4)
		def(&out.Sample.Confidence, 0.99)
	}
	if out.Functions == "" {
		out.Functions = FunctionsSkip
		if out.Mode == ModeFull && out.Match == "" && len(out.Types)+len(out.DBs) == 0 {
			out.Functions = FunctionsCompare
		}
	}
	return out, err
}

// def fills in a default.
func def[T comparable](field *T, value T) {
	if *field == *new(T) {
		*field = value
	}
}

// validate reports all that is wrong.
func (o *Options) validate() error {
	var all []error
	wrong := func(field string, value any, want string) {
		all = append(all, fmt.Errorf("verify: Options.%s is %v, want %s", field, value, want))
	}
	if !slices.Contains([]Mode{"", ModeCounts, ModeSample, ModeFull}, o.Mode) {
		wrong("Mode", fmt.Sprintf("%q", o.Mode), "counts, sample or full")
	}
	if !slices.Contains([]Values{"", ValuesDigest, ValuesShow}, o.Values) {
		wrong("Values", fmt.Sprintf("%q", o.Values), "digest or show")
	}
	if !slices.Contains([]Functions{"", FunctionsCompare, FunctionsSkip}, o.Functions) {
		wrong("Functions", fmt.Sprintf("%q", o.Functions), "compare or skip")
	}
	for _, t := range o.Types {
		if !slices.Contains([]string{TypeString, TypeList, TypeSet, TypeZSet, TypeHash, TypeStream, TypeModule}, t) {
			wrong("Types", fmt.Sprintf("%q", t), "string, list, set, zset, hash, stream or module")
		}
	}
	for _, db := range o.DBs {
		if db < 0 {
			wrong("DBs", db, "0 or more")
		}
	}
	for _, d := range []struct {
		field string
		value time.Duration
		least time.Duration
	}{
		{"CheckpointEvery", o.CheckpointEvery, 0}, {"ExpiryTolerance", o.ExpiryTolerance, -1}, {"MaxBlock", o.MaxBlock, 0},
		{"ProgressEvery", o.ProgressEvery, 0}, {"SettleFor", o.SettleFor, 0}, {"WaitFor", o.WaitFor, 0},
		{"Source.Latency", o.Source.Latency, 0}, {"Target.Latency", o.Target.Latency, 0},
	} {
		if d.value < d.least {
			wrong(d.field, d.value, fmt.Sprintf("%d or more", d.least))
		}
	}
	for _, n := range []struct {
		field        string
		value, least int64
	}{
		{"Parallel", int64(o.Parallel), 0}, {"ReportFirst", int64(o.ReportFirst), -1}, {"Rounds", int64(o.Rounds), 0},
		{"Sample.Size", o.Sample.Size, 0},
		{"Source.KeysPerSecond", o.Source.KeysPerSecond, 0}, {"Source.BytesPerSecond", o.Source.BytesPerSecond, 0},
		{"Target.KeysPerSecond", o.Target.KeysPerSecond, 0}, {"Target.BytesPerSecond", o.Target.BytesPerSecond, 0},
	} {
		if n.value < n.least {
			wrong(n.field, n.value, fmt.Sprintf("%d or more", n.least))
		}
	}
	return errors.Join(append(all, o.validateSample())...)
}

// validateSample reports what is wrong with the sample.
func (o *Options) validateSample() error {
	var all []error
	if o.Mode != ModeSample && o.Sample != (Sample{}) {
		all = append(all, fmt.Errorf("verify: Options.Sample is set and Options.Mode is %q, want sample", o.Mode))
	}
	if o.Sample.Size != 0 && (o.Sample.LossRate != 0 || o.Sample.Confidence != 0) {
		all = append(all, errors.New("verify: Options.Sample has a Size and a LossRate or Confidence, want one of the two"))
	}
	if r := o.Sample.LossRate; !(r >= 0 && r <= 1) {
		all = append(all, fmt.Errorf("verify: Options.Sample.LossRate is %v, want more than 0 and at most 1", r))
	}
	if c := o.Sample.Confidence; !(c >= 0 && c < 1) {
		all = append(all, fmt.Errorf("verify: Options.Sample.Confidence is %v, want more than 0 and less than 1", c))
	}
	return errors.Join(all...)
}
