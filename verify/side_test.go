package verify

import "testing"

// Servers of some version on can let fields of hashes expire, whatever they call the
// command that tells when.
func TestFieldExpiryByVersion(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		info, server string
		version      int
		want         bool
	}{
		{"redis_version:6.2.14\r\n", "redis 6.2.14", 602, false},
		{"redis_version:7.2.4\r\n", "redis 7.2.4", 702, false},
		{"redis_version:7.4.0\r\n", "redis 7.4.0", 704, true},
		{"redis_version:8.0.2\r\n", "redis 8.0.2", 800, true},
		{"redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n", "valkey 8.1.1", 702, false},
		{"redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.0.0\r\n", "valkey 9.0.0", 702, true},
		{"redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:10.1.0\r\n", "valkey 10.1.0", 702, true},
		{"", "unknown", 0, false},
	} {
		s := &side{can: abilities{noFieldExpiry: true, someFields: true}}
		s.read(row.info)
		if s.server != row.server || s.version != row.version || s.expiringFields != row.want {
			t.Errorf("%q: %s, %d, %t, want %s, %d, %t", row.info, s.server, s.version, s.expiringFields, row.server, row.version, row.want)
		}
	}
}
