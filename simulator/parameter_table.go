package simulator

import (
	"slices"
	"strconv"
	"strings"
)

// engineParameter is one row of DescribeCacheParameters.
type engineParameter struct {
	name       string
	value      string // default
	kind       string // DataType: "integer" or "string"
	allowed    string // "1-1200000", or words
	modifiable bool
	engine     bool // the nodes' redis.conf takes it under this name
}

// accepts reports whether a value fits the parameter.
func (p engineParameter) accepts(value string) bool {
	if strings.ContainsAny(value, "\r\n\x00") {
		return false
	}
	if p.kind == "integer" {
		n, err := strconv.ParseInt(value, 10, 64)
		low, high, ranged := strings.Cut(p.allowed, "-")
		lo, loErr := strconv.ParseInt(low, 10, 64)
		hi, hiErr := strconv.ParseInt(high, 10, 64)
		return err == nil && (!ranged || loErr != nil || n >= lo) && (hiErr != nil || n <= hi)
	}
	return p.allowed == "" || slices.Contains(strings.Split(p.allowed, ","), value)
}

func findParameter(name string) (engineParameter, bool) {
	for _, p := range engineParameters() {
		if p.name == name {
			return p, true
		}
	}
	return engineParameter{}, false
}

// engineParameters returns the parameters of a Redis 7 group with their
// defaults, in the order of their names. Names, defaults and what can be
// modified are documented; ranges are assumed where the guide gives none.
func engineParameters() []engineParameter {
	const yesNo = "yes,no"
	return []engineParameter{
		{"activedefrag", "no", "string", yesNo, true, false},
		{"activerehashing", "yes", "string", yesNo, true, true},
		{"appendfsync", "everysec", "string", "always,everysec,no", false, true},
		{"appendonly", "no", "string", yesNo, false, true},
		{"client-output-buffer-limit-normal-hard-limit", "0", "integer", "0-", true, false},
		{"client-output-buffer-limit-normal-soft-limit", "0", "integer", "0-", true, false},
		{"client-output-buffer-limit-normal-soft-seconds", "0", "integer", "0-", true, false},
		{"client-output-buffer-limit-pubsub-hard-limit", "33554432", "integer", "0-", true, false},
		{"client-output-buffer-limit-pubsub-soft-limit", "8388608", "integer", "0-", true, false},
		{"client-output-buffer-limit-pubsub-soft-seconds", "60", "integer", "0-", true, false},
		{"client-output-buffer-limit-replica-soft-seconds", "60", "integer", "0-", false, false},
		{"close-on-replica-write", "yes", "string", yesNo, true, false},
		{"cluster-enabled", "no", "string", yesNo, false, false},
		{"databases", "16", "integer", "1-1200000", true, true},
		{"hash-max-listpack-entries", "512", "integer", "0-", true, true},
		{"hash-max-listpack-value", "64", "integer", "0-", true, true},
		{"hll-sparse-max-bytes", "3000", "integer", "1-16000", true, true},
		{"lazyfree-lazy-eviction", "no", "string", yesNo, true, true},
		{"lazyfree-lazy-expire", "no", "string", yesNo, true, true},
		{"list-compress-depth", "0", "integer", "0-", true, true},
		{"maxmemory-policy", "volatile-lru", "string", "volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,allkeys-random,volatile-ttl,noeviction", true, true},
		{"maxmemory-samples", "3", "integer", "1-", true, true},
		{"min-replicas-max-lag", "10", "integer", "0-", true, true},
		{"min-replicas-to-write", "0", "integer", "0-", true, true},
		{"notify-keyspace-events", "", "string", "", true, true},
		{"rename-commands", "", "string", "", true, false},
		{"repl-backlog-size", "1048576", "integer", "16384-", true, true},
		{"repl-backlog-ttl", "3600", "integer", "0-", true, true},
		{"repl-timeout", "60", "integer", "11-60", false, true},
		{"replica-allow-chaining", "no", "string", yesNo, false, false},
		{"replica-ignore-maxmemory", "yes", "string", yesNo, false, true},
		{"reserved-memory", "0", "integer", "0-", true, false},
		{"reserved-memory-percent", "25", "integer", "0-100", true, false},
		{"set-max-intset-entries", "512", "integer", "0-", true, true},
		{"slowlog-log-slower-than", "10000", "integer", "-", true, true},
		{"slowlog-max-len", "128", "integer", "0-", true, true},
		{"stream-node-max-bytes", "4096", "integer", "0-", true, true},
		{"stream-node-max-entries", "100", "integer", "0-", true, true},
		{"tcp-keepalive", "300", "integer", "0-", true, true},
		{"timeout", "0", "integer", "0,20-", true, true},
		{"zset-max-listpack-entries", "128", "integer", "0-", true, true},
		{"zset-max-listpack-value", "64", "integer", "0-", true, true},
	}
}
