package simulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/cachelift/cachelift/simulator/internal/memory"
)

// Network has the figures of replication between servers in memory. Zero
// fields take the defaults.
type Network struct {
	// RoundTrip is the time that each command of a client takes, and twice the
	// time that the stream takes from a server to its replica. Default 317 µs:
	// odd on purpose, so that the polls of several clients do not stay in step.
	RoundTrip time.Duration
	// Transfer is the rate of a full sync on the wire, in bytes per second.
	// Default 100,000,000.
	Transfer int64
	// Load is the rate at which a replica loads what it has received, in bytes
	// per second. Default 200,000,000.
	Load int64
	// Apply is the rate at which a replica applies the stream at the most, in
	// bytes per second. A replica of a server that writes faster never catches
	// up. Default 50,000,000.
	Apply int64
}

// figures fills the defaults.
func (n Network) figures() memory.Figures {
	return memory.Figures{
		RoundTrip: cmp.Or(n.RoundTrip, 317*time.Microsecond),
		Transfer:  cmp.Or(n.Transfer, 100_000_000),
		Load:      cmp.Or(n.Load, 200_000_000),
		Apply:     cmp.Or(n.Apply, 50_000_000),
	}
}

// MemoryOptions describe a self-hosted server in memory. The zero value is
// valid.
type MemoryOptions struct {
	// Address is where the server is reached, a name or an IP address. Nothing
	// resolves names: two names are two hosts. Default "10.0.0.241".
	Address string
	// Port is the TCP port. Default 6379.
	Port int
	// Engine is "redis" (default) or "valkey".
	Engine string
	// Version is the engine's version, which decides fields of INFO, defaults
	// and what can be replicated to whom. Default "7.0.15", or "8.0.1" for
	// Valkey. Only Redis 7.0 has been compared with a real server, field by
	// field: what other versions and Valkey do differently rests on tables, not
	// on a comparison.
	Version string
	// Databases is the number of logical databases. Default 16.
	Databases int
	// MaxMemory is maxmemory in bytes. Default 0: no limit.
	MaxMemory int64
	// Keys is a number of keys that INFO and DBSIZE count in database 0 beside
	// those that were really written. They have no names.
	Keys int64
	// Dataset is the size of a full sync on the wire in bytes, beside the keys
	// that were really written. Default 1,000,000 with Keys, else none.
	Dataset int64
	// WriteRate is how many bytes of replication stream its clients make per
	// second, as long as the server takes writes.
	WriteRate int64
	// Password is requirepass. Default: none.
	Password string
	// Protected makes protected mode refuse every client, as it does those that
	// come from another host: the answer is DENIED.
	Protected bool
	// ClusterEnabled makes the server say that it runs in cluster mode.
	ClusterEnabled bool
	// Config has further parameters as CONFIG SET takes them, for example
	// "repl-diskless-sync-delay": "0".
	Config map[string]string
	// Renamed are commands under other names, as rename-command makes them: new
	// names by old ones, "" for none.
	Renamed map[string]string
	// Modules are the names of modules that are loaded; they do nothing.
	Modules []string
	// Users are the names of ACL users beside "default"; nobody can log in as one.
	Users []string
	// CachedScripts is how many scripts INFO counts.
	CachedScripts int64
	// SaveFails makes INFO say that the last save failed. Full syncs go on.
	SaveFails bool
	// SystemMemory is the memory of the machine in bytes. Default: 16 GiB.
	SystemMemory int64
	// Shards is the number of primaries with slots in cluster mode. Default: 1.
	Shards int
}

// Memory is a self-hosted server in memory: the source of a migration. Its
// methods are safe for concurrent use.
type Memory struct {
	endpoint Endpoint
	server   *memory.Server
}

// StartMemory starts a self-hosted server in memory. It needs [InMemory] nodes.
// All problems of o are reported at once. Close of the simulator ends it.
func (s *Sim) StartMemory(o MemoryOptions) (*Memory, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.running.Done()
	if s.world == nil {
		return nil, fmt.Errorf("simulator: StartMemory needs Options.Nodes %q", InMemory)
	}
	o = o.complete()
	if err := o.validate(); err != nil {
		return nil, err
	}
	spec := memory.Spec{
		Kind: memory.SelfHosted, Host: o.Address, Port: o.Port, IP: o.Address, Engine: o.Engine, Version: o.Version,
		Keys: o.Keys, Dataset: o.Dataset, WriteRate: o.WriteRate, Config: o.config(),
		Renamed: o.Renamed, Modules: o.Modules, Users: o.Users, CachedScripts: o.CachedScripts,
		SaveFails: o.SaveFails, SystemMemory: o.SystemMemory, Shards: o.Shards,
	}
	if net.ParseIP(o.Address) == nil {
		s.mu.Lock()
		spec.IP = s.nextIP()
		s.mu.Unlock()
	}
	server, err := s.world.Start(spec)
	if err != nil {
		return nil, fmt.Errorf("simulator: MemoryOptions: %w", err)
	}
	return &Memory{endpoint: Endpoint{Address: o.Address, Port: o.Port}, server: server}, nil
}

// complete fills the defaults.
func (o MemoryOptions) complete() MemoryOptions {
	o.Address = cmp.Or(o.Address, "10.0.0.241")
	o.Port = cmp.Or(o.Port, 6379)
	o.Engine = cmp.Or(o.Engine, "redis")
	o.Version = cmp.Or(o.Version, map[string]string{"valkey": "8.0.1"}[o.Engine], "7.0.15")
	o.Databases = cmp.Or(o.Databases, 16)
	if o.Keys > 0 {
		o.Dataset = cmp.Or(o.Dataset, 1_000_000)
	}
	return o
}

// validate reports every problem of completed options.
func (o MemoryOptions) validate() error {
	var problems []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf("simulator: MemoryOptions."+format, args...))
		}
	}
	check(!strings.ContainsAny(o.Address, " :/[]") || net.ParseIP(o.Address) != nil, "Address is %q, want a name or an IP address", o.Address)
	check(o.Port > 0 && o.Port <= 65535, "Port is %d, want 1 to 65535", o.Port)
	err := memory.CheckVersion(o.Engine, o.Version)
	check(err == nil, "Engine, Version: %w", err)
	check(o.Databases >= 1, "Databases is %d, want 1 or more", o.Databases)
	check(o.MaxMemory >= 0, "MaxMemory is %d, want 0 or more bytes", o.MaxMemory)
	check(o.Keys >= 0, "Keys is %d, want 0 or more", o.Keys)
	check(o.Dataset >= 0, "Dataset is %d, want 0 or more bytes", o.Dataset)
	check(o.WriteRate >= 0, "WriteRate is %d, want 0 or more bytes per second", o.WriteRate)
	err = memory.CheckConfig(o.Engine, o.Version, o.Config)
	check(err == nil, "Config: %w", err)
	check(o.CachedScripts >= 0, "CachedScripts is %d, want 0 or more", o.CachedScripts)
	check(o.SystemMemory >= 0, "SystemMemory is %d, want 0 or more bytes", o.SystemMemory)
	check(o.Shards >= 0, "Shards is %d, want 0 or more", o.Shards)
	return errors.Join(problems...)
}

// config returns the parameters that the options amount to.
func (o MemoryOptions) config() map[string]string {
	yesNo := map[bool]string{true: "yes", false: "no"}
	config := map[string]string{
		"databases":       strconv.Itoa(o.Databases),
		"maxmemory":       strconv.FormatInt(o.MaxMemory, 10),
		"requirepass":     o.Password,
		"protected-mode":  yesNo[o.Protected],
		"cluster-enabled": yesNo[o.ClusterEnabled],
	}
	maps.Copy(config, o.Config)
	return config
}

// DialContext connects to a server in memory by the name or address and port
// of its endpoint. A port that nobody listens on is refused with
// [syscall.ECONNREFUSED]; a name that is not known is a [net.DNSError]. With
// [Processes] it is a plain dialer. It fits as a DialContext of clients.
func (s *Sim) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if s.world == nil {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}
	return s.world.Dial(ctx, network, address)
}

// LookupHost resolves the names of servers in memory, and an address to itself; a
// name that is not known is a [net.DNSError]. With [Processes] it asks the
// system's resolver. It fits as a LookupHost of clients.
func (s *Sim) LookupHost(ctx context.Context, host string) ([]string, error) {
	if s.world == nil {
		return net.DefaultResolver.LookupHost(ctx, host)
	}
	return s.world.Lookup(host)
}

// Addr returns "address:port".
func (m *Memory) Addr() string { return m.endpoint.String() }

// Endpoint returns the address as a pair.
func (m *Memory) Endpoint() Endpoint { return m.endpoint }

// Stop ends the server: connections and replication links break, and new ones
// are refused. Stopping twice is harmless.
func (m *Memory) Stop() { m.server.Stop() }

// Restart starts the server, after stopping it if it runs: a new run id and
// replication id, offsets from 0, settings made by CONFIG SET lost, data kept.
func (m *Memory) Restart() { m.server.Restart() }

// SetWriteRate changes MemoryOptions.WriteRate from now on.
func (m *Memory) SetWriteRate(bytesPerSecond int64) { m.server.SetWriteRate(bytesPerSecond) }

// CutLinks takes the links to the server's replicas down for d. Afterwards
// replicas resynchronise, partially if the backlog reaches.
func (m *Memory) CutLinks(d time.Duration) { m.server.CutLinks(d) }

// Offset returns master_repl_offset. It stays 0 until the first replica comes,
// as on a real server.
func (m *Memory) Offset() int64 { return m.server.Offset() }

// AcknowledgedOffset returns the offset right behind the last write of a client
// that the server has acknowledged, WriteRate's included. What else moves the
// offset, such as PINGs to replicas and expiry, does not count.
func (m *Memory) AcknowledgedOffset() int64 { return m.server.Acknowledged() }

// AppliedOffset returns how far the primary has applied the source's history,
// or had when it was promoted: -1 if it never has. A migration has lost nothing
// if this is not below [Memory.AcknowledgedOffset] of the source. It is for
// [InMemory] nodes, with others it is -1.
func (g *Group) AppliedOffset() int64 {
	if n, ok := g.primary().nodeServer.(*memoryNode); ok {
		return n.server.Followed()
	}
	return -1
}
