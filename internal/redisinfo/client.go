package redisinfo

import (
	"fmt"
	"strconv"
	"strings"
)

// Client is one connection as CLIENT LIST shows it.
type Client struct {
	// Addr is the address that it comes from, "host:port". The port is that of
	// the connection, not the one that a replica listens on.
	Addr string
	// Replica tells that it follows the server (flag S).
	Replica bool
	// OutputMemory is omem: what waits for it in its output buffer, in bytes. The
	// limits of client-output-buffer-limit are about it (measured on 7.0).
	OutputMemory int64
}

// ParseClients parses the reply of CLIENT LIST. What it does not understand in a
// line is left out; a line without an address is skipped.
func ParseClients(reply any) ([]Client, error) {
	text, ok := reply.(string)
	if !ok {
		return nil, fmt.Errorf("redisinfo: CLIENT LIST: reply is %T, not text", reply)
	}
	var out []Client
	for line := range strings.Lines(text) {
		var c Client
		for _, word := range strings.Fields(line) {
			key, value, _ := strings.Cut(word, "=")
			switch key {
			case "addr":
				c.Addr = value
			case "flags":
				c.Replica = strings.Contains(value, "S")
			case "omem":
				if n, err := strconv.ParseInt(value, 10, 64); err == nil {
					c.OutputMemory = max(n, 0)
				}
			}
		}
		if c.Addr != "" {
			out = append(out, c)
		}
	}
	return out, nil
}
