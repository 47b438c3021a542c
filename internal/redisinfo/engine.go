package redisinfo

// Engine is the kind of server.
type Engine string

const (
	// Redis is Redis OSS, and every server that passes for one.
	Redis Engine = "redis"
	// Valkey is Valkey.
	Valkey Engine = "valkey"
)

// Engine returns the kind of server. Valkey's own fields are looked at first,
// because Valkey also reports a redis_version, 7.2.4, for the sake of old
// clients. It is "" if the reply names no server at all.
func (i Info) Engine() Engine {
	switch {
	case i.Str("server_name") == "valkey", i.Str("valkey_version") != "":
		return Valkey
	case i.Str("redis_version") != "":
		return Redis
	}
	return ""
}

// VersionText returns the engine's own version as it is written: valkey_version
// for Valkey, else redis_version; "" if there is none.
func (i Info) VersionText() string {
	if v := i.Str("valkey_version"); v != "" {
		return v
	}
	return i.Str("redis_version")
}

// Version returns the engine's own version, or an error if there is none that
// can be read.
func (i Info) Version() (Version, error) { return ParseVersion(i.VersionText()) }
