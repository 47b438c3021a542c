package redisinfo

import (
	"fmt"
	"strconv"
	"strings"
)

// BufferLimit is one class of client-output-buffer-limit.
type BufferLimit struct {
	// Hard and Soft are in bytes; 0 means no limit.
	Hard, Soft int64
	// SoftSeconds is how long a client may be above Soft.
	SoftSeconds int64
}

// ReplicaBufferLimit parses what CONFIG GET client-output-buffer-limit returns,
// classes with three numbers each, and returns the limit of replicas. The class
// is "slave" in CONFIG GET up to Redis 7.0 at least (measured), and "replica" is
// its newer name.
func ReplicaBufferLimit(value string) (BufferLimit, error) {
	words := strings.Fields(value)
	for ; len(words) >= 4; words = words[4:] {
		if class := strings.ToLower(words[0]); class != "slave" && class != "replica" {
			continue
		}
		var n [3]int64
		for i, text := range words[1:4] {
			v, err := strconv.ParseInt(text, 10, 64)
			if err != nil || v < 0 {
				return BufferLimit{}, fmt.Errorf("redisinfo: client-output-buffer-limit: %q in %q is not a number of bytes or seconds", text, value)
			}
			n[i] = v
		}
		return BufferLimit{n[0], n[1], n[2]}, nil
	}
	return BufferLimit{}, fmt.Errorf("redisinfo: client-output-buffer-limit: %q has no class of replicas", value)
}
