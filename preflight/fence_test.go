package preflight

import (
	"strings"
	"testing"
)

// permittedFence is one for which the user may do all.
func permittedFence() *Fence {
	return &Fence{Config: Permitted, MaxLag: 10, Pause: Permitted, ACL: Permitted, Probe: Permitted, Counters: Permitted}
}

func TestChooseFence(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why     string
		version string
		change  func(*Fence)
		rung    FenceRung
		better  string // in why not a better one
		untold  bool
	}{
		{"all there is", "7.0.15", nil, FencePause, "", false},
		{"the first with a pause of writes that scripts do not pass", "6.2.7", nil, FencePause, "", false},
		{"scripts pass min-replicas-to-write, and a pause that is over", "6.2.6", nil, FenceACL, "client-pause: on 6.2.6 scripts pass", false},
		{"the first with a pause of writes", "6.2.0", nil, FenceACL, "min-replicas: on 6.2.0 scripts pass", false},
		{"the last measured that lets scripts through", "6.0.16", nil, FenceACL, "min-replicas: on 6.0.16 scripts pass", false},
		{"such a one without ACL", "6.2.6", func(f *Fence) { f.ACL = Denied }, FenceNone, "may not run ACL", false},
		{"such a one without ACL, and the host states that there are none", "6.2.6", func(f *Fence) { f.ACL, f.NoScripts = Denied, true }, FenceUnscripted, "scripts pass", false},
		{"Valkey", "8.0.1", nil, FencePause, "", false},
		{"before it", "6.0.20", nil, FenceMinReplicas, "came with 6.2, the server is 6.0.20", false},
		{"CLIENT PAUSE is denied", "7.0.15", func(f *Fence) { f.Pause = Denied }, FenceMinReplicas, "may not run CLIENT PAUSE", false},
		{"CLIENT is renamed", "7.0.15", func(f *Fence) { f.Pause = Absent }, FenceMinReplicas, "does not have CLIENT PAUSE", false},
		{"CLIENT PAUSE was not told", "7.0.15", func(f *Fence) { f.Pause = PermitUnknown }, FenceMinReplicas, "not told whether the user may run CLIENT PAUSE", true},
		{"CONFIG is denied", "7.0.15", func(f *Fence) { f.Config = Denied }, FenceACL, "may not run CONFIG", false},
		{"switched off", "7.0.15", func(f *Fence) { f.MaxLag = 0 }, FenceNone, "set it to 10", false},
		{"neither CONFIG nor ACL", "7.0.15", func(f *Fence) { f.Config, f.ACL = Absent, Denied }, FenceNone, "may not run ACL", false},
		{"CONFIG was not told and ACL is there", "7.0.15", func(f *Fence) { f.Config = PermitUnknown }, FenceACL, "not told", true},
		{"nothing was told", "7.0.15", func(f *Fence) { *f = Fence{} }, FenceNone, "not told", true},
		{"what is told is decisive", "7.0.15", func(f *Fence) { *f = Fence{Config: Denied, ACL: Denied} }, FenceNone, "may not run ACL", false},
		{"no probe", "7.0.15", func(f *Fence) { f.Probe = Denied }, FenceNone, "DEL of keys cachelift:fence", false},
		{"Redis 5", "5.0.14", nil, FenceNone, "scripts and queued transactions pass it", false},
		{"Redis 5, and the host states that there are none", "5.0.14", func(f *Fence) { f.NoScripts = true }, FenceUnscripted, "pass it", false},
		{"the statement is not needed", "7.0.15", func(f *Fence) { f.NoScripts = true }, FencePause, "", false},
		{"Redis 5 with a gate", "5.0.14", func(f *Fence) { f.Gate = true }, FenceGate, "does not state", false},
		{"a managed service without CONFIG", "7.0.15", func(f *Fence) { f.Config, f.ACL, f.Gate = Absent, Absent, true }, FenceGate, "does not have CONFIG", false},
		{"a gate that nothing shows to hold", "7.0.15", func(f *Fence) {
			*f = Fence{Config: Denied, ACL: Denied, Gate: true, Counters: Denied}
		}, FenceNone, "INFO commandstats", false},
		{"a fence is better than a gate", "7.0.15", func(f *Fence) { f.Gate = true }, FencePause, "", false},
		{"the version is not known", "", nil, FenceNone, "version is not known", true},
		{"the version is not known, with a gate", "", func(f *Fence) { f.Gate = true }, FenceGate, "version is not known", true},
	} {
		f := permittedFence()
		if row.change != nil {
			row.change(f)
		}
		c := f.Choose(row.version)
		better := strings.Join(c.Better, "; ")
		if c.Rung != row.rung || c.Untold != row.untold || !strings.Contains(better, row.better) || (row.better == "") != (better == "") {
			t.Errorf("%s: %s, untold %t, no better one: %s", row.why, c.Rung, c.Untold, better)
		}
		if (c.Weaker == "") != (c.Rung == FencePause || c.Rung == FenceNone) {
			t.Errorf("%s: %s is weaker: %q", row.why, c.Rung, c.Weaker)
		}
	}
}

// fenceRows: the report names the rung, and what is weaker in it.
func fenceRows() []builtinRow {
	with := func(version string, change func(*Fence)) func(*Facts) {
		return func(f *Facts) {
			f.Source.Version, f.Fence = version, permittedFence()
			change(f.Fence)
		}
	}
	return []builtinRow{
		{"the best", with("7.0.15", func(*Fence) {}), "source.fence", Pass, "CLIENT PAUSE WRITE, and min-replicas-to-write", ""},
		{"with a gate", with("7.0.15", func(f *Fence) { f.Gate = true }), "source.fence", Pass, "the host's gate, and on top CLIENT PAUSE WRITE", ""},
		{"a weaker one", with("6.0.20", func(*Fence) {}), "source.fence", Pass, "weaker: writes are refused at once and never parked", ""},
		{"ACL", with("7.0.15", func(f *Fence) { f.Config = Denied }), "source.fence", Pass, "every user loses the right to write; weaker: slower", ""},
		{"the gate alone", with("7.0.15", func(f *Fence) { f.Config, f.ACL, f.Gate = Absent, Absent, true }), "source.fence", Pass, "nothing on the source refuses a write", ""},
		{"none", with("7.0.15", func(f *Fence) { f.Config, f.ACL = Denied, Denied }), "source.fence", Fail, "client-pause: the user may not run CONFIG GET and SET", "Cutover of your own"},
		{"not told", with("7.0.15", func(f *Fence) { f.Config, f.ACL = "", "" }), "source.fence", Unknown, "cannot be told", "acl|dryrun"},
		{"CONFIG is renamed", func(f *Facts) {
			with("7.0.15", func(f *Fence) { f.Config, f.ACL = Absent, Denied })(f)
			f.Source.Commands.Missing = []string{"config"}
		}, "source.fence", Unknown, "does not have CONFIG", "see source.renamed-commands"},
		{"scripts on Redis 5", func(f *Facts) {
			with("5.0.14", func(f *Fence) { f.NoScripts = true })(f)
			f.Load.Scripts = 12
		}, "source.fence", Fail, "counts 12 calls", "gate"},
		{"none on Redis 5", func(f *Facts) {
			with("5.0.14", func(f *Fence) { f.NoScripts = true })(f)
			f.Load.Scripts = 0
		}, "source.fence", Pass, "rests on the host's word", ""},
		{"a version that was not seen", func(f *Facts) {
			with("7.0.15", func(*Fence) {})(f)
			gap(f, "source.version", "INFO is cut")
		}, "source.fence", Unknown, "version is not known", "INFO"},
	}
}
