package preflight

import (
	"cmp"
	"slices"
	"strings"
)

// Where Redis documents what the guide of the service leaves to it.
const (
	redisManagement = "https://redis.io/docs/latest/operate/oss_and_stack/management/"
	redisClients    = "https://redis.io/docs/latest/develop/reference/clients/"
)

// sourceChecks are about the self-hosted server.
func sourceChecks() []Check {
	return slices.Concat(accessChecks(), serverChecks(), contentChecks(), forecastChecks())
}

// onConfig makes a check that needs the source's settings, and of those the given
// fields of [Node], such as "config.bind".
func onConfig(required string, look func(Facts, Node, NodeConfig) verdict, fields ...string) func(Facts) Finding {
	return func(f Facts) Finding {
		return onSource(required, func(n Node) verdict {
			if n.Config == nil {
				return unknown("settings "+f.why("source.config"), showConfig)
			}
			return look(f, n, *n.Config)
		}, fields...)(f)
	}
}

// allowing names the command that has to be allowed where the source was seen
// but for what that command tells.
func allowing(command string, judge func(Facts) Finding) func(Facts) Finding {
	return func(facts Facts) Finding {
		f := judge(facts)
		if f.Outcome == Unknown && facts.Source != nil {
			f.Remedy = "let the library's user run " + command + " on the source, or look by hand and waive this check"
		}
		return f
	}
}

const showConfig = "let the library's user run CONFIG GET on the source, or look at redis.conf by hand and waive this check"

// sourceName is the subject of a finding about the source.
func (f Facts) sourceName() string {
	switch {
	case f.Source != nil && f.Source.Address != "":
		return f.Source.Address
	case f.SourceProbe != nil && f.SourceProbe.Address != "":
		return f.SourceProbe.Address
	case f.SourceAddress != nil:
		return cmp.Or(f.SourceAddress.Host, "source")
	default:
		return "source"
	}
}

// before tells whether the node is surely a Redis older than v.
func (n Node) before(v version) bool {
	own, ok := parseVersion(n.Version)
	return ok && n.Engine == "redis" && own.less(v)
}

// settable is when the addresses and ports became settings that CONFIG SET can
// change: Redis 6.2.1 (its release notes).
func settable() version { return version{6, 2, 1} }

// atOnce says how a setting in redis.conf takes effect.
func (n Node) atOnce(since version, command string) string {
	if n.before(since) {
		return "restart the server for it: its version cannot change this while it runs"
	}
	return "without a restart from " + since.String() + " on: CONFIG SET " + command
}

// replyCode is the first word of an answer, without the minus of an error.
func replyCode(reply string) string {
	code, _, _ := strings.Cut(strings.TrimLeft(reply, "-+"), " ")
	return strings.ToUpper(code)
}
