package preflight

import (
	"cmp"
	"slices"
	"strings"
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

func unknown(observed, remedy string) verdict {
	if remedy == showSource {
		remedy = showSourceFor(observed)
	}
	return verdict{Unknown, observed, remedy}
}

// showSourceFor tells what to do when the source did not answer a question, by
// the reason. The words are the server's own, seen on Redis 7.0, and the network's.
func showSourceFor(reason string) string {
	for _, c := range []struct{ word, remedy string }{
		{"asks for no password", "leave out the password of the library's connections to the source (Options.SourceRedis)"},
		{"NOAUTH", "give the library a user or password of the source (Options.SourceRedis); and see source.auth"},
		{"WRONGPASS", "correct the library's user and password of the source (Options.SourceRedis)"},
		{"NOPERM", "permit it to the library's user: docs/preflight.md has the rules for ACL SETUSER"},
		{"unknown command", "see source.renamed-commands"},
		{"DENIED", "see source.protected-mode"},
		{"dial tcp", "see source.reachable"},
	} {
		if strings.Contains(reason, c.word) {
			return c.remedy
		}
	}
	return showSource
}

func (v verdict) finding(subject, required string) Finding {
	return Finding{
		Outcome: v.outcome, Subject: subject, Observed: v.observed,
		Required: required, Remedy: v.remedy,
	}
}

// why returns the recorded reason for the first of the subjects that has one.
func (f Facts) why(subjects ...string) string {
	for _, look := range []func(string) string{f.Reason, func(s string) string { return f.absent(s) }} {
		for _, s := range subjects {
			if r := look(s); r != "" {
				return "not seen: " + r
			}
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

// showFor is what to do when one of these fields of [Target] is absent: they come
// by different actions.
func showFor(fields []string) string {
	for _, field := range fields {
		switch field, _, _ := strings.Cut(field, "."); field {
		case "databases", "parameters":
			return showParams
		case "members", "engine_version", "parameter_group", "subnet_group", "security_groups":
			return showMembers
		case "vpc", "subnets":
			return "allow the actions elasticache:DescribeCacheClusters and elasticache:DescribeCacheSubnetGroups"
		}
	}
	return showTarget
}

// gap returns the recorded reason for the first of the fields of a part that
// could not be read. Without it a zero value would look like a fact.
func (f Facts) gap(part string, fields []string) (reason string, ok bool) {
	for _, field := range fields {
		if r := f.absent(part + "." + field); r != "" {
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
		if f.Target == nil || f.absent("target.exists") != "" {
			return unknown(f.why("target.exists", "target"), showTarget).finding("replication group", required)
		}
		subject := cmp.Or(f.Target.ID, "replication group")
		if !f.Target.Exists {
			return unknown("group does not exist", "see target.exists").finding(subject, required)
		}
		if reason, ok := f.gap("target", fields); ok {
			return unknown(reason, showFor(fields)).finding(subject, required)
		}
		return look(*f.Target).finding(subject, required)
	}
}

// onSource makes a check that needs the given fields of what the source tells
// of itself.
func onSource(required string, look func(Node) verdict, fields ...string) func(Facts) Finding {
	return func(f Facts) Finding {
		if f.Source == nil {
			return unknown(f.why("source"), showSource).finding(f.sourceName(), required)
		}
		subject := f.sourceName()
		if reason, ok := f.gap("source", fields); ok {
			return unknown(reason, showSource).finding(subject, required)
		}
		return look(f.seenSource()).finding(subject, required)
	}
}

// onProbe makes a check of what an unauthenticated connection got, that needs
// the given fields of [Probe].
func onProbe(required string, look func(Probe) verdict, fields ...string) func(Facts) Finding {
	return func(f Facts) Finding {
		if f.SourceProbe == nil {
			return unknown(f.why("source_probe", "source"), showSource).finding("source", required)
		}
		if reason, ok := f.gap("source_probe", fields); ok {
			return unknown(reason, showSource).finding(cmp.Or(f.SourceProbe.Address, "source"), required)
		}
		return look(*f.SourceProbe).finding(cmp.Or(f.SourceProbe.Address, "source"), required)
	}
}

// pairName names both ends.
func (f Facts) pairName() string {
	source, target := f.sourceName(), "target"
	if f.Target != nil {
		target = cmp.Or(f.Target.ID, target)
	}
	return source + " -> " + target
}
