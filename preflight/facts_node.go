package preflight

// Node is one Redis or Valkey server as its INFO, and CONFIG and a few other
// commands where they are allowed, describe it. A part that could not be read is
// zero and has a [Gap], e.g. "source.config".
type Node struct {
	// Address is where it was asked, "host:port".
	Address string `json:"address"`
	// Engine is "redis" or "valkey".
	Engine string `json:"engine"`
	// Version is the engine's own version, e.g. "7.0.15".
	Version string `json:"version"`
	// OS is the operating system that the server names.
	OS string `json:"os,omitempty"`
	// Role is "master" or "slave", in the server's own words.
	Role string `json:"role"`
	// UpstreamAddress is the primary that a replica follows, "host:port"; empty
	// for a primary.
	UpstreamAddress string `json:"upstream_address,omitempty"`
	// UpstreamLink is master_link_status of a replica: "up" or "down"; empty
	// for a primary.
	UpstreamLink string `json:"upstream_link,omitempty"`
	// ClusterEnabled tells whether the server runs in cluster mode.
	ClusterEnabled bool `json:"cluster_enabled"`
	// Shards is the number of primaries that hold slots (cluster_size of
	// CLUSTER INFO); 0 if cluster mode is off.
	Shards int `json:"shards,omitempty"`
	// Databases is the number of logical databases; 0 if it could not be told.
	Databases int `json:"databases,omitempty"`
	// Keys counts the keys per logical database; empty if there are none. Nil
	// means that they were not seen.
	Keys map[int]int64 `json:"keys"`

	// UsedMemory is used_memory in bytes.
	UsedMemory int64 `json:"used_memory"`
	// UsedMemoryRSS is used_memory_rss in bytes: what the process occupies.
	UsedMemoryRSS int64 `json:"used_memory_rss,omitempty"`
	// MaxMemory is maxmemory in bytes; 0 means no limit.
	MaxMemory int64 `json:"maxmemory"`
	// MaxMemoryPolicy is the eviction policy, e.g. "noeviction".
	MaxMemoryPolicy string `json:"maxmemory_policy,omitempty"`
	// SystemMemory is the memory of the machine in bytes; 0 if not told.
	SystemMemory int64 `json:"system_memory,omitempty"`

	// Clients is the number of clients that are connected.
	Clients int64 `json:"clients,omitempty"`
	// MaxClients is how many may be; 0 if not told.
	MaxClients int64 `json:"maxclients,omitempty"`

	// LastSaveStatus is rdb_last_bgsave_status: "ok" or "err".
	LastSaveStatus string `json:"last_save_status,omitempty"`
	// LastSaveSeconds is how long the last RDB save took; -1 if there was none.
	LastSaveSeconds int64 `json:"last_save_seconds"`
	// LastSaveAgeSeconds is how long ago the last RDB save ended well; -1 if
	// there was none since the server was started.
	LastSaveAgeSeconds int64 `json:"last_save_age_seconds"`
	// LastSaveCopied is what copy-on-write took during that save, in bytes.
	LastSaveCopied int64 `json:"last_save_copied,omitempty"`
	// LastForkMicroseconds is how long the last fork held up the server.
	LastForkMicroseconds int64 `json:"last_fork_microseconds,omitempty"`

	// Config is what CONFIG GET tells; nil if it was refused.
	Config *NodeConfig `json:"config,omitempty"`
	// Commands tells which commands the server has under their own names; nil
	// if that could not be told.
	Commands *Commands `json:"commands,omitempty"`
	// DefaultUserDenied are the commands of replication (PING, REPLCONF, PSYNC,
	// SYNC) that the ACL's default user may not run, as far as ACL DRYRUN told: a
	// replica without credentials is that user. Empty if it may run all of them,
	// and before Redis 6.0, which has no ACL. Nil means that it was not seen.
	DefaultUserDenied []string `json:"default_user_denied"`
	// Modules are the names of the modules that are loaded.
	Modules []string `json:"modules,omitempty"`
	// Users are the names of the ACL users, "default" among them; none before
	// Redis 6.0.
	Users []string `json:"users,omitempty"`
	// CachedScripts is the number of scripts that EVAL and SCRIPT LOAD left.
	CachedScripts int64 `json:"cached_scripts,omitempty"`
	// Libraries is the number of function libraries (Redis 7.0 and later).
	Libraries int64 `json:"libraries,omitempty"`
}

// NodeConfig are the settings of a server that matter.
type NodeConfig struct {
	// ProtectedMode is "yes" or "no"; empty before Redis 3.2.
	ProtectedMode string `json:"protected_mode,omitempty"`
	// Bind are the addresses that the server listens on; none means all.
	Bind []string `json:"bind,omitempty"`
	// Port is the plain port; 0 means that there is none.
	Port int `json:"port"`
	// TLSPort is the TLS port; 0 means that there is none.
	TLSPort int `json:"tls_port,omitempty"`
	// ReplicaBuffer is client-output-buffer-limit of replicas.
	ReplicaBuffer BufferLimit `json:"replica_buffer"`
	// BacklogSize is repl-backlog-size in bytes.
	BacklogSize int64 `json:"backlog_size"`
	// ReplTimeoutSeconds is repl-timeout.
	ReplTimeoutSeconds int64 `json:"repl_timeout_seconds"`
	// DisklessSync is repl-diskless-sync, "yes" or "no"; empty before 2.8.18.
	DisklessSync string `json:"diskless_sync,omitempty"`
	// DisklessDelaySeconds is repl-diskless-sync-delay.
	DisklessDelaySeconds int64 `json:"diskless_delay_seconds,omitempty"`
}

// BufferLimit is when a server drops a client that does not read fast enough.
type BufferLimit struct {
	// Hard drops it at once, in bytes; 0 means no limit.
	Hard int64 `json:"hard"`
	// Soft drops it after SoftSeconds above it, in bytes; 0 means no limit.
	Soft int64 `json:"soft"`
	// SoftSeconds is that time.
	SoftSeconds int64 `json:"soft_seconds"`
}

// Commands tells which commands a server has under their own names.
type Commands struct {
	// Asked is how many commands of the server's version were looked for.
	Asked int `json:"asked"`
	// Missing are those that the server does not know by these names: they were
	// renamed, or disabled, which cannot always be told apart.
	Missing []string `json:"missing,omitempty"`
	// Disabled are those of Missing that the server has under no name at all, so
	// that nobody can have run them since it was started.
	Disabled []string `json:"disabled,omitempty"`
}
