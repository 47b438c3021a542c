package node

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
)

// settingNames are the parameters that CONFIG GET is asked for, one by one:
// several at once are Redis 7's, and a pattern would bring passwords along.
func settingNames() []string {
	return []string{
		"protected-mode", "bind", "port", "tls-port", "client-output-buffer-limit", "repl-backlog-size", "repl-timeout",
		"repl-diskless-sync", "repl-diskless-sync-delay", "databases", "maxclients", "maxmemory", "maxmemory-policy",
	}
}

// settings is what CONFIG GET tells.
type settings struct {
	values map[string]string
	err    error // the first
}

// add takes the answer to one CONFIG GET.
func (s *settings) add(reply any, err error) {
	pairs := map[string]string{}
	if err == nil {
		pairs, err = redisinfo.ParseConfig(reply)
	}
	if s.err == nil {
		s.err = err
	}
	if s.values == nil {
		s.values = map[string]string{}
	}
	for name, value := range pairs {
		s.values[name] = value
	}
}

// number returns a parameter that is a whole number; one that the server does not
// have is 0.
func (s *settings) number(name string) int64 {
	text, there := s.values[name]
	if !there {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("CONFIG GET %s: %q is not a number", name, text)
	}
	return n
}

// config takes the settings into the facts, and from them what INFO of older
// versions does not tell.
func (g *gathering) config(s *settings) {
	f := &g.facts
	f.Databases = int(s.number("databases"))
	if f.ClusterEnabled && f.Databases > 0 {
		f.Databases = 1 // whatever the parameter says, SELECT is refused
	}
	limit, err := redisinfo.ReplicaBufferLimit(s.values["client-output-buffer-limit"])
	c := preflight.NodeConfig{
		ProtectedMode: s.values["protected-mode"],
		Bind:          strings.Fields(s.values["bind"]),
		Port:          int(s.number("port")),
		TLSPort:       int(s.number("tls-port")),
		ReplicaBuffer: preflight.BufferLimit{
			Hard: limit.Hard, Soft: limit.Soft, SoftSeconds: limit.SoftSeconds,
		},
		BacklogSize:          s.number("repl-backlog-size"),
		ReplTimeoutSeconds:   s.number("repl-timeout"),
		DisklessSync:         s.values["repl-diskless-sync"],
		DisklessDelaySeconds: s.number("repl-diskless-sync-delay"),
	}
	if s.err == nil {
		s.err = err
	}
	if s.err == nil {
		s.err = g.unanswered(s)
	}
	if s.err != nil {
		g.gap("config", s.err.Error())
	} else {
		f.Config = &c
	}
	g.fill(s, "maxclients", "maxclients", &f.MaxClients)
	g.fill(s, "maxmemory", "maxmemory", &f.MaxMemory)
	if policy, there := s.values["maxmemory-policy"]; there && g.missing("maxmemory_policy") {
		f.MaxMemoryPolicy = policy
		g.close("maxmemory_policy")
	}
}

// unanswered is an error if a parameter is missing that every server has.
func (g *gathering) unanswered(s *settings) error {
	required := []string{"bind", "port", "repl-backlog-size", "repl-timeout"}
	if !g.before(3, 2) {
		required = append(required, "protected-mode")
	}
	for _, name := range required {
		if _, there := s.values[name]; !there {
			return fmt.Errorf("CONFIG GET %s: the server does not know the parameter", name)
		}
	}
	return nil
}

// fill takes a number that INFO did not tell.
func (g *gathering) fill(s *settings, subject, name string, to *int64) {
	n, err := strconv.ParseInt(s.values[name], 10, 64)
	if err != nil || !g.missing(subject) {
		return
	}
	*to = n
	g.close(subject)
}

// close closes a gap.
func (g *gathering) close(subject string) {
	g.gaps = slices.DeleteFunc(g.gaps, func(p preflight.Gap) bool { return p.Subject == subject })
}
