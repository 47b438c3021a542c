package lint

import (
	"slices"
	"strings"
)

// The third-party modules, by the prefix of what is imported of them. A Go
// file that imports anything else needs a new entry here, and a reason in the
// commit that adds it.
const (
	awsCore     = "github.com/aws/aws-sdk-go-v2/aws"
	elasticache = "github.com/aws/aws-sdk-go-v2/service/elasticache"
	ec2         = "github.com/aws/aws-sdk-go-v2/service/ec2"
	smithy      = "github.com/aws/smithy-go"
	backoff     = "github.com/cenkalti/backoff/v4"
	fsm         = "github.com/looplab/fsm"
	goRedis     = "github.com/redis/go-redis/v9"
	redcon      = "github.com/tidwall/redcon"
	toxiproxy   = "github.com/Shopify/toxiproxy/v2"
	zerolog     = "github.com/rs/zerolog"

	// anything lets a room import every third-party module.
	anything = "*"
)

// Room is a row of the import table: a folder with Go files, and what its
// non-test files may import besides the standard library.
type Room struct {
	// Path is the folder from the root; with "/..." at the end also all
	// folders below it.
	Path string
	// Owns says what belongs into the room and nowhere else.
	Owns string
	// Ours are the paths of the other rooms that it may import.
	Ours []string
	// Third are the third-party modules that it may import.
	Third []string
}

// Rooms returns the import table. A row may stand before its room is built.
// Dependencies point down only: a room imports rooms above it in the table.
func Rooms() []Room { return slices.Concat(words(), sides(), composers()) }

// words are vocabulary and judgement: plain data, no I/O.
func words() []Room {
	return []Room{
		{Path: "preflight", Owns: "facts, checks, findings, reports"},
		{
			Path: "progress", Owns: "states, events, snapshots, ready-made observers",
			Ours: []string{"preflight"},
		},
		{Path: "internal/redisinfo", Owns: "parsers of what Redis answers"},
		{Path: "internal/retry", Owns: "error classes and backoff", Third: []string{backoff}},
		{
			Path: "internal/machine", Owns: "the checked transition table",
			Ours: []string{"progress"}, Third: []string{fsm},
		},
		{
			Path: "internal/dispatch", Owns: "the observers' queues",
			Ours: []string{"progress"},
		},
		{
			Path: "internal/diagnose", Owns: "why a migration failed, or does not get on",
			Ours: []string{"preflight", "progress", "internal/redisinfo", "internal/retry"},
		},
	}
}

// sides are the service, the servers, and what stands in for them.
func sides() []Room {
	return []Room{
		{
			Path: "internal/target", Owns: "the ElastiCache API",
			Ours:  []string{"preflight", "progress", "internal/retry"},
			Third: []string{awsCore, smithy, elasticache},
		},
		{
			Path: "internal/node", Owns: "one Redis node: connect, sample, gather facts, fence",
			Ours:  []string{"preflight", "progress", "internal/redisinfo", "internal/retry"},
			Third: []string{goRedis},
		},
		{
			Path: "preflight/vpc", Owns: "the EC2 side of the network facts",
			Ours: []string{"preflight"}, Third: []string{awsCore, smithy, ec2},
		},
		{Path: "verify/internal/dataset", Owns: "known data and known differences, for tests of verify", Third: []string{goRedis}},
		{Path: "verify/internal/...", Owns: "a lean connection, a decoder of payloads, the digest"},
		{
			Path: "verify", Owns: "comparing two servers key by key",
			Ours:  []string{"verify/internal/..."},
			Third: []string{goRedis},
		},
		{Path: "simulator/linkfault", Owns: "faults on the link to a real server, a module of its own", Third: []string{toxiproxy, zerolog}},
		{
			Path: "simulator/...", Owns: "a local ElastiCache",
			// redcon serves RESP for the nodes in memory.
			Third: []string{awsCore, redcon},
		},
	}
}

// composers are what is made of them.
func composers() []Room {
	return []Room{
		{
			Path: "migration", Owns: "Plan, Migrator, one step per state",
			Ours: []string{
				"preflight", "progress", "verify", "internal/redisinfo", "internal/retry", "internal/machine",
				"internal/dispatch", "internal/diagnose", "internal/target", "internal/node",
			},
			// The types in the signatures of its API interface and of Session.
			Third: []string{elasticache, goRedis},
		},
		{
			Path: "migrationtest", Owns: "the kit for hosts' own tests",
			// internal/node makes the go-redis clients that a scenario gives out.
			Ours:  []string{"preflight", "progress", "verify", "simulator/...", "migration", "internal/node"},
			Third: []string{elasticache, goRedis},
		},
		{Path: "losstest", Owns: "the loss test and the benchmark of the pause, a module of their own"},
		{Path: ".", Owns: "the front page and whole-flow Examples"},
		{Path: "internal/lint", Owns: "this table and the other rules"},
		{
			Path: "examples/...", Owns: "programs to read and copy, a module of their own",
			Ours: []string{
				".", "preflight", "preflight/vpc", "progress", "verify", "simulator/...",
				"migration", "migrationtest",
			},
			Third: []string{anything},
		},
	}
}

// roomOf returns the row of a folder.
func roomOf(dir string) (Room, bool) {
	for _, r := range Rooms() {
		base, deep := strings.CutSuffix(r.Path, "/...")
		if dir == base || deep && strings.HasPrefix(dir, base+"/") {
			return r, true
		}
	}
	return Room{}, false
}

// Public reports whether other modules can import the room.
func (r Room) Public() bool {
	return !strings.HasPrefix(r.Path, "internal/") && !strings.HasPrefix(r.Path, "examples/")
}

// imports reports whether the room may import the other one.
func (r Room) imports(other Room) bool {
	return r.Path == other.Path || slices.Contains(r.Ours, other.Path)
}
