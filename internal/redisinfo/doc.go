// Package redisinfo parses what a Redis or Valkey server says about itself:
// the replies of INFO, ROLE, CONFIG GET and a few lists, and version numbers.
//
// The parsers are pure and tolerant. A server in between versions, a proxy or a
// truncated reply must never bring a migration down, so no input makes them
// panic, and a line that is not understood is left out.
package redisinfo
