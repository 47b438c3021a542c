package memory

import (
	"fmt"
	"strconv"
	"strings"
)

// version is an engine's version and what follows from it.
type version struct {
	engine       string
	text         string
	major, minor int
	format       int // the newest RDB format that it reads, and the one it writes
}

// formats is the RDB format by engine and the first version that has it,
// newest first.
func formats() []version {
	return []version{
		{engine: "valkey", major: 9, format: 80},
		{engine: "valkey", major: 7, minor: 2, format: 11},
		{engine: "redis", major: 7, minor: 4, format: 12},
		{engine: "redis", major: 7, minor: 2, format: 11},
		{engine: "redis", major: 7, format: 10},
		{engine: "redis", major: 5, format: 9},
		{engine: "redis", major: 4, format: 8},
		{engine: "redis", major: 3, minor: 2, format: 7},
		{engine: "redis", major: 2, minor: 8, format: 6},
	}
}

// parseVersion reads "7.0.15".
func parseVersion(engine, text string) (version, error) {
	v := version{engine: engine, text: text}
	parts := strings.Split(text, ".")
	numbers := make([]int, len(parts))
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 {
			return v, fmt.Errorf("version %q is not of the form 7.0.15", text)
		}
		numbers[i] = n
	}
	if len(numbers) < 2 {
		return v, fmt.Errorf("version %q is not of the form 7.0.15", text)
	}
	v.major, v.minor = numbers[0], numbers[1]
	for _, f := range formats() {
		if f.engine == engine && v.atLeast(f.major, f.minor) {
			v.format = f.format
			return v, nil
		}
	}
	return v, fmt.Errorf("engine %q of version %q is not known, want redis from 2.8 or valkey from 7.2", engine, text)
}

// CheckVersion tells whether servers of an engine and version can be made.
func CheckVersion(engine, text string) error {
	_, err := parseVersion(engine, text)
	return err
}

// atLeast compares with a version. Valkey's versions go on from Redis's 7.2.
func (v version) atLeast(major, minor int) bool {
	return v.major > major || v.major == major && v.minor >= minor
}

// dropsCounted reports whether INFO counts the clients that were dropped for their
// output buffers. Redis 7.4 and Valkey 8.0 do (measured); of those between, 7.0 does not.
func (v version) dropsCounted() bool {
	return v.engine == "valkey" && v.atLeast(8, 0) || v.engine != "valkey" && v.atLeast(7, 4)
}

// redisText is what INFO says as redis_version.
func (v version) redisText() string {
	if v.engine == "valkey" {
		return "7.2.4"
	}
	return v.text
}

// name is the engine's name in texts for people.
func (v version) name() string {
	if v.engine == "valkey" && v.atLeast(8, 0) {
		return "Valkey"
	}
	return "Redis"
}
