package preflight

import (
	"strings"
	"testing"
)

func authRows() []builtinRow {
	const id = "source.auth"
	greeted := func(replconf string, more ...func(*Facts)) func(*Facts) {
		return func(f *Facts) {
			f.SourceProbe.Replconf = replconf
			for _, change := range more {
				change(f)
			}
		}
	}
	is := func(v string) func(*Facts) { return func(f *Facts) { f.Source.Version = v } }
	undriven := func(f *Facts) { gap(f, "source.default_user_denied", "ACL DRYRUN came with Redis 7.0") }
	const setuser = "ACL SETUSER default on nopass +ping +replconf +psync +sync"
	return []builtinRow{
		{"open", good, id, Pass, `"PONG" to PING and "OK" to REPLCONF`, ""},
		{"as on the wire", reply("+PONG"), id, Pass, "PONG", ""},
		{"password", reply("NOAUTH Authentication required."), id, Fail, "NOAUTH", "First move the applications to an ACL user of their own"},
		{"the library's own goes too", reply("NOAUTH Authentication required."), id, Fail, "NOAUTH", `Options.SourceRedis.Password unless it belongs to an ACL user. Then, on the source, run CONFIG SET requirepass ""`},
		{"password before there were users", func(f *Facts) { reply("NOAUTH Authentication required.")(f); is("5.0.14")(f) }, id, Fail, "NOAUTH", "First move the applications to no AUTH at all"},
		{"password, and the version was not seen", func(f *Facts) { reply("NOAUTH Authentication required.")(f); noSource(f) }, id, Fail, "NOAUTH", "requirepass"},
		{"default user is restricted", reply("NOPERM this user has no permissions to run the 'ping' command"), id, Fail, "NOPERM", setuser},
		{"default user may only PING", greeted("NOPERM this user has no permissions to run the 'replconf' command"), id, Fail, "'replconf'", setuser},
		{"what the default user may was not seen", func(f *Facts) { f.Source.DefaultUserDenied = nil }, id, Unknown, "whether the default user may run PSYNC and SYNC was not seen", "ACL GETUSER default"},
		{"default user may not PSYNC", func(f *Facts) { f.Source.DefaultUserDenied = []string{"psync", "sync"} }, id, Fail, "may not run PSYNC, SYNC", setuser},
		{"REPLCONF was not asked, in an old file", greeted(""), id, Unknown, "was not asked", "REPLCONF capa psync2"},
		{"REPLCONF is renamed", greeted("ERR unknown command 'REPLCONF'"), id, Unknown, "unknown command", "see source.renamed-commands"},
		{"REPLCONF asks for a password", greeted("NOAUTH Authentication required."), id, Fail, "NOAUTH", "requirepass"},
		{"another answer to REPLCONF", greeted("LOADING"), id, Unknown, "LOADING", "by hand"},
		{"6.x cannot tell", greeted("OK", is("6.2.16"), undriven), id, Unknown, `"OK" to REPLCONF; whether the default user may run PSYNC and SYNC was not seen: ACL DRYRUN came`, "ACL GETUSER default"},
		{"7.0 was not asked", greeted("OK", undriven), id, Unknown, "PSYNC and SYNC was not seen", "ACL GETUSER default"},
		{"before there were users", greeted("OK", is("5.0.14"), undriven), id, Pass, "Redis 5.0.14 has no ACL", ""},
		{"nothing seen of the server but its answers", noSource, id, Unknown, "i/o timeout", "ACL GETUSER default"},
		{"nor its version", func(f *Facts) { f.Source.Version = ""; gap(f, "source.version", "INFO is cut") }, id, Unknown, "INFO is cut", "ACL GETUSER default"},
		{"protected mode says nothing of passwords", reply("-DENIED Redis is running in protected mode"), id, Unknown, "DENIED", "see source.protected-mode"},
		{"TLS says nothing of passwords", tls(0), id, Unknown, "TLS", "see source.tls"},
		{"loading", reply("LOADING Redis is loading the dataset in memory"), id, Unknown, "LOADING", "PONG"},
		{"no answer", closed, id, Unknown, "refused", "source.reachable"},
		{"not tried", noProbe, id, Unknown, "no reason was recorded", "reachable"},
	}
}

// What cannot be told of the default user must not block: a replica that is
// refused does no harm.
func TestUntoldPermissionsWarn(t *testing.T) {
	t.Parallel()
	facts := goodFacts()
	facts.Source.Version = "6.2.16"
	gap(&facts, "source.default_user_denied", "ACL DRYRUN came with Redis 7.0")
	if f := findingOf(t, Judge(facts, Builtin(), nil), "source.auth"); f.Outcome != Unknown || f.Severity != Warning {
		t.Errorf("got %+v", f)
	}
	facts.SourceProbe.Replconf = "NOPERM no"
	if f := findingOf(t, Judge(facts, Builtin(), []string{"source.auth"}), "source.auth"); !f.Blocks() {
		t.Errorf("got %+v", f)
	}
}

func TestSourceIPs(t *testing.T) {
	t.Parallel()
	for _, r := range []struct{ network, ips, want, written string }{
		{"ipv4", "10.0.0.241 2600:1f18::1", "10.0.0.241", "10.0.0.241"},
		{"ipv6", "10.0.0.241 2600:1f18::1", "2600:1f18::1", "2600:1f18::1"},
		{"dual_stack", "2600:1f18::1 10.0.0.241", "10.0.0.241", "10.0.0.241"},
		{"dual_stack", "2600:1f18::1", "2600:1f18::1", "2600:1f18::1"},
		{"", "2600:1f18::1 10.0.0.241", "10.0.0.241", "10.0.0.241"},
		{"ipv4", "2600:1f18::1", "2600:1f18::1", "2600:1f18::1"},
		{"ipv6", "10.0.0.241 10.0.0.242 10.0.0.241", "10.0.0.241 10.0.0.242", "10.0.0.241 10.0.0.242 10.0.0.241"},
		{"ipv6", "10.0.0.241 here fd00:0::1", "fd00::1", "here fd00:0::1"},
		{"ipv4", "::ffff:10.0.0.241 fe80::1%eth0", "10.0.0.241", "::ffff:10.0.0.241"},
		{"ipv4", "fe80::1%eth0", "", "fe80::1%eth0"},
		{"ipv4", "", "", ""},
	} {
		facts := goodFacts()
		facts.Target.NetworkType, facts.SourceAddress.IPs = r.network, strings.Fields(r.ips)
		var got []string
		for _, ip := range facts.SourceIPs() {
			got = append(got, ip.String())
		}
		if written := strings.Join(facts.usedIPs(), " "); strings.Join(got, " ") != r.want || written != r.written {
			t.Errorf("%s, %s: got %s, written %s; want %s, %s", r.network, r.ips, got, written, r.want, r.written)
		}
	}
	if got := (Facts{}).SourceIPs(); got != nil || (Facts{}).usedIPs() != nil {
		t.Errorf("of nothing: %v", got)
	}
}
