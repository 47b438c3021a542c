package memory

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// defaults are the parameters of a version with their values.
func (v version) defaults() map[string]string {
	p := map[string]string{
		"aclfile": "", "appendfsync": "everysec", "appendonly": "no", "bind": "* -::*",
		"client-output-buffer-limit": "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
		"cluster-enabled":            "no", "databases": "16", "dbfilename": "dump.rdb", "hz": "10",
		"masterauth": "", "masteruser": "", "maxclients": "10000", "maxmemory": "0",
		"maxmemory-policy": "noeviction", "notify-keyspace-events": "", "port": "6379",
		"protected-mode": "no", "rdb-key-save-delay": "0", "rename-command": "", "requirepass": "",
		"repl-backlog-size": "1048576", "repl-backlog-ttl": "3600", "repl-disable-tcp-nodelay": "no",
		"repl-diskless-load": "disabled", "repl-diskless-sync": "no", "repl-diskless-sync-delay": "5",
		"repl-timeout": "60", "save": "", "tcp-keepalive": "300", "timeout": "0", "tls-port": "0",
		"min-replicas-max-lag": "10", "min-replicas-to-write": "0", "repl-ping-replica-period": "10",
		"replica-announce-ip": "", "replica-announce-port": "0", "replica-ignore-maxmemory": "yes",
		"replica-priority": "100", "replica-read-only": "yes", "replica-serve-stale-data": "yes",
		"lazyfree-lazy-expire": "no", "key-load-delay": "0",
	}
	if v.atLeast(7, 0) {
		p["repl-diskless-sync"] = "yes"
	}
	delete(p, "rename-command")
	if !v.atLeast(6, 0) {
		delete(p, "tls-port")
	}
	if !v.atLeast(3, 2) {
		delete(p, "protected-mode")
	}
	return p
}

// immutable parameters are set when a server starts.
func immutable() []string {
	return []string{"aclfile", "cluster-enabled", "databases"}
}

// known returns the name under which a parameter is kept; before 5.0 the names
// with "replica" in them did not exist.
func (v version) known(name string) string {
	name = strings.ToLower(name)
	modern := strings.ReplaceAll(name, "slave", "replica")
	if modern == name && strings.Contains(name, "replica") && !v.atLeast(5, 0) {
		return ""
	}
	return modern
}

// CheckConfig tells whether a server of a version has all the parameters.
func CheckConfig(engine, text string, config map[string]string) error {
	v, err := parseVersion(engine, text)
	if err != nil {
		return nil // told elsewhere
	}
	defaults := v.defaults()
	for _, name := range slices.Sorted(maps.Keys(config)) {
		if _, ok := defaults[v.known(name)]; !ok {
			return fmt.Errorf("parameter %q is not known", name)
		}
		if _, err := parameterValue(v.known(name), config[name]); err != nil {
			return fmt.Errorf("parameter %q is %q: %w", name, config[name], err)
		}
	}
	return nil
}

// setConfig sets parameters that have been checked. What the version does not
// have is left out.
func (s *Server) setConfig(config map[string]string) {
	for name, value := range config {
		name = s.version.known(name)
		_, there := s.config[name]
		if value, err := parameterValue(name, value); err == nil && there {
			s.config[name] = value
		}
	}
}

// parameterValue returns the form in which a value is kept.
func parameterValue(name, value string) (string, error) {
	switch {
	case strings.HasSuffix(name, "-size") || name == "maxmemory":
		n, err := memorySize(value)
		return strconv.FormatInt(n, 10), err
	case slices.Contains([]string{"appendonly", "protected-mode", "repl-diskless-sync", "replica-read-only", "replica-serve-stale-data"}, name):
		if value != "yes" && value != "no" {
			return "", fmt.Errorf("argument must be 'yes' or 'no'")
		}
	case slices.Contains([]string{"databases", "min-replicas-to-write", "min-replicas-max-lag", "repl-timeout", "repl-ping-replica-period", "repl-diskless-sync-delay"}, name):
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return "", fmt.Errorf("argument couldn't be parsed into an integer")
		}
		least := int64(0)
		if name == "repl-timeout" || name == "repl-ping-replica-period" || name == "databases" {
			least = 1
		}
		if n < least || n > 1<<31-1 {
			return "", fmt.Errorf("argument must be between %d and %d inclusive", least, 1<<31-1)
		}
	}
	return value, nil
}

// memorySize reads "64mb".
func memorySize(text string) (int64, error) {
	lower, unit := strings.ToLower(text), int64(1)
	for _, u := range []struct {
		suffix string
		bytes  int64
	}{{"kb", 1 << 10}, {"mb", 1 << 20}, {"gb", 1 << 30}, {"k", 1e3}, {"m", 1e6}, {"g", 1e9}, {"b", 1}} {
		if rest, ok := strings.CutSuffix(lower, u.suffix); ok {
			lower, unit = rest, u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(lower, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("argument must be a memory value")
	}
	return n * unit, nil
}

// number returns a parameter that is a number.
func (s *Server) number(name string) int64 {
	n, err := strconv.ParseInt(s.config[name], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (s *Server) databases() int { return int(s.number("databases")) }

// configGet answers CONFIG GET with names and values in turn.
func (s *Server) configGet(patterns []string) []any {
	found := map[string]string{}
	for _, pattern := range patterns {
		pattern = strings.ToLower(pattern)
		if !strings.ContainsAny(pattern, `*?[\`) { // a name, as nearly always
			name := s.version.known(pattern)
			if value, ok := s.config[name]; ok && slices.Contains(s.version.namesOf(name), pattern) {
				found[pattern] = value
			}
			continue
		}
		for name, value := range s.config {
			for _, n := range s.version.namesOf(name) {
				if ok, err := path.Match(pattern, n); err == nil && ok {
					found[n] = value
				}
			}
		}
	}
	out := make([]any, 0, 2*len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, name, found[name])
	}
	return out
}

// namesOf returns the names that a parameter has in a version.
func (v version) namesOf(name string) []string {
	old := strings.ReplaceAll(name, "replica", "slave")
	switch {
	case old == name:
		return []string{name}
	case v.atLeast(5, 0):
		return []string{name, old}
	}
	return []string{old}
}

// configSet answers CONFIG SET. Several parameters at once are Redis 7's.
func (s *Server) configSet(pairs []string) any {
	if len(pairs)%2 != 0 || len(pairs) > 2 && !s.version.atLeast(7, 0) {
		return errWrongArity("config|set")
	}
	fresh := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		name := s.version.known(pairs[i])
		if _, ok := s.config[name]; !ok {
			return s.version.unknownParameter(pairs[i])
		}
		if slices.Contains(immutable(), name) {
			return s.version.cannotSet(pairs[i], pairs[i+1], "can't set immutable config")
		}
		value, err := parameterValue(name, pairs[i+1])
		if err != nil {
			return s.version.cannotSet(pairs[i], pairs[i+1], err.Error())
		}
		fresh[name] = value
	}
	maps.Copy(s.config, fresh)
	return ok
}
