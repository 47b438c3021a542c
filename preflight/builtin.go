package preflight

import (
	"cmp"
	"slices"
)

// guide is where AWS documents the requirements of an online migration.
const guide = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/"

// Builtin returns the built-in checks in the order in which a person would
// work through them. The slice is the caller's: a host may append checks of
// its own, or leave some out.
func Builtin() []Check {
	return slices.Concat(targetChecks(), sourceChecks(), pairChecks(), networkChecks())
}

// verdict is what a built-in check finds out about its subject.
type verdict struct {
	outcome  Outcome
	observed string
	remedy   string
}

func passed(observed string) verdict { return verdict{Pass, observed, ""} }

func failed(observed, remedy string) verdict { return verdict{Fail, observed, remedy} }

func unknown(observed, remedy string) verdict { return verdict{Unknown, observed, remedy} }

func (v verdict) finding(subject, required string) Finding {
	return Finding{
		Outcome: v.outcome, Subject: subject, Observed: v.observed,
		Required: required, Remedy: v.remedy,
	}
}

// why returns the recorded reason for the first of the subjects that has one.
func (f Facts) why(subjects ...string) string {
	for _, s := range subjects {
		if r := f.Reason(s); r != "" {
			return "not seen: " + r
		}
	}
	return "not seen: no reason was recorded"
}

// What to do when a part of the facts is absent.
const (
	showTarget = "check region and credentials, and allow the action elasticache:DescribeReplicationGroups on the group"
	showParams = "allow the actions elasticache:DescribeCacheClusters and elasticache:DescribeCacheParameters"
	showNode   = "make the group's primary endpoint reachable from here (security group, route, tunnel) so that its INFO can be read"
	showSource = "make the source reachable from here and let the library's user run INFO (and CONFIG GET, where it is allowed)"
)

// gap returns the recorded reason for the first of the fields of a part that
// could not be read. Without it a zero value would look like a fact.
func (f Facts) gap(part string, fields []string) (reason string, ok bool) {
	for _, field := range fields {
		if r := f.Reason(part + "." + field); r != "" {
			return field + " not seen: " + r, true
		}
	}
	return "", false
}

// onTarget makes a check of the replication group that needs the given fields
// of [Target]. Where there is no group, nothing can be said about its
// properties: only target.exists fails then.
func onTarget(required string, look func(Target) verdict, fields ...string) func(Facts) Finding {
	return func(f Facts) Finding {
		if f.Target == nil {
			return unknown(f.why("target"), showTarget).finding("replication group", required)
		}
		subject := cmp.Or(f.Target.ID, "replication group")
		if !f.Target.Exists {
			return unknown("group does not exist", "see target.exists").finding(subject, required)
		}
		if reason, ok := f.gap("target", fields); ok {
			return unknown(reason, showTarget).finding(subject, required)
		}
		return look(*f.Target).finding(subject, required)
	}
}

// onSource makes a check that needs the given fields of what the source tells
// of itself.
func onSource(required string, look func(Node) verdict, fields ...string) func(Facts) Finding {
	return func(f Facts) Finding {
		if f.Source == nil {
			return unknown(f.why("source"), showSource).finding("source", required)
		}
		subject := cmp.Or(f.Source.Address, "source")
		if reason, ok := f.gap("source", fields); ok {
			return unknown(reason, showSource).finding(subject, required)
		}
		return look(*f.Source).finding(subject, required)
	}
}

// onProbe makes a check of what an unauthenticated connection got.
func onProbe(required string, look func(Probe) verdict) func(Facts) Finding {
	return func(f Facts) Finding {
		if f.SourceProbe == nil {
			return unknown(f.why("source_probe", "source"), showSource).finding("source", required)
		}
		return look(*f.SourceProbe).finding(cmp.Or(f.SourceProbe.Address, "source"), required)
	}
}

// pairName names both ends.
func (f Facts) pairName() string {
	source, target := "source", "target"
	if f.Source != nil {
		source = cmp.Or(f.Source.Address, source)
	}
	if f.Target != nil {
		target = cmp.Or(f.Target.ID, target)
	}
	return source + " -> " + target
}
