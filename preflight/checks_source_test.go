package preflight

import (
	"slices"
	"strings"
	"testing"
)

func sourceRows() []builtinRow {
	return slices.Concat(answerRows(), authRows(), addressRows(), listenRows(), serverRows(), roleRows(), commandRows(), contentRows(),
		forkRows(), bufferRows(), backlogRows())
}

// Every row that wants a failure is one misconfiguration, and only one check of
// the source may fail for it.
func TestSourceRowsFailAlone(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, r := range sourceRows() {
		if r.want != Fail {
			continue
		}
		tried++
		facts := goodFacts()
		r.change(&facts)
		want := []string{r.check}
		var got []string
		for _, f := range Judge(facts, sourceChecks(), nil).Findings {
			if f.Outcome == Fail {
				got = append(got, f.CheckID)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s (%s): %v fail, want %v", r.check, r.why, got, want)
		}
	}
	if tried < 40 {
		t.Errorf("only %d rows want a failure", tried)
	}
}

// Without any facts every check of the source says that it does not know.
func TestSourceChecksOfNothing(t *testing.T) {
	t.Parallel()
	for _, f := range Judge(Facts{}, sourceChecks(), nil).Findings {
		if f.Outcome != Unknown || f.Remedy == "" {
			t.Errorf("%s: %+v", f.CheckID, f)
		}
	}
}

// One refused CONFIG must not block on its own: what it hides shows soon and
// without harm.
func TestSourceConfigRefused(t *testing.T) {
	t.Parallel()
	facts := goodFacts()
	facts.Source.Config = nil
	gap(&facts, "source.config", "NOPERM")
	unknown := 0
	for _, f := range Judge(facts, sourceChecks(), nil).Findings {
		if f.Blocks() {
			t.Errorf("%s blocks: %+v", f.CheckID, f)
		}
		if f.Outcome == Unknown {
			unknown++
			if !strings.Contains(f.Observed, "NOPERM") {
				t.Errorf("%s: the reason is lost: %s", f.CheckID, f.Observed)
			}
		}
	}
	if unknown != 5 {
		t.Errorf("%d checks do not know, want protected-mode, bind, output-buffer, backlog and repl-timeout", unknown)
	}
}

func TestSourceChecksAreDocumented(t *testing.T) {
	t.Parallel()
	for _, c := range sourceChecks() {
		if !strings.HasPrefix(c.ID, "source.") || len(c.Detail) < 60 || !strings.HasSuffix(c.Detail, ".") {
			t.Errorf("%s: detail %q", c.ID, c.Detail)
		}
		if !strings.HasPrefix(c.DocURL, guide) && !strings.HasPrefix(c.DocURL, "https://redis.io/docs/") {
			t.Errorf("%s: DocURL %q", c.ID, c.DocURL)
		}
	}
}

// tls is a source that answers by TLS, and has a plain port or 0.
func tls(port int) func(*Facts) {
	return func(f *Facts) {
		f.SourceProbe = &Probe{Address: "10.0.0.241:6379", Reached: true, TLS: true, Err: "the answer is a TLS record"}
		f.Source.Config.Port, f.Source.Config.TLSPort = port, 6379
	}
}

func closed(f *Facts) {
	f.SourceProbe = &Probe{Address: "10.0.0.241:6379", Err: "connection refused"}
}

func answerRows() []builtinRow {
	return []builtinRow{
		{"PONG", good, "source.reachable", Pass, "PONG", ""},
		{"an error is an answer too", reply("NOAUTH Authentication required."), "source.reachable", Pass, "NOAUTH", ""},
		{"TLS is an answer too", tls(0), "source.reachable", Pass, "TLS", ""},
		{"closed port", closed, "source.reachable", Fail, "connection refused", "listens on 10.0.0.241"},
		{"another protocol", func(f *Facts) {
			f.SourceProbe = &Probe{Address: "10.0.0.241:6379", Reached: true, Err: `the answer is not Redis: "HTTP/1.1 400"`}
		}, "source.reachable", Fail, "not Redis", "redis.conf: port 6379"},
		{"silence", func(f *Facts) { f.SourceProbe = &Probe{Address: "a:1", Reached: true} }, "source.reachable", Fail, "nothing came back", "a:1"},
		{"not tried", noProbe, "source.reachable", Unknown, "no reason was recorded", "reachable from here"},

		{"in clear", good, "source.tls", Pass, "in clear", ""},
		{"only a TLS port", tls(0), "source.tls", Fail, "TLS record", "redis.conf: port 6380 (without a restart from 6.2.1 on: CONFIG SET port 6380)"},
		{"the wrong one of two ports", tls(6380), "source.tls", Fail, "TLS record", "give port 6380"},
		{"a version that has to restart", func(f *Facts) { tls(0)(f); f.Source.Version = "6.0.20" }, "source.tls", Fail, "TLS record", "restart the server"},
		{"settings not seen", func(f *Facts) { tls(0)(f); f.Source.Config = nil }, "source.tls", Fail, "TLS record", "redis.conf: port 6379"},
		{"nothing at all seen of the server", func(f *Facts) { tls(0)(f); noSource(f) }, "source.tls", Fail, "TLS record", "redis.conf: port 6379"},
		{"not reached", closed, "source.tls", Unknown, "connection refused", "source.reachable"},
		{"not tried", noProbe, "source.tls", Unknown, "no reason was recorded", "reachable"},

		{"off", good, "source.protected-mode", Pass, "protected-mode no", ""},
		{"on, and seen over loopback", func(f *Facts) { f.Source.Config.ProtectedMode = "yes" }, "source.protected-mode", Fail, "protected-mode yes", "CONFIG SET protected-mode no"},
		{"on, and seen from elsewhere", reply("-DENIED Redis is running in protected mode"), "source.protected-mode", Fail, "DENIED", "over its loopback interface"},
		{"DENIED is enough", func(f *Facts) { noSource(f); reply("DENIED")(f) }, "source.protected-mode", Fail, "DENIED", "protected-mode no in redis.conf"},
		{"before there was one", func(f *Facts) { f.Source.Version, f.Source.Config.ProtectedMode = "3.0.7", "" }, "source.protected-mode", Pass, "has no protected mode", ""},
		{"empty where there is one", func(f *Facts) { f.Source.Config.ProtectedMode = "" }, "source.protected-mode", Unknown, `""`, "CONFIG GET"},
		{"a PONG proves little", func(f *Facts) { f.Source.Config = nil; gap(f, "source.config", "NOPERM") }, "source.protected-mode", Unknown, "NOPERM; that the probe got PONG proves little", "docs/preflight.md"},
		{"a gap of the field alone", func(f *Facts) { gap(f, "source.config.protected_mode", "renamed") }, "source.protected-mode", Unknown, "renamed", "CONFIG GET"},
	}
}
