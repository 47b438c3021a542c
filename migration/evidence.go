package migration

import (
	"runtime/debug"
	"slices"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// mostEvents is how many events of the service a result holds.
const mostEvents = 100

// modulePath is this module.
const modulePath = "github.com/cachelift/cachelift"

// evidence adds to the result what was published and with what it was made.
func (r *run) evidence() {
	r.result.Versions.Library = libraryVersion()
	if f := r.doctor.facts; f != nil {
		r.result.Versions.fill(f)
	}
	if r.watch == nil {
		return
	}
	events := slices.DeleteFunc(r.watch.all(), func(e progress.ServiceEvent) bool { return e.At.Before(r.plan.CreatedAt) })
	r.result.Events = events[max(0, len(events)-mostEvents):]
}

// fill takes what the preflight facts tell, where nothing newer is known.
func (v *Versions) fill(f *preflight.Facts) {
	orDefault(&v.Source, engineText(f.Source))
	orDefault(&v.Target, engineText(f.TargetNode))
}

// engineText is the engine and its version, "" if the server was not seen.
func engineText(n *preflight.Node) string {
	if n == nil || n.Version == "" {
		return ""
	}
	return string(n.Engine) + " " + n.Version
}

// engineOf is the same of an INFO reply.
func engineOf(i redisinfo.Info) string {
	if i.Engine() == "" {
		return ""
	}
	return string(i.Engine()) + " " + i.VersionText()
}

// libraryVersion is the version of this module in the running program.
func libraryVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path == modulePath {
			return m.Version
		}
	}
	return ""
}
